"""The numbers by text: to whom they are sent, what is sent, and what a caller hears of it."""

import datetime as dt
import logging
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.carrier import client
from ivr.checks.measures.limits import GSM_7
from ivr.dialog.nodes.text import can_be_texted, message
from ivr.phone.call import Call
from ivr.phone.parties import Parties
from ivr.phone.transport import WsgiTransport
from ivr.script.limits import Limits
from ivr.script.load import load
from ivr.settings import Settings
from ivr.sms.line_type import WITHOUT_TEXTS
from ivr.web import create_app
from ivr.web.voice.timeouts import MAX_AT_ONCE, LimitedWork
from ivr.web.waits import Waits
from tests.caller import Caller
from tests.carrier.stand_in import SID, StandIn
from tests.lines import PATIENT, TOKEN, change, variant
from tests.serving import free_port, until

LIMITS = Limits()

SHORT = Waits(carrier=0.5, line_type=0.5)
OWN, CALLER = "+12025550100", "+12025550143"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = client.PATIENCE.new(backoff_factor=0, backoff_jitter=0)
    monkeypatch.setattr(client, "PATIENCE", at_once)


@pytest.fixture
def settings(state: Path, tmp_path: Path, carrier: StandIn) -> Settings:
    carrier.token = TOKEN
    folder = variant("voicemail", tmp_path)
    return Settings((TOKEN,), SID, carrier.url, prompts=folder, state=state, audio=False)


Dials = Callable[..., Caller]

SILENCES = 3
"""Silences after the language was chosen, after which a caller hears of keys such as 8."""


@pytest.fixture
def dials(settings: Settings) -> Iterator[Dials]:
    apps = []

    def dial(number: str = CALLER, other: Settings | None = None, waits: Waits = PATIENT) -> Caller:
        apps.append(create_app(other or settings, waits=waits))
        call = Call(
            WsgiTransport(apps[-1], TOKEN), "http://127.0.0.1/voice", Parties(caller=number)
        )
        return Caller(call).dial().press("1")

    yield dial
    for app in apps:
        app.services.telemetry.recorder.close()


