"""Checks of the line as the carrier reaches it: its answers, its lifeboat."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

from ivr.doctor.check import CheckContext, CheckResult, failed, ok, warning
from ivr.errors import PhoneError
from ivr.phone.call import Call, Listening, Ringing
from ivr.phone.parties import Parties
from ivr.phone.transport import Answer, Form, HttpTransport
from ivr.phone.twiml.document import parse
from ivr.twiml import voice as twiml

FORBIDDEN = 403
REHEARSAL = ("Rehearsal", "1")
"""The form field that marks a rehearsal, which leaves no record."""


def answers(context: CheckContext) -> CheckResult:
    """Does the line answer a call made as the carrier makes it, and does 0 ring the hotline?"""
    with _phone(context) as call:
        try:
            call.dial()
            if not isinstance(call.state, Listening):
                return failed("the line does not listen to callers", LOGS)
            call.press("0")
        except PhoneError as e:
            return failed(f"the line does not answer as it should: {e}", LOGS)
        if not isinstance(call.state, Ringing):
            return failed("0 does not ring a person", LOGS)
        shown = call.state.dial.caller_id
        if shown not in {"", context.own.number}:
            return warning(
                f"the person being called sees {shown}, which is not the line's number",
                "write agency: number: in line.yaml, or leave it out",
            )
        return ok(f"answers, and 0 rings {', '.join(call.state.numbers)}")


LOGS = "see the line's log, and that IVR_PUBLIC_URL and the proxy name the same host and path"


def stranger(context: CheckContext) -> CheckResult:
    """Does the line refuse a request with a false signature?"""
    with closing(HttpTransport("not the account's token")) as line:
        try:
            answer = line.request("POST", f"{context.settings.public_url}/voice", [REHEARSAL])
        except PhoneError as e:
            return failed(str(e), LOGS)
    if answer.status != FORBIDDEN:
        return failed(
            f"a request with a false signature was answered with {answer.status}",
            "is it ivr that answers there, without --demo?",
        )
    return ok("refuses a request that the carrier did not sign")


def lifeboat(context: CheckContext) -> CheckResult:
    """Does the fallback URL serve the script's current lifeboat, from another host?"""
    url = context.own.wiring.voice_fallback_url
    host = "host the output of `ivr twilio lifeboat` elsewhere, and set IVR_FALLBACK_URL to its URL"
    if not url:
        return failed("there is none: a caller would hear an error", "ivr twilio setup --yes")
    form: Form = [("AccountSid", context.own_account.sid)]
    with closing(HttpTransport(context.own_account.token)) as line:
        try:
            answer = line.request(context.own.wiring.voice_fallback_method, url, form)
        except PhoneError as e:
            return failed(f"it does not answer: {e}", host)
    if answer.status == FORBIDDEN:
        return warning(
            "it cannot be read from this machine", "compare it with `ivr twilio lifeboat`"
        )
    if answer.status != OK:
        return failed(f"{url} answers with {answer.status}", host)
    try:
        hosted = parse(answer)
    except PhoneError as e:
        return failed(f"the carrier would not take it: {e}", host)
    shown = {context.own_script.line.agency.number, context.own.number}
    now = [replace(answer, body=twiml.lifeboat(context.own_script, number)) for number in shown]
    if hosted not in [parse(one) for one in now]:
        return failed("it is not the script's current lifeboat", host)
    return _place_of_lifeboat(context, url, host)


def _place_of_lifeboat(context: CheckContext, url: str, host: str) -> CheckResult:
    if urlsplit(url).netloc == urlsplit(context.settings.public_url).netloc:
        return warning("it is on this very service, and fails together with it", host)
    if context.own.wiring.voice_fallback_method == "GET":
        return warning(
            f"current, at {urlsplit(url).netloc}, but asked for with GET: its log may hold"
            " callers' numbers",
            "switch that log off, or host it where POST is taken, as in a TwiML Bin",
        )
    return ok(f"current, at {urlsplit(url).netloc}")


OK = 200


class _Rehearsal(HttpTransport):
    """Sends requests as the carrier does, marked as a rehearsal."""

    def request(self, method: str, url: str, form: Form) -> Answer:
        return super().request(method, url, [*form, REHEARSAL])


@contextmanager
def _phone(context: CheckContext) -> Iterator[Call]:
    url = f"{context.settings.public_url}/voice"
    with closing(_Rehearsal(context.own_account.token)) as line:
        yield Call(
            line, url, Parties(called=context.own.number, account_sid=context.own_account.sid)
        )
