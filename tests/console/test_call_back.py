"""Calling back as the line: the operator rings first; the caller sees the line's number."""

import datetime as dt
import logging
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from twilio.request_validator import RequestValidator

from ivr.accounts.audit_log import AuditEvent, add
from ivr.database.engine import open_and_migrate, writing
from ivr.script.load import load
from ivr.settings import Settings
from ivr.voicemail import call_back
from tests.carrier.stand_in import SID, StandIn
from tests.console.conftest import NAME, Comes, Visitor
from tests.console.test_messages import deeds, leave
from tests.lines import TOKEN, change

LINE, WORKER, CALLER = "+12025550100", "+12025550121", "+12025550177"
TYPED = "(202) 555-0177"
AT = "https://line.example"


@pytest.fixture
def settings(settings: Settings, carrier: StandIn) -> Settings:
    """Return the settings of a line that can call back."""
    carrier.token = TOKEN
    line = {
        "agency": {"number": LINE},
        "voicemail": {},
        "office": {"numbers": ["+12025550111"]},
        "on_call": {
            "people": {"worker": WORKER},
            "week": {"mon-sun": [{"hours": "00:00-24:00", "ring": ["worker"]}]},
        },
    }
    change(settings.prompts / "line.yaml", line)
    return replace(settings, account_sid=SID, carrier_api=carrier.url, public_url=AT)


def ring(operator: Visitor, message: int, number: str = TYPED, **form: str):
    sent = {"number": number, "telephone": "on-call-worker", **form}
    return operator.sends(f"/messages/{message}/call-back", **sent)


