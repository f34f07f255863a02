"""Rows about the line as the carrier meets it: its certificate, its answers, its lifeboat."""

import datetime as dt
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import requests

from ivr.carrier.doctor.check import Finding, Look, failed, ok, warning
from ivr.errors import PhoneError
from ivr.phone.call import Call, Listening, Ringing
from ivr.phone.parties import Parties
from ivr.phone.transport import Answer, Form, HttpTransport
from ivr.phone.twiml.document import parse
from ivr.twiml import voice as twiml

RENEW_DAYS = 14
"""A certificate of 90 days is renewed when 30 are left; with fewer than this, that has failed."""

PATIENCE_SECONDS = 10
FORBIDDEN = 403
REHEARSAL = ("Rehearsal", "1")
"""In the form of a call that is only tried out: signed like the rest, it leaves no record."""


def certificate(look: Look) -> Finding:
    """Would the carrier trust the public URL's certificate, and for how long?"""
    url = urlsplit(look.settings.public_url)
    renew = "see that what renews it runs, as Caddy does by itself"
    host, port = url.hostname or "", url.port or 443
    context = ssl.create_default_context(cafile=requests.adapters.DEFAULT_CA_BUNDLE_PATH)
    try:
        with (
            socket.create_connection((host, port), PATIENCE_SECONDS) as raw,
            context.wrap_socket(raw, server_hostname=host) as secured,
        ):
            told = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as e:
        return failed(f"the certificate is not trusted: {e.verify_message}", renew)
    except OSError as e:
        why = e.strerror or type(e).__name__
        return failed(f"{host}:{port} cannot be reached: {why}", "is the proxy running there?")
    until = dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), dt.UTC)
    days = (until - look.now).days
    if days < RENEW_DAYS:
        return warning(f"it ends in {days} days", renew)
    return ok(f"good for {days} days")


def answers(look: Look) -> Finding:
    """Does the line, called as the carrier calls it, answer, and does 0 ring the hotline?"""
    with _phone(look) as call:
        try:
            call.dial()
            if not isinstance(call.state, Listening):
                return failed("the line does not listen to callers", LOGS)
            call.press("0")
        except PhoneError as e:
            return failed(f"the line does not answer as it should: {e}", LOGS)
        if not isinstance(call.state, Ringing):
            return failed("0 does not ring a person", LOGS)
        if call.state.caller_id not in {"", look.own.number}:
            shown = call.state.caller_id
            return warning(
                f"who is rung sees {shown}, which is not the line's number",
                "write agency: number: in line.yaml, or leave it out",
            )
        return ok(f"answers, and 0 rings {', '.join(call.state.numbers)}")


LOGS = "see the line's log, and that IVR_PUBLIC_URL and the proxy name the same host and path"


def stranger(look: Look) -> Finding:
    """Does the line refuse what the carrier did not sign?"""
    with closing(HttpTransport("not the account's token")) as line:
        try:
            answer = line.request("POST", f"{look.settings.public_url}/voice", [REHEARSAL])
        except PhoneError as e:
            return failed(str(e), LOGS)
    if answer.status != FORBIDDEN:
        return failed(
            f"a request with a false signature was answered with {answer.status}",
            "is it ivr that answers there, without --demo?",
        )
    return ok("refuses what the carrier did not sign")


def lifeboat(look: Look) -> Finding:
    """Is what the carrier falls back to elsewhere, and what the script says now?"""
    url = look.own.wiring.voice_fallback_url
    host = "host what `ivr twilio lifeboat` writes elsewhere, and set IVR_FALLBACK_URL to its URL"
    if not url:
        return failed("there is none: a caller would hear an error", "ivr twilio setup")
    form: Form = [("AccountSid", look.account.sid)]
    with closing(HttpTransport(look.account.token)) as line:
        try:
            answer = line.request(look.own.wiring.voice_fallback_method, url, form)
        except PhoneError as e:
            return failed(f"it does not answer: {e}", host)
    if answer.status == FORBIDDEN:
        return warning("it may not be looked at from here", "compare it with `ivr twilio lifeboat`")
    if answer.status != OK:
        return failed(f"{url} answers with {answer.status}", host)
    try:
        hosted = parse(answer)
    except PhoneError as e:
        return failed(f"the carrier would not take it: {e}", host)
    shown = {look.script.line.agency.number, look.own.number}
    now = [replace(answer, body=twiml.lifeboat(look.script, number)) for number in shown]
    if hosted not in [parse(one) for one in now]:
        return failed("what is hosted is not what the script says now", host)
    if urlsplit(url).netloc == urlsplit(look.settings.public_url).netloc:
        return warning("it stands on this very service, and goes down with it", host)
    return ok(f"current, at {urlsplit(url).netloc}")


OK = 200


class _Rehearsal(HttpTransport):
    """The carrier's way to the line, for a call that leaves no record."""

    def request(self, method: str, url: str, form: Form) -> Answer:
        return super().request(method, url, [*form, REHEARSAL])


@contextmanager
def _phone(look: Look) -> Iterator[Call]:
    url = f"{look.settings.public_url}/voice"
    with closing(_Rehearsal(look.account.token)) as line:
        yield Call(line, url, Parties(called=look.own.number, account_sid=look.account.sid))
