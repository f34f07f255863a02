"""How the line hangs on a PBX: what the operator said, proved before anything is opened."""

import ipaddress
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from ivr.errors import SipError
from ivr.phone.twiml.values import is_url
from ivr.sip.source_filter import Network

EMERGENCY = frozenset({"911", "112", "933"})
"""Numbers for help, and 911's test number: they go to the PBX's own emergency route or nowhere."""

SIP_PORT = 5060

_ACCOUNT = re.compile(
    r"sip:(?P<user>[\w.+!*'()~-]+)@(?P<domain>[\w.-]+(:\d{1,5})?)(;transport=(?P<by>udp|tcp|tls))?",
    re.ASCII,
)
_ADDRESS = re.compile(
    r"sip:[\w.+!*'()~{}-]+@[\w.-]+(:\d{1,5})?(;transport=(udp|tcp|tls))?", re.ASCII
)
_NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)

_CALLER = re.compile(r"<?sips?:\+?(\d{7,15})(?=[@;>])", re.ASCII)
_NATIONAL = 10

Transport = Literal["udp", "tcp", "tls"]


@dataclass(frozen=True)
class Identity:
    """Who the line is in SIP: user and domain of an extension, or what a trunk dials here."""

    user: str
    domain: str
    transport: Transport = "udp"


@dataclass(frozen=True)
class Dialling:
    """How numbers of the script are dialled.

    `pattern` is a SIP address with `{number}` (+18005550100), `{digits}` (18005550100) or
    `{national}` (8005550100) in it; `emergency` the PBX's own route to 911, "" where there is none.
    """

    pattern: str
    emergency: str = ""
    refer: bool = False

    def address(self, number: str) -> str | None:
        """Return where a number is dialled, None where it is not."""
        if number in EMERGENCY:
            return self.emergency or None
        if not _NUMBER.fullmatch(number):
            return None
        digits = number.removeprefix("+")
        national = digits.removeprefix("1")
        return (
            self.pattern.replace("{number}", number)
            .replace("{digits}", digits)
            .replace("{national}", national)
        )


@dataclass(frozen=True)
class Setup:
    """What `ivr sip` was told. `app` is the URL that answers calls, as http://127.0.0.1:5000/voice.

    `registers`: as an extension of the PBX; else calls come to `host`:`port` from a trunk, whose
    addresses are the `peers`. `password` is what the line gives when the PBX asks for one.
    """

    app: str
    identity: Identity
    dialling: Dialling
    host: str
    port: int
    state: Path
    registers: bool = False
    peers: tuple[Network, ...] = ()
    password: str = ""
    calls: int = 50
    number: str = ""
    srtp: bool = False
    certificate: Path | None = None
    authorities: Path | None = None
    token: str | None = None
    account_sid: str = ""
    fallback: str = ""
    recordings_port: int = 5080
    keep_days: int = 365
    trace: bool = False


def identity(account: str) -> Identity:
    """Read an extension's address. Raises SipError."""
    found = _ACCOUNT.fullmatch(account)
    if found is None:
        raise SipError(
            f'--account is "{account}": write it as sip:201@pbx.example.org,'
            " with ;transport=tcp or ;transport=tls behind it if not over UDP"
        )
    by: Transport = found["by"] or "udp"  # type: ignore[assignment]
    return Identity(found["user"], found["domain"], by)


def pattern(option: str, address: str, *, number: bool) -> str:
    """Prove an address to dial, with a place for the `number` or for none. Raises SipError."""
    example = "sip:{digits}@pbx.example.org" if number else "sip:911@pbx.example.org"
    rest = re.sub(r"\{(number|digits|national)\}", "", address)
    if not _ADDRESS.fullmatch(address) or "{" in rest or "}" in rest:
        raise SipError(f'{option} is "{address}": write it as {example}')
    if number != (rest != address):
        what = "the number has no place in it" if number else "it is one address, for no number"
        raise SipError(f'{option} is "{address}": {what}; write it as {example}')
    return address


def own_number(number: str) -> str:
    """Prove the line's own number. Raises SipError."""
    if not _NUMBER.fullmatch(number):
        raise SipError(f'--number is "{number}": write it with its country, as +12025550100')
    return number


def listening(listen: str) -> tuple[str, int]:
    """Read HOST:PORT. Raises SipError."""
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(host)
        number = int(port)
    except ValueError:
        number = -1
    if not 0 < number < 65536:  # noqa: PLR2004 the ports that there are
        raise SipError(f'--listen is "{listen}": write an address and a port, as 127.0.0.1:5060')
    return host, number


def is_loopback(host: str) -> bool:
    """Tell whether an address is of this machine alone."""
    return ipaddress.ip_address(host).is_loopback


def app_url(url: str) -> str:
    """Prove the line's URL. Raises SipError."""
    if not is_url(url) or urlsplit(url).scheme not in {"http", "https"}:
        raise SipError(
            f'--app is "{url}": write where the line answers, as http://127.0.0.1:5000/voice'
        )
    return url


def address_towards(domain: str) -> str:
    """Return this machine's address on the way to a PBX. Raises SipError."""
    host, _, port = domain.partition(":")
    try:
        found = socket.getaddrinfo(host, int(port or SIP_PORT), type=socket.SOCK_DGRAM)
        family, *_, there = found[0]
        with socket.socket(family, socket.SOCK_DGRAM) as tried:
            tried.connect(there)  # sends nothing
            return str(tried.getsockname()[0])
    except OSError as e:
        raise SipError(f"the PBX {host} is not found: {e.strerror or e}") from None


def telephone_number(address: str) -> str:
    """Return the number in a caller's SIP address as E.164, "" where there is none."""
    found = _CALLER.match(address)
    if found is None:
        return ""
    digits = found[1]
    plus = f"+{digits}" in address
    return (
        f"+{digits}"
        if plus or len(digits) > _NATIONAL
        else f"+1{digits}"
        if len(digits) == _NATIONAL
        else ""
    )
