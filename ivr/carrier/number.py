"""A number of the account, and what decides where its calls go."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from ivr.carrier.client import Account, client, map_carrier_errors
from ivr.errors import CarrierError


@dataclass(frozen=True)
class Wiring:
    """Where the carrier takes a number's calls; the names are those of its API, "" is unset.

    An application or a trunk overrides the URLs.
    """

    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    voice_receive_mode: str = "voice"
    voice_application_sid: str = ""
    trunk_sid: str = ""
    emergency_address_sid: str = ""

    @classmethod
    def of(cls, told: Any) -> "Wiring":  # noqa: ANN401 the library's object, or a mapping kept
        """Read what the carrier, or a file of ours, tells of a number."""
        values = told if isinstance(told, dict) else vars(told)
        return cls(**{f.name: str(values.get(f.name) or f.default) for f in fields(cls)})

    def changes(self, to: "Wiring") -> dict[str, tuple[str, str]]:
        """Return name → (from, to) of what differs."""
        here, there = asdict(self), asdict(to)
        return {k: (here[k], there[k]) for k in here if here[k] != there[k]}


@dataclass(frozen=True)
class Number:
    """A number that the account owns. `emergency` is the state of its emergency address."""

    sid: str
    number: str
    wiring: Wiring
    emergency: str = "unregistered"


def owned(account: Account) -> tuple[Number, ...]:
    """Return the numbers of the account that take calls. Raises CarrierError."""
    with map_carrier_errors("list the account's numbers"):
        return tuple(_number(n) for n in client(account).incoming_phone_numbers.list())


def find(account: Account, number: str | None) -> Number:
    """Return the number, E.164, or the only one that the account owns.

    Raises CarrierError if the account does not own it, or owns several where none is named.
    """
    known = owned(account)
    if number is None and len(known) == 1:
        return known[0]
    for one in known:
        if one.number == number:
            return one
    listed = ", ".join(sorted(n.number for n in known))
    if not known:
        raise CarrierError("the account owns no number: buy one in your Twilio console")
    if number is None:
        raise CarrierError(
            f"the account owns several numbers, {listed}: name the line's with --number,"
            " or as agency: number: in line.yaml"
        )
    raise CarrierError(f"the account does not own {number}: it owns {listed}")


def wire(account: Account, number: Number, to: Wiring) -> Number:
    """Wire a number, all at once: one request, so nothing is ever half set.

    A request whose answer was lost is looked after. Raises CarrierError if it was not done.
    """
    changed = {name: new for name, (_, new) in number.wiring.changes(to).items()}
    try:
        with map_carrier_errors(f"set {number.number} up", changes=True):
            told = client(account).incoming_phone_numbers(number.sid).update(**changed)
            return _number(told)
    except CarrierError as e:
        if not e.unsure:
            raise
        try:
            now = find(account, number.number)
        except CarrierError:
            raise e from None
        if now.wiring == to:
            return now
        text, _, _ = str(e).partition(";")
        raise CarrierError(f"{text}; it was not done") from None


def _number(told: Any) -> Number:  # noqa: ANN401 the library's object
    status = str(told.emergency_address_status or "unregistered")
    return Number(told.sid, told.phone_number, Wiring.of(told), status)
