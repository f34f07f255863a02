"""The options of `ivr sip`, validated before anything is opened."""

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
"""Emergency numbers and 911's test number: they go to the PBX's emergency route or nowhere."""

SIP_PORT = 5060

LOCAL_PORT = 5062
"""The local port of an extension. It stays the same over restarts, so that a PBX which allows one
contact sees the same contact again; 5060 may belong to a PBX on the same machine."""

DIGITS = "0123456789"
"""The keys that are passed on to the called person: `*` and `#` begin a PBX's feature codes, such
as *2, with which a caller could dial any number at the agency's cost."""

ALL_KEYS = DIGITS + "*#"

_HOST = r"([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?"
_BY = r"(;transport=(?P<by>udp|tcp|tls))?"
_ACCOUNT = re.compile(rf"sip:(?P<user>[\w.+!*'()~-]+)@(?P<domain>{_HOST}){_BY}", re.ASCII)
_ADDRESS = re.compile(rf"sip:[\w.+!*'()~{{}}-]+@{_HOST}{_BY}", re.ASCII)
_PROXY = re.compile(rf"sip:{_HOST}{_BY}", re.ASCII)
_NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)

_CALLER = re.compile(r"<?sips?:\+?(\d{7,15})(?=[@;>])", re.ASCII)
_NATIONAL = 10

Transport = Literal["udp", "tcp", "tls"]


@dataclass(frozen=True)
class Identity:
    """The line's SIP identity: user and domain of an extension, or the user that a trunk dials."""

    user: str
    domain: str
    transport: Transport = "udp"


@dataclass(frozen=True)
class DialPlan:
    """How the numbers of the script are dialled.

    `pattern` is a SIP address with `{number}` (+18005550100), `{digits}` (18005550100) or
    `{national}` (8005550100) in it; `emergency` is the PBX's route to 911, or "". With `refer` the
    PBX connects the caller itself. `keys` are those of a connected caller that are passed on.
    `no_sound` is how many seconds without a packet of sound end a transfer.
    """

    pattern: str
    emergency: str = ""
    refer: bool = False
    keys: str = DIGITS
    no_sound: float = 20.0

    def address(self, number: str) -> str | None:
        """Return the SIP address for a number, or None if it is not dialled."""
        if number in EMERGENCY:
            return self.emergency or None
        if not _NUMBER.fullmatch(number):
            return None
        digits = number.removeprefix("+")
        national = digits.removeprefix("1")
        values = {"number": number, "digits": digits, "national": national}
        return re.sub(r"\{(\w+)\}", lambda name: values[name[1]], self.pattern)


@dataclass(frozen=True)
class Setup:
    """The validated options. `app` is the URL that answers calls: http://127.0.0.1:5000/voice.

    If it `registers`, the line is an extension of the PBX. Otherwise calls come to `host`:`port`
    from a trunk with the addresses `peers`. `password` authenticates the line to the PBX. `proxy`
    is the SIP address of an outbound proxy. `calls` is the limit of calls at once. With `inband`,
    keys are also taken as tones in the sound. `quota` is the most bytes that recordings take up.
    """

    app: str
    identity: Identity
    dial_plan: DialPlan
    host: str
    port: int
    state: Path
    registers: bool = False
    peers: tuple[Network, ...] = ()
    password: str = ""
    proxy: str = ""
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
    quota: int = 1000 * 10**6
    inband: bool = False
    trace: bool = False

    @property
    def routes(self) -> tuple[str, ...]:
        """Where the line's packets go: to its PBX, or to the trunks that may call it."""
        if self.registers:
            return (self.proxy.removeprefix("sip:").partition(";")[0] or self.identity.domain,)
        return tuple(str(next(iter(peer.hosts()))) for peer in self.peers)


def identity(account: str) -> Identity:
    """Parse an extension's address (--account). Raises SipError if it is invalid."""
    match = _ACCOUNT.fullmatch(account)
    if match is None:
        raise SipError(
            f'--account is "{account}": write it as sip:201@pbx.example.org,'
            " with ;transport=tcp or ;transport=tls at its end if it does not use UDP"
        )
    by: Transport = match["by"] or "udp"  # type: ignore[assignment]
    return Identity(match["user"], match["domain"], by)