def test_a_text_goes_to_who_calls_and_says_the_numbers_of_the_script(
    dials: Dials, carrier: StandIn, settings: Settings
) -> None:
    dials().press("8", "1").hears("The text is on its way")
    (sent,) = carrier.messages
    assert (sent["to"], sent["from"]) == (CALLER, OWN)
    assert sent["body"] == message(load(settings.prompts), "en")
    numbers = re.findall(r"1-8\d\d-\d{3}-\d{4}", sent["body"])
    assert numbers == ["1-888-373-7888", "1-800-843-5678"], "and not ICE's, which needs a warning"
    assert "STOP" in sent["body"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_it_is_one_message_whatever_numbers_the_script_has(language: str, tmp_path: Path) -> None:
    """Also with the state's hotline, which the shipped script has not set."""
    script = load(variant("state", tmp_path))
    text = message(script, language)
    assert len(text) <= 160
    assert set(text) <= GSM_7
    assert text.count("-555-0123") == 1


@pytest.mark.parametrize(
    "number",
    [
        "anonymous",
        "Restricted",
        "",
        "+266696687",
        "+7378742833",
        "+86282452253",
        "+2562533",
        "+8656696",
        "+18883737888",
        "client:somebody",
        "sip:somebody@example.org",
        "+442079460143",
    ],
)
def test_who_withholds_their_number_or_has_none_for_texts_is_not_offered_one(
    number: str, dials: Dials, carrier: StandIn
) -> None:
    assert not can_be_texted(number, OWN, LIMITS.text_countries)
    caller = dials(number or "anonymous").press("8").hears("I did not get that")
    caller.waits().hears("To go back").does_not_hear("by text")
    assert carrier.asked == []


def test_a_forged_place_texts_nobody_who_withholds_their_number(
    settings: Settings, carrier: StandIn
) -> None:
    line = WsgiTransport(create_app(settings), TOKEN)
    url = "http://127.0.0.1/voice/en/numbers?texts=1"
    answer = line.request("POST", url, [("From", "anonymous"), ("Digits", "1")])
    assert b"could not be sent" in answer.body
    assert carrier.asked == []


def test_without_the_setting_or_the_account_it_is_not_offered(
    dials: Dials, settings: Settings, tmp_path: Path
) -> None:
    for other in (
        replace(settings, account_sid=""),
        replace(settings, prompts=variant("shipped", tmp_path)),
    ):
        dials(other=other).waits(SILENCES).does_not_hear("by text")
        dials(other=other).waits(1).press("8").hears("I did not get that")


@pytest.mark.parametrize(
    ("code", "announcement"),
    [
        (21610, "This phone has asked us to send no texts"),
        (21614, "The text could not be sent"),
        (21211, "The text could not be sent"),
    ],
)
def test_a_caller_hears_that_the_carrier_has_not_sent_it(
    code: int, announcement: str, dials: Dials, carrier: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    carrier.fails_at("/Messages", 400, code=code)
    dials().press("8", "1").hears(announcement).waits().hears("For what to do and who to call")
    assert str(code) in caplog.text
    assert "5550143" not in caplog.text


def test_a_carrier_that_was_too_busy_is_asked_again(dials: Dials, carrier: StandIn) -> None:
    caller = dials()
    carrier.fails(429, times=2, retry_after=0)
    caller.press("8", "1").hears("The text is on its way")
    tried = [asked for asked in carrier.asked if "/Messages" in asked.path]
    assert (len(tried), len(carrier.messages)) == (3, 1)


def test_a_carrier_that_hangs_keeps_nobody_waiting(dials: Dials, carrier: StandIn) -> None:
    """The carrier would send it at last: a line that waited for that would say so."""
    carrier.hangs_at("/Messages", seconds=15)
    caller = dials(waits=SHORT).press("8", "1").hears("The text may take a while")
    caller.waits().hears("For what to do and who to call")
    assert carrier.messages == []


def test_a_carrier_that_cannot_be_reached_is_told(dials: Dials, settings: Settings) -> None:
    nobody = replace(settings, carrier_api=f"http://127.0.0.1:{free_port()}")
    caller = dials(other=nobody).press("8", "1")
    assert "could not be sent" in caller.heard or "may take a while" in caller.heard


def test_three_a_day_and_then_the_caller_hears_so_whichever_process_answers(
    dials: Dials, carrier: StandIn
) -> None:
    for _ in range(LIMITS.texts_per_caller):
        dials().press("8", "1").hears("The text is on its way")
    dials().press("8", "1").hears("The numbers were sent to this phone before")
    dials("+12025550144").press("8", "1").hears("The text is on its way")
    assert len(carrier.messages) == LIMITS.texts_per_caller + 1


def test_while_the_records_fail_each_process_counts_for_itself(
    dials: Dials, settings: Settings, carrier: StandIn
) -> None:
    deaf = f"postgresql://ivr@127.0.0.1:{free_port()}/x"
    caller = dials(other=replace(settings, database_url=deaf))
    for _ in range(LIMITS.texts_per_caller):
        caller.press("8", "1").hears("The text is on its way").waits()
    caller.press("8", "1").hears("The numbers were sent to this phone before")


def test_a_rehearsal_sends_nothing(settings: Settings, carrier: StandIn) -> None:
    app = create_app(settings)
    wire = WsgiTransport(
        lambda environ, start: app({**environ, "ivr.rehearsal": True}, start), TOKEN
    )
    Caller(Call(wire, "http://127.0.0.1/voice")).dial().press("1", "8", "1").hears("on its way")
    assert carrier.asked == []


def test_8_leads_back_to_where_it_was_pressed(dials: Dials) -> None:
    caller = dials().press("1", "8").hears("Someone else may see the text")
    caller.press("1").hears("The text is on its way").waits().hears("you are a mandated reporter")
    caller.press("8", "*").hears("you are a mandated reporter")


# ── LineTypeCache ─────────────────────────────────────────────────────────────────


def looked_up(carrier: StandIn) -> list[str]:
    return [asked.path for asked in carrier.asked if asked.host == "lookups.twilio.com"]


@pytest.mark.parametrize("kind", sorted(WITHOUT_TEXTS))
def test_who_has_a_line_without_texts_is_not_offered_one(
    kind: str, dials: Dials, carrier: StandIn
) -> None:
    carrier.line_types[CALLER] = kind
    caller = dials().press("8").hears("I did not get that")
    caller.waits().hears("To go back").does_not_hear("by text")
    assert carrier.messages == []


@pytest.mark.parametrize(
    "kind", ["mobile", "fixedVoip", "nonFixedVoip", "personal", "unknown", None]
)
def test_who_has_another_line_or_one_of_which_nothing_is_known_is_offered_one(
    kind: str | None, dials: Dials, carrier: StandIn
) -> None:
    carrier.line_types[CALLER] = kind
    dials().waits(SILENCES).hears("by text").press("8", "1").hears("The text is on its way")


def test_the_carrier_is_asked_once_a_day_however_often_somebody_calls(
    settings: Settings, carrier: StandIn
) -> None:
    now = dt.datetime(2026, 11, 24, 22, tzinfo=dt.UTC)
    carrier.line_types[CALLER] = "landline"
    app = create_app(settings, lambda: now)

    def calls(number: str = CALLER) -> Caller:
        call = Call(WsgiTransport(app, TOKEN), "http://127.0.0.1/voice", Parties(caller=number))
        return Caller(call).dial().press("1")

    for _ in range(3):
        calls().waits(SILENCES).does_not_hear("by text")
    calls("+12025550144").waits(SILENCES).hears("by text")
    assert looked_up(carrier) == [f"/v2/PhoneNumbers/{n}" for n in (CALLER, "+12025550144")]
    now += dt.timedelta(days=1)
    calls().waits(SILENCES).does_not_hear("by text")
    assert len(looked_up(carrier)) == 3
    app.services.telemetry.recorder.close()


def test_it_is_not_asked_where_line_yaml_says_so_nor_about_who_can_be_sent_nothing(
    dials: Dials, settings: Settings, carrier: StandIn
) -> None:
    dials("anonymous").waits(SILENCES).does_not_hear("by text")
    change(settings.prompts / "line.yaml", {"ask_line_type": False})
    carrier.line_types[CALLER] = "landline"
    dials().waits(SILENCES).hears("by text")
    change(settings.prompts / "line.yaml", {"text_me": False, "ask_line_type": True})
    dials().waits(SILENCES).does_not_hear("by text")
    assert carrier.asked == []


def test_a_carrier_that_does_not_tell_keeps_no_caller_from_the_first_words(
    dials: Dials, carrier: StandIn
) -> None:
    """The carrier would tell at last that it is a landline: a line that waited would know."""
    carrier.line_types[CALLER] = "landline"
    carrier.hangs_at("/PhoneNumbers", seconds=15)
    dials(waits=SHORT).waits(SILENCES).hears("by text")
    assert len(looked_up(carrier)) == 1


def test_few_callers_at_a_time_wait_for_a_carrier_that_hangs() -> None:
    """Each gives up after a while, the others do not begin to wait, until it answers again."""
    answers, line = threading.Event(), LimitedWork()
    given = [
        line.run_with_timeout(0.05, answers.wait, if_busy="busy", if_late="late")
        for _ in range(2 * MAX_AT_ONCE)
    ]
    assert given == ["late"] * MAX_AT_ONCE + ["busy"] * MAX_AT_ONCE
    answers.set()
    until(
        lambda: (
            line.run_with_timeout(30, lambda: "answered", if_busy="busy", if_late="late")
            == "answered"
        )
    )


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_a_lookup_that_fails_is_tried_once_and_logged_without_the_number(
    status: int, dials: Dials, carrier: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    carrier.fails_at("/PhoneNumbers", status, code=20404)
    dials().waits(SILENCES).hears("by text")
    assert len(looked_up(carrier)) == 1
    assert "the line type of a caller could not be looked up: 20404" in caplog.text
    assert "5550143" not in caplog.text


def test_a_lookup_that_reaches_nobody_leaves_the_text_offered(
    dials: Dials, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    dials(other=replace(settings, carrier_api=f"http://127.0.0.1:{free_port()}")).waits(
        SILENCES
    ).hears("by text")
    assert "the line type of a caller could not be looked up: no answer" in caplog.text
    assert "5550143" not in caplog.text


def test_a_rehearsal_looks_nobody_up(settings: Settings, carrier: StandIn) -> None:
    carrier.line_types[CALLER] = "landline"
    app = create_app(settings)
    wire = WsgiTransport(
        lambda environ, start: app({**environ, "ivr.rehearsal": True}, start), TOKEN
    )
    call = Call(wire, "http://127.0.0.1/voice", Parties(caller=CALLER))
    Caller(call).dial().press("1").waits(SILENCES).hears("by text")
    assert carrier.asked == []
