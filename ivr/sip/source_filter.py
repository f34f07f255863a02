"""A kernel filter on the SIP port, which drops packets that are not from the trunk's addresses.

The SIP library answers every call to the right user, and does not say where it came from. So the
kernel checks the source of each packet (Linux socket filters) before the library sees it.
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
"""Offset of the source address in an IPv4 header, for the kernel's filters (SKF_NET_OFF)."""
_ALL, _NOTHING = 0xFFFFFFFF, 0


def networks(addresses: Iterable[str]) -> tuple[Network, ...]:
    """Parse addresses or networks, as 192.0.2.10 or 192.0.2.0/28. Raises SipError."""
    parsed = []
    for text in addresses:
        try:
            parsed.append(ipaddress.IPv4Network(text))
        except ValueError:
            raise SipError(
                f'--from is "{text}": write an IPv4 address, or a network as 192.0.2.0/28'
            ) from None
    return tuple(parsed)


def attach(port: int, allowed: Iterable[Network]) -> int:
    """Drop packets from other networks at this process's sockets of a port.

    Return how many sockets have the filter now. Raises SipError if it cannot be attached.
    """
    if not sys.platform.startswith("linux"):
        raise SipError("calls from other machines can only be filtered by their address on Linux")
    program = b"".join(_instructions(allowed))
    buffer = ctypes.create_string_buffer(program)
    # struct sock_fprog: the number of instructions, and their address.
    described = struct.pack("HP", len(program) // 8, ctypes.addressof(buffer))
    count = 0
    for bound in _sockets(port):
        try:
            bound.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, described)
        except OSError as e:
            raise SipError(f"calls cannot be filtered by their address: {e.strerror}") from None
        count += 1
    if not count:
        raise SipError(f"calls cannot be filtered by their address: nothing listens at port {port}")
    return count


def _instructions(allowed: Iterable[Network]) -> Iterator[bytes]:
    for network in allowed:
        yield _instruction(_LOAD_WORD, _SOURCE)
        yield _instruction(_AND, int(network.netmask))
        yield _instruction(_JUMP_IF_EQUAL, int(network.network_address), otherwise=1)
        yield _instruction(_RETURN, _ALL)
    yield _instruction(_RETURN, _NOTHING)


def _instruction(code: int, value: int, otherwise: int = 0) -> bytes:
    """Return a struct sock_filter; a failed test skips `otherwise` instructions."""
    return struct.pack("HBBI", code, 0, otherwise, value)


def _sockets(port: int) -> Iterator[socket.socket]:
    """Yield the sockets of this process that are bound to a port."""
    for entry in list(Path("/proc/self/fd").iterdir()):
        with contextlib.suppress(OSError, ValueError), _borrowed(int(entry.name)) as candidate:
            if candidate.family == socket.AF_INET and candidate.getsockname()[1] == port:
                yield candidate


@contextmanager
def _borrowed(descriptor: int) -> Iterator[socket.socket]:
    copy = os.dup(descriptor)
    try:
        opened = socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise
    with opened:
        yield opened