def pattern(option: str, address: str, *, number: bool) -> str:
    """Validate an address to dial, with a placeholder if `number` is set. Raises SipError."""
    example = "sip:{digits}@pbx.example.org" if number else "sip:911@pbx.example.org"
    rest = re.sub(r"\{(number|digits|national)\}", "", address)
    if not _ADDRESS.fullmatch(address) or "{" in rest or "}" in rest:
        raise SipError(f'{option} is "{address}": write it as {example}')
    if number != (rest != address):
        what = "needs a placeholder for the number" if number else "must not have a placeholder"
        raise SipError(f'{option} is "{address}": it {what}; write it as {example}')
    return address


def own_number(number: str) -> str:
    """Validate the line's own number (E.164). Raises SipError."""
    if not _NUMBER.fullmatch(number):
        raise SipError(f'--number is "{number}": write it with its country code, as +12025550100')
    return number


def proxy(address: str) -> str:
    """Validate the address of an outbound proxy (--proxy). Raises SipError."""
    if not _PROXY.fullmatch(address):
        raise SipError(f'--proxy is "{address}": write it as sip:proxy.example.org')
    return address


def listening(listen: str) -> tuple[str, int]:
    """Parse HOST:PORT (--listen). Raises SipError if it is invalid."""
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(host)
        number = int(port)
    except ValueError:
        number = -1
    if not 0 < number < 65536:  # noqa: PLR2004 the range of ports
        raise SipError(f'--listen is "{listen}": write an address and a port, as 127.0.0.1:5060')
    return host, number


def in_uri(host: str) -> str:
    """Return a host as it is written in a URI: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def dids(number: str) -> tuple[str, ...]:
    """Return the users under which a trunk may dial the line's own number (E.164)."""
    digits = number.removeprefix("+")
    national = digits.removeprefix("1")
    return tuple(dict.fromkeys((number, digits, national))) if number else ()


def is_loopback(host: str) -> bool:
    """Return whether an IP address is a loopback address."""
    return ipaddress.ip_address(host).is_loopback


def app_url(url: str) -> str:
    """Validate the line's URL (--app). Raises SipError."""
    if not is_url(url) or urlsplit(url).scheme not in {"http", "https"}:
        raise SipError(
            f'--app is "{url}": write the URL at which the line answers, as http://127.0.0.1:5000/voice'
        )
    return url


def address_towards(domain: str) -> str:
    """Return this machine's IP address in the PBX's network. Raises SipError."""
    parts = urlsplit(f"//{domain}")
    host, port = parts.hostname or "", parts.port
    try:
        addresses = socket.getaddrinfo(host, int(port or SIP_PORT), type=socket.SOCK_DGRAM)
        family, *_, address = addresses[0]
        with socket.socket(family, socket.SOCK_DGRAM) as tried:
            tried.connect(address)  # sends nothing
            return str(tried.getsockname()[0])
    except OSError as e:
        raise SipError(f"the PBX {host} cannot be looked up: {e.strerror or e}") from None


def require_route(host: str, towards: str) -> None:
    """Raise SipError if calls towards a PBX leave from another address of this machine than `host`.

    The SIP library answers every call with 500 then.
    """
    if is_loopback(host) or host in {"0.0.0.0", "::"}:  # noqa: S104 compared
        return
    try:
        own = address_towards(towards)
    except SipError:  # it is not there now; whether it can be called is seen when it is
        return
    if own != host:
        raise SipError(
            f"every call would fail: {towards} is reached from {own}, not from {host}; leave"
            f" --listen out, or give --listen {in_uri(own)}:PORT"
        )


def telephone_number(address: str) -> str:
    """Return the number in a caller's SIP address as E.164, or "" if it has none."""
    match = _CALLER.match(address)
    if match is None:
        return ""
    digits = match[1]
    if f"+{digits}" in address or len(digits) > _NATIONAL:
        return f"+{digits}"
    return f"+1{digits}" if len(digits) == _NATIONAL else ""
