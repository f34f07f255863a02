"""Looks whether the line can be called at its address, before it says that it is open."""

import contextlib
import errno
import secrets
import socket
import time

from ivr.errors import SipError
from ivr.sip.config import in_uri

WAIT_SECONDS = 4.0
"""Seconds to wait for the line's own answer to a call."""

_AGAIN_SECONDS = 0.5
_SERVER_ERRORS = range(500, 600)


def check_address(host: str, port: int) -> None:
    """Look whether the port of an address can be listened at. Raises SipError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(family, kind) as tried:
                # As the library does: connections of before may linger.
                if kind == socket.SOCK_STREAM:
                    tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tried.bind((host, port))
    except OSError as e:
        if e.errno == errno.EADDRINUSE:
            raise SipError(
                f"port {port} of {host} is used by another program:"
                f" choose another port with --listen {in_uri(host)}:PORT"
            ) from None
        raise SipError(
            f"the line cannot listen at {in_uri(host)}:{port} ({e.strerror}):"
            " give an address of this machine with --listen"
        ) from None


def check_callable(host: str, port: int, user: str, seconds: float = WAIT_SECONDS) -> None:
    """Call the line from this machine, and cancel the call. Raises SipError if that fails.

    An extension refuses this call, since it is not the PBX's: that is an answer, too.
    """
    status = _called(host, port, user, seconds)
    if status is None:
        raise SipError(
            f"nothing answers a call to {in_uri(host)}:{port}:"
            " give an address of a network interface of this machine with --listen"
        )
    if status in _SERVER_ERRORS:
        raise SipError(
            f"every call to {in_uri(host)}:{port} would fail ({status}): give the first address"
            " of a network interface with --listen"
        )


def _called(host: str, port: int, user: str, seconds: float) -> int | None:
    """Return the status of the first answer to an INVITE, or None; the call is cancelled."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as caller:
        caller.bind((host, 0))
        caller.settimeout(min(_AGAIN_SECONDS, seconds))
        mine = caller.getsockname()[1]
        name, own = secrets.token_hex(8), in_uri(host)

        def send(method: str, body: str = "") -> None:
            kind = "Content-Type: application/sdp\r\n" if body else ""
            caller.sendto(
                f"{method} sip:{user}@{own}:{port} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {own}:{mine};branch=z9hG4bK{name};rport\r\n"
                f"From: <sip:{user}@{own}>;tag={name}\r\nTo: <sip:{user}@{own}>\r\n"
                f"Call-ID: {name}\r\nCSeq: 1 {method}\r\nContact: <sip:{user}@{own}:{mine}>\r\n"
                f"Max-Forwards: 70\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}".encode(),
                (host, port),
            )

        end = time.monotonic() + seconds
        while time.monotonic() < end:
            send("INVITE", _offer(host))
            with contextlib.suppress(OSError):
                while True:
                    status = _status(caller.recv(65535))
                    if status == 100:  # noqa: PLR2004 trying
                        continue
                    send("CANCEL")
                    return status
    return None


def _offer(host: str) -> str:
    at = f"IN IP{6 if ':' in host else 4} {host}"
    return (
        f"v=0\r\no=- 1 1 {at}\r\ns=-\r\nc={at}\r\nt=0 0\r\n"
        "m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
    )


def _status(packet: bytes) -> int:
    words = packet.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 500
