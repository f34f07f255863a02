"""The bridge to 911 is open only if the line's number has a registered emergency address.

There help is sent when a call to 911 comes from the number. Either line.yaml states the day on
which somebody saw the registration, or `ivr twilio doctor` saw it and stored that in IVR_STATE,
where the running line reads it.
"""

import datetime as dt
import json
import logging
from dataclasses import asdict, dataclass, replace

from ivr.atomic_file import write_atomically
from ivr.carrier.client import Account, client, map_carrier_errors
from ivr.carrier.number import Number
from ivr.errors import CarrierError
from ivr.script.model import Script
from ivr.settings import Settings

log = logging.getLogger("ivr.carrier")

FILE = "emergency-address.json"
REGISTERED = "registered"
TEST_NUMBER = "933"
"""A number that reads back the number and address that 911 would see; it reaches no dispatcher."""


@dataclass(frozen=True)
class Registration:
    """A number (E.164) whose address is registered, and the day on which that was seen."""

    number: str
    on: dt.date


def save_registration(settings: Settings, seen: Registration | None) -> None:
    """Store the registration that doctor saw, or that it saw none. Raises OSError."""
    path = settings.state / FILE
    if seen is None:
        path.unlink(missing_ok=True)
    else:
        stored = {"number": seen.number, "on": seen.on.isoformat()}
        write_atomically(path, json.dumps(stored).encode())


def load_registration(settings: Settings) -> Registration | None:
    """Return the registration that doctor saw last; None if it saw none."""
    try:
        stored = json.loads((settings.state / FILE).read_text())
        return Registration(stored["number"], dt.date.fromisoformat(stored["on"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def apply_emergency_gate(script: Script, settings: Settings) -> Script:
    """Return the script with the bridge to 911 shut, unless a registered address was seen.

    If the script has no agency.number, calls go out with the number whose address was seen, since
    911 must see that one.
    """
    line = script.line
    if not line.emergency.bridge or line.emergency.address_registered_on is not None:
        return script
    seen = load_registration(settings)
    if seen is not None and line.agency.number in {None, seen.number}:
        agency = line.agency.model_copy(update={"number": seen.number})
        opened = line.emergency.model_copy(update={"address_registered_on": seen.on})
        update = {"agency": agency, "emergency": opened}
        return replace(script, line=line.model_copy(update=update))
    log.warning(
        "the bridge to 911 stays shut: no registered address was seen."
        " Run `ivr twilio doctor` here, or state the day in line.yaml, then `ivr reload`"
    )
    shut = line.emergency.model_copy(update={"bridge": False})
    return replace(script, line=line.model_copy(update={"emergency": shut}))


def test_call(account: Account, number: Number, phone: str) -> str:
    """Ring a phone, E.164, and connect it to 933 as the line's number; return the call's SID.

    Never 911. Raises CarrierError, also where 933 would have no address to read.
    """
    if number.emergency != REGISTERED:
        raise CarrierError(
            f"{number.number} has no registered emergency address ({number.emergency}):"
            " register one with `ivr twilio setup`, wait, and look with `ivr twilio doctor`"
        )
    text = "This is a test of the line's emergency address. You are now connected to 9 3 3."
    document = (
        f"<Response><Say>{text}</Say>"
        f'<Dial callerId="{number.number}"><Number>{TEST_NUMBER}</Number></Dial></Response>'
    )
    with map_carrier_errors("place the test call", changes=True):
        call = client(account).calls.create(to=phone, from_=number.number, twiml=document)
    return str(call.sid)


@dataclass(frozen=True)
class Address:
    """A street address in the United States, as the carrier's API names its parts."""

    customer_name: str
    street: str
    city: str
    region: str
    postal_code: str
    iso_country: str = "US"


def existing_address(account: Account, address: Address) -> str | None:
    """Return the SID of this very address, if the account has it for emergencies."""
    with map_carrier_errors("list the account's addresses"):
        addresses = client(account).addresses.list(customer_name=address.customer_name)
    for one in addresses:
        if one.emergency_enabled and all(getattr(one, k) == v for k, v in asdict(address).items()):
            return str(one.sid)
    return None


def make_address(account: Account, address: Address) -> str:
    """Create an emergency address for the account; return its SID.

    Raises CarrierError; its code is 21629 if the emergency services do not know the address as it
    is written, and the text then has their spelling.
    """
    with map_carrier_errors("make the emergency address", changes=True):
        made = client(account).addresses.create(
            **asdict(address), emergency_enabled=True, friendly_name="ivr: emergency address"
        )
    return str(made.sid)


def remove_address(account: Account, sid: str) -> bool:
    """Remove an address that was made; return False if the carrier does not let it go yet."""
    try:
        with map_carrier_errors("remove the emergency address", changes=True):
            client(account).addresses(sid).delete()
    except CarrierError:
        return False
    return True
