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
    sms_url: str = ""
    sms_method: str = "POST"
    sms_application_sid: str = ""

    @classmethod
    def of(cls, number: Any) -> "Wiring":  # noqa: ANN401 the library's object, or a mapping
        """Return the wiring of a number as the carrier describes it, or as a backup stores it."""
        values = number if isinstance(number, dict) else vars(number)
        return cls(**{f.name: str(values.get(f.name) or f.default) for f in fields(cls)})

    def changes(self, to: "Wiring") -> dict[str, tuple[str, str]]:
        """Return name → (from, to) of what differs."""
        old, new = asdict(self), asdict(to)
        return {name: (old[name], new[name]) for name in old if old[name] != new[name]}


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
    numbers = owned(account)
    if number is None and len(numbers) == 1:
        return numbers[0]
    for one in numbers:
        if one.number == number:
            return one
    listed = ", ".join(sorted(n.number for n in numbers))
    if not numbers:
        raise CarrierError("the account owns no number: buy one in your Twilio console")
    if number is None:
        raise CarrierError(
            f"the account owns several numbers, {listed}: name the line's with --number,"
            " or as agency: number: in line.yaml"
        )
    raise CarrierError(f"the account does not own {number}: it owns {listed}")


def wire(account: Account, number: Number, to: Wiring) -> Number:
    """Wire a number with one request, so that nothing is ever half set.

    If the answer is lost, the number is fetched again to see whether it was done. Raises
    CarrierError if it was not.
    """
    changed = {name: new for name, (_, new) in number.wiring.changes(to).items()}
    try:
        with map_carrier_errors(f"set {number.number} up", changes=True):
            updated = client(account).incoming_phone_numbers(number.sid).update(**changed)
            return _number(updated)
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


def _number(listed: Any) -> Number:  # noqa: ANN401 the library's object
    status = str(listed.emergency_address_status or "unregistered")
    return Number(listed.sid, listed.phone_number, Wiring.of(listed), status)
