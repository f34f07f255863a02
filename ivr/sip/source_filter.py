"""A fence around the line's SIP port: packets from elsewhere than a trunk's addresses are dropped.

The SIP library answers whoever calls the right user, and does not tell from where. So the kernel
is asked to look at the source of each packet (Linux, socket filters), before the library sees it.
"""

import contextlib
import ctypes
import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ivr.errors import SipError

Network = ipaddress.IPv4Network

_ATTACH_FILTER = 26
_LOAD_WORD, _AND, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_SOURCE = 0xFFF00000 + 12
"""Where the kernel's filters find the source address in an IPv4 header (SKF_NET_OFF)."""
_ALL, _NOTHING = 0xFFFFFFFF, 0


def networks(told: Iterable[str]) -> tuple[Network, ...]:
    """Read addresses or networks, as 192.0.2.10 or 192.0.2.0/28. Raises SipError."""
    found = []
    for text in told:
        try:
            found.append(ipaddress.IPv4Network(text))
        except ValueError:
            raise SipError(
                f'--from is "{text}": write an IPv4 address, or a network as 192.0.2.0/28'
            ) from None
    return tuple(found)


def put_up(port: int, allowed: Iterable[Network]) -> int:
    """Drop what comes to this process's sockets at a port from other networks.

    Returns how many sockets that were. Raises SipError where it cannot be done.
    """
    if not sys.platform.startswith("linux"):
        raise SipError("calls from elsewhere than this machine can only be fenced in on Linux")
    program = b"".join(_instructions(allowed))
    buffer = ctypes.create_string_buffer(program)
    # struct sock_fprog: how many instructions, and where they are.
    described = struct.pack("HP", len(program) // 8, ctypes.addressof(buffer))
    count = 0
    for found in _sockets(port):
        try:
            found.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, described)
        except OSError as e:
            raise SipError(f"the line cannot be fenced in: {e.strerror}") from None
        count += 1
    if not count:
        raise SipError(f"the line cannot be fenced in: nothing listens at port {port}")
    return count


def _instructions(allowed: Iterable[Network]) -> Iterator[bytes]:
    for network in allowed:
        yield _instruction(_LOAD_WORD, _SOURCE)
        yield _instruction(_AND, int(network.netmask))
        yield _instruction(_JUMP_IF_EQUAL, int(network.network_address), otherwise=1)
        yield _instruction(_RETURN, _ALL)
    yield _instruction(_RETURN, _NOTHING)


def _instruction(code: int, value: int, otherwise: int = 0) -> bytes:
    """Return a struct sock_filter; `otherwise` is how many instructions a failed test skips."""
    return struct.pack("HBBI", code, 0, otherwise, value)


def _sockets(port: int) -> Iterator[socket.socket]:
    """Yield the sockets of this process that are bound to a port."""
    for entry in list(Path("/proc/self/fd").iterdir()):
        with contextlib.suppress(OSError, ValueError), _borrowed(int(entry.name)) as found:
            if found.family == socket.AF_INET and found.getsockname()[1] == port:
                yield found


@contextmanager
def _borrowed(descriptor: int) -> Iterator[socket.socket]:
    copy = os.dup(descriptor)
    try:
        found = socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise
    with found:
        yield found
