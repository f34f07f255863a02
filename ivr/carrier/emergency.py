"""911: the bridge is open only where help would find its way.

Either line.yaml states the day on which somebody saw the line's address registered, or `ivr twilio
doctor` saw it, and keeps that in IVR_STATE, where the running line reads it.
"""

import datetime as dt
import json
import logging
from dataclasses import dataclass, replace

from ivr.carrier.client import Account, client, map_carrier_errors
from ivr.carrier.number import Number
from ivr.carrier.setup_backup import write
from ivr.errors import CarrierError
from ivr.script.model import Script
from ivr.settings import Settings

log = logging.getLogger("ivr.carrier")

FILE = "emergency-address.json"
REGISTERED = "registered"
TEST_NUMBER = "933"
"""Reads back the number and the address that a call to 911 would show; reaches no dispatcher."""


@dataclass(frozen=True)
class Seen:
    """The number whose address was seen registered, E.164, and the day."""

    number: str
    on: dt.date


def remember(settings: Settings, seen: Seen | None) -> None:
    """Remember what doctor saw, or that it saw none. Raises OSError."""
    path = settings.state / FILE
    if seen is None:
        path.unlink(missing_ok=True)
    else:
        write(path, {"number": seen.number, "on": seen.on.isoformat()})


def remembered(settings: Settings) -> Seen | None:
    """Return what doctor saw; None if it saw no registered address."""
    try:
        told = json.loads((settings.state / FILE).read_text())
        return Seen(told["number"], dt.date.fromisoformat(told["on"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def gated(script: Script, settings: Settings) -> Script:
    """Return the script as it may go on the line: without the bridge if no address was seen.

    Where the script names no number of the line's own, calls go out with the one whose address
    was seen, since 911 is shown that one.
    """
    line = script.line
    if not line.emergency.bridge or line.emergency.address_registered_on is not None:
        return script
    seen = remembered(settings)
    if seen is not None and line.agency.number in {None, seen.number}:
        agency = line.agency.model_copy(update={"number": seen.number})
        opened = line.emergency.model_copy(update={"address_registered_on": seen.on})
        told = {"agency": agency, "emergency": opened}
        return replace(script, line=line.model_copy(update=told))
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
    said = "This is a test of the line's emergency address. You are now connected to 9 3 3."
    document = (
        f"<Response><Say>{said}</Say>"
        f'<Dial callerId="{number.number}"><Number>{TEST_NUMBER}</Number></Dial></Response>'
    )
    with map_carrier_errors("place the test call", changes=True):
        call = client(account).calls.create(to=phone, from_=number.number, twiml=document)
    return str(call.sid)