def answered(settings: Settings, carrier: StandIn, comes: Comes, keys: str) -> ET.Element:
    """Let the operator answer and press keys; return what the carrier is told then."""
    gather = ET.fromstring(carrier.calls[-1]["twiml"])[0]  # noqa: S314 ours
    path = urlsplit(gather.attrib["action"]).path
    form = {"CallSid": "CA1", "From": LINE, "To": WORKER, "Digits": keys}
    signature = RequestValidator(TOKEN).compute_signature(f"{AT}{path}", form)
    answer = comes().client.post(path, data=form, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 200
    return ET.fromstring(answer.data)  # noqa: S314 ours


def test_the_operator_rings_first_and_then_the_caller_who_sees_the_line(
    operator: Visitor, comes: Comes, settings: Settings, carrier: StandIn, caplog
) -> None:
    caplog.set_level(logging.DEBUG)
    message = leave(settings, carrier.add_recording())
    assert "Call back as the line" in operator.sees("/messages")
    assert "worker" in operator.sees(f"/messages/{message.id}/call-back")
    asked = ring(operator, message.id)
    assert "1-202-555-0177" in asked.text
    assert carrier.calls == [], "nobody rings before it is confirmed"
    done = ring(operator, message.id, confirmed="yes")
    assert "worker is ringing now" in done.text
    assert done.headers["Cache-Control"] == "no-store"
    (call,) = carrier.calls
    assert (call["to"], call["from"]) == (WORKER, LINE)
    assert "To take it, press 1" in call["twiml"]
    dial = answered(settings, carrier, comes, "1")[0]
    assert (dial.tag, dial.attrib["callerId"], dial[0].text) == ("Dial", LINE, CALLER)
    assert deeds(settings) == [(NAME, "rang the caller", message.id)]
    stored = b"".join(p.read_bytes() for p in settings.state.rglob("*") if p.is_file())
    for form in (CALLER, CALLER[1:], CALLER[2:], TYPED, "1-202-555-0177"):
        assert form.encode() not in stored
        assert form not in caplog.text
        assert form not in call["twiml"]


def test_nobody_is_rung_for_a_voicemail_box(
    operator: Visitor, comes: Comes, settings: Settings, carrier: StandIn
) -> None:
    message = leave(settings, carrier.add_recording())
    ring(operator, message.id, confirmed="yes")
    for keys in ("", "2", "5"):
        assert [verb.tag for verb in answered(settings, carrier, comes, keys)] == ["Hangup"]


def test_an_address_that_is_old_or_not_ours_rings_nobody(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = call_back.seal(settings, CALLER)
    assert call_back.unseal(settings, token) == CALLER
    assert call_back.unseal(replace(settings, secret_key="another"), token) is None
    assert call_back.unseal(settings, token[:-4] + "AAAA") is None
    monkeypatch.setattr(call_back, "VALID_SECONDS", -1)
    assert call_back.unseal(settings, token) is None


def test_an_address_without_the_carriers_signature_is_refused(
    comes: Comes, settings: Settings
) -> None:
    path = f"/voice/call-back/{call_back.seal(settings, CALLER)}"
    answer = comes().client.post(path, data={"Digits": "1"})
    assert (answer.status_code, CALLER in answer.text) == (403, False)


NO_CALLERS = {
    "555": "is no number that exists",
    "911": "is no number that exists",
    "+44 20 7946 0018": "calls back in US",
    "1-888-373-7888": "this is no caller",
    WORKER: "this is no caller",
    "1-900-555-0123": "",
    "": "is no telephone number",
}
"""What is typed, and why it is not rung."""


def test_what_is_no_callers_number_or_no_telephone_of_the_line_is_not_rung(
    operator: Visitor, settings: Settings, carrier: StandIn
) -> None:
    message = leave(settings, carrier.add_recording())
    for number, why in NO_CALLERS.items():
        refused = ring(operator, message.id, number, confirmed="yes")
        assert (number, refused.status_code) == (number, 422)
        assert why in refused.text.replace("&#39;", "'")
    refused = ring(operator, message.id, telephone="+12025550188", confirmed="yes")
    assert refused.status_code == 400
    assert carrier.calls == []


def test_a_caller_who_did_not_say_that_it_is_safe_is_not_rung(
    operator: Visitor, settings: Settings, carrier: StandIn
) -> None:
    for safe in (False, None):
        message = leave(settings, carrier.add_recording(), safe=safe)
        assert "Call back as the line" not in operator.sees("/messages")
        assert ring(operator, message.id, confirmed="yes").status_code == 409
    assert carrier.calls == []


def test_after_twenty_in_an_hour_nobody_is_rung(
    operator: Visitor, settings: Settings, carrier: StandIn
) -> None:
    message = leave(settings, carrier.add_recording())
    now = dt.datetime.now(dt.UTC)
    with writing(open_and_migrate(settings)) as connection:
        for _ in range(call_back.MOST_AN_HOUR):
            add(connection, NAME, AuditEvent("rang the caller", message_id=message.id), now)
    assert "too many calls back" in ring(operator, message.id, confirmed="yes").text
    assert carrier.calls == []


def test_a_carrier_that_refuses_is_told_without_the_number(
    operator: Visitor, settings: Settings, carrier: StandIn, caplog
) -> None:
    message = leave(settings, carrier.add_recording())
    carrier.fails(400, code=21215, times=1)
    refused = ring(operator, message.id, confirmed="yes")
    assert refused.status_code == 502
    assert "could not ring your telephone" in refused.text
    assert "21215" in caplog.text
    assert "5550177" not in caplog.text


def test_what_is_not_set_is_named(comes: Comes, settings: Settings, carrier: StandIn) -> None:
    visitor = comes(replace(settings, public_url=""))
    visitor.signs_in()
    message = leave(settings, carrier.add_recording())
    page = visitor.sees(f"/messages/{message.id}/call-back")
    assert "IVR_PUBLIC_URL" in page
    assert re.search(r"<input[^>]*name=\"number\"", page) is None
    script = load(settings.prompts)
    assert "TWILIO_ACCOUNT_SID" in call_back.missing(script, replace(settings, account_sid=""))


def test_the_description_of_rule_7_names_the_exception() -> None:
    page = Path(__file__).parents[2] / "docs" / "architecture.md"
    assert "to call back as the line" in page.read_text()
