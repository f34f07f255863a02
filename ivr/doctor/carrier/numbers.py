"""Checks of the number: where its calls go, and its emergency address."""

import contextlib
from urllib.parse import urldefrag

import phonenumbers

from ivr.carrier.client import client, map_carrier_errors
from ivr.carrier.emergency import REGISTERED, Registration, save_registration
from ivr.carrier.setup import wanted
from ivr.doctor.check import CheckContext, CheckResult, failed, ok, warning

SETUP = "ivr twilio setup shows it, ivr twilio setup --yes sets it"

URLS = {
    "voice_url": "a call comes in",
    "voice_method": "a call comes in, method",
    "voice_fallback_url": "fallback",
    "voice_fallback_method": "fallback, method",
    "status_callback": "status callback",
    "status_callback_method": "status callback, method",
    "voice_receive_mode": "takes",
    "sms_url": "a message comes in",
    "sms_method": "a message comes in, method",
    "sms_application_sid": "application that takes its messages",
}


def wiring(context: CheckContext) -> CheckResult:
    """Do the number's calls, its fallback and its status callback come to this line?"""
    # Which method the fallback's host takes is a matter of the row "lifeboat".
    method = context.own.wiring.voice_fallback_method
    texts = None if context.own_script.line.answer_texts else context.own.wiring
    changes = context.own.wiring.changes(wanted(context.settings, method, texts_of=texts))
    off = {name: pair for name, pair in changes.items() if name in URLS}
    if not off:
        return ok("leads here, with fallback and status callback")
    if all(urldefrag(is_).url == urldefrag(to).url for is_, to in off.values()):
        return warning("leads here, but waits long for a slow answer", SETUP)
    wrong = "; ".join(f"{URLS[name]}: {is_ or 'nothing'}" for name, (is_, _) in off.items())
    return failed(wrong, SETUP)


def overrides(context: CheckContext) -> CheckResult:
    """Does an application or a SIP trunk take the number's calls away from its URLs?"""
    now = context.own.wiring
    for what, sid in (("application", now.voice_application_sid), ("SIP trunk", now.trunk_sid)):
        if sid:
            return failed(f"the {what} {sid} takes the calls, whatever the URLs say", SETUP)
    return ok("no application and no trunk takes its calls")


def emergency(context: CheckContext) -> CheckResult:
    """Is an emergency address registered, if 9 connects to 911? Stores the result for the line."""
    line, number = context.own_script.line, context.own
    registered = number.emergency == REGISTERED
    seen = Registration(number.number, context.now.date()) if registered else None
    with contextlib.suppress(OSError):  # the bridge stays shut, as the row below says
        save_registration(context.settings, seen)
    if not line.emergency.bridge:
        return ok("the bridge is off: 9 says to hang up and dial 911")
    if registered:
        return ok(f"an address is registered; try it: ivr twilio test-emergency ({number.number})")
    if number.emergency == "pending-registration":
        return failed(
            "the address is being registered", "wait up to 30 minutes, then run this again"
        )
    return failed(
        f"9 connects to 911, and {number.number} has no registered address ({number.emergency})",
        "ivr twilio setup --street … registers one; until then set bridge: false, and ivr reload",
    )


def texts(context: CheckContext) -> CheckResult:
    """Is the number registered, so that networks deliver its text messages?"""
    number = context.own
    parsed = phonenumbers.parse(number.number, None)
    if phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.TOLL_FREE:
        return _toll_free(context)
    asking = client(context.own_account).messaging.v1
    with map_carrier_errors("look at the registration for text messages"):
        for service in asking.services.list():
            inside = asking.services(service.sid)
            if any(n.sid == number.sid for n in inside.phone_numbers.list()):
                states = {c.campaign_status for c in inside.us_app_to_person.list()}
                if "VERIFIED" in states:
                    return ok("the number belongs to a verified campaign")
                return warning(
                    f"the number's campaign is {', '.join(sorted(states)) or 'missing'}", A2P
                )
    return warning("the number belongs to no campaign: US networks drop its texts", A2P)


A2P = "register a brand and a campaign (A2P 10DLC) in your Twilio console before the line texts"


def _toll_free(context: CheckContext) -> CheckResult:
    with map_carrier_errors("look at the registration for text messages"):
        verifications = client(context.own_account).messaging.v1.tollfree_verifications.list(
            tollfree_phone_number_sid=context.own.sid
        )
    states = {str(v.status) for v in verifications}
    if "TWILIO_APPROVED" in states:
        return ok("the toll-free number is verified for texts")
    return warning(
        f"the toll-free number's verification is {', '.join(sorted(states)) or 'missing'}",
        "have it verified in your Twilio console before the line texts",
    )
