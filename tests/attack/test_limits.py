"""Floods: nobody rings staff, leaves messages or has texts sent without end; a caller is led on."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from ivr.database.engine import open_and_migrate, writing
from ivr.phone.call import Call
from ivr.phone.parties import Parties, made_up_sid
from ivr.phone.signature import sign
from ivr.phone.transport import WsgiTransport
from ivr.protection import blocks, uses
from ivr.script.limits import Limits
from ivr.settings import Settings
from ivr.web import create_app
from ivr.web.app import Application
from ivr.web.voice.call_state import CallState
from tests.caller import Caller
from tests.carrier.stand_in import SID, StandIn
from tests.lines import ALWAYS_ON_CALL, PATIENT, TOKEN, change, variant
from tests.post import Post
from tests.serving import until

NUMBER, OTHER, JAMAICA = "+12025550143", "+12025550144", "+18765550143"
HOTLINE = "+18883737888"
WORKER = "+12025550121"
LIMITS = Limits()
NIGHT = dt.datetime(2026, 11, 25, 3, 0, tzinfo=dt.UTC)


class Line:
    """A line whose people are on call, by a clock that the test moves."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.now = NIGHT
        self.app: Application = create_app(settings, lambda: self.now, PATIENT)
        self.requests: list[tuple[str, list[tuple[str, str]]]] = []

    def caller(self, number: str = NUMBER) -> Caller:
        """Return a caller who has chosen English."""
        parties = Parties(caller=number, call_sid=made_up_sid("CA"))
        call = Call(WsgiTransport(self._recording, TOKEN), "http://127.0.0.1/voice", parties)
        return Caller(call).dial().press("1")

    def rings_agency(self, number: str = NUMBER) -> Caller:
        """Return a caller for whom the people on call are to be rung."""
        return to_agency(self.caller(number)).press("1")

    def _recording(self, environ, start):
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = BytesIO(body)
        path = environ["PATH_INFO"] + (f"?{q}" if (q := environ["QUERY_STRING"]) else "")
        self.requests.append((path, parse_qsl(body.decode(), keep_blank_values=True)))
        return self.app(environ, start)

    def posts(self, path: str, form: list[tuple[str, str]], token: str) -> bytes:
        """Send a signed request, as somebody who has copied it does; return the answer."""
        url = f"http://127.0.0.1{path}"
        headers = {
            "X-Twilio-Signature": sign(TOKEN, url, form),
            "I-Twilio-Idempotency-Token": token,
        }
        client = self.app.test_client()
        return client.post(path, base_url="http://127.0.0.1", data=dict(form), headers=headers).data

    def used(self) -> dict[str, int]:
        with open_and_migrate(self.settings).connect() as connection:
            return uses.counts(connection, self.now)


def to_agency(caller: Caller) -> Caller:
    """Go to the agency's menu."""
    return caller.press("1").waits(4).press("1" if "state" not in caller.heard else "2")


@pytest.fixture
def line(state: Path, tmp_path: Path, carrier: StandIn, post: Post) -> Iterator[Line]:
    carrier.token = TOKEN
    folder = variant("voicemail", tmp_path)
    change(folder / "line.yaml", {**ALWAYS_ON_CALL, "ask_line_type": False})
    settings = Settings((TOKEN,), SID, carrier.url, prompts=folder, state=state, audio=False)
    made = Line(replace(settings, **post.settings))
    yield made
    made.app.services.telemetry.recorder.close()
    made.app.services.telemetry.alerts.worker.stop()


def is_ringing(caller: Caller, number: str) -> bool:
    dial = getattr(caller.call.state, "dial", None)
    return dial is not None and number in dial.numbers


def test_one_number_rings_the_people_on_call_a_few_times_and_is_led_on(
    line: Line, post: Post
) -> None:
    for _ in range(LIMITS.rings_per_caller):
        assert is_ringing(line.rings_agency(), WORKER)
    caller = line.rings_agency().hears("No one at your agency can take this call", "press 1")
    caller.press("1")
    assert is_ringing(caller, HOTLINE)
    assert is_ringing(line.rings_agency(OTHER), WORKER), "others are rung for"
    line.app.services.telemetry.alerts.poll()
    until(lambda: post.posts)
    assert "have used the 5 rings an hour" in post.posts[0]["text"]
    assert "5550143" not in str(post.posts)
    line.now += dt.timedelta(hours=1, minutes=1)
    assert is_ringing(line.rings_agency(), WORKER)


def test_within_one_call_too(line: Line) -> None:
    caller = line.rings_agency()
    for _ in range(LIMITS.rings_per_caller - 1):
        for _ in range(3):
            caller.ends("no-answer")
        caller.hears("No one on call could answer")
        caller.press("1")
        assert is_ringing(caller, WORKER)
    for _ in range(3):
        caller.ends("no-answer")
    caller.press("1").hears("No one at your agency can take this call")


@pytest.mark.slow
def test_all_callers_together_have_a_limit_and_withheld_numbers_half_of_it(
    line: Line, post: Post
) -> None:
    withheld = [is_ringing(line.rings_agency("anonymous"), WORKER) for _ in range(16)]
    assert withheld == [True] * 15 + [False]
    for i in range(15):
        assert is_ringing(line.rings_agency(f"+120255501{i + 50}"), WORKER)
    line.rings_agency("+12025550199").hears("No one at your agency can take this call")
    until(lambda: any("All callers together" in p["text"] for p in post.posts))


def test_silence_at_the_limit_leads_to_the_hotline(line: Line) -> None:
    for _ in range(LIMITS.rings_per_caller):
        line.rings_agency()
    assert is_ringing(line.rings_agency().waits(6), HOTLINE)


def test_a_ring_is_counted_once_however_often_its_request_is_sent(line: Line) -> None:
    line.rings_agency()
    path, form = line.requests[-1]
    for i in range(10):
        line.posts(path, form, f"token-{i}")
    assert line.used()["ring"] == 1


def test_messages_have_a_limit_and_the_caller_is_led_on(line: Line) -> None:
    def leaves_message() -> Caller:
        caller = line.rings_agency()
        for _ in range(3):
            caller.ends("no-answer")
        return caller.press("4", "1", "1", "1")

    for _ in range(LIMITS.messages_per_caller):
        leaves_message().call.record(20, "#")
    leaves_message().hears("We cannot take a message just now", "press 1")


def test_talks_with_the_agency_have_an_end_and_those_with_the_hotline_have_none(line: Line) -> None:
    assert line.rings_agency().call.state.dial.time_limit == 7200
    assert line.caller().press("0").call.state.dial.time_limit == 14_400


# ── The longest call ──────────────────────────────────────────────────────────


def test_a_call_that_repeats_without_end_is_led_to_the_hotline_and_then_ends(line: Line) -> None:
    caller = line.caller()
    for _ in range(20):
        caller.press("#")
    line.now += dt.timedelta(minutes=LIMITS.call_minutes + 16)
    caller.press("#").hears("This call has been long", "8 8 8")
    assert is_ringing(caller, HOTLINE)
    caller.ends("completed")
    assert "8 8 8" in caller.heard
    caller.is_hung_up_on()


def test_a_long_check_of_signs_leads_to_the_hotline_and_back_to_the_question(line: Line) -> None:
    caller = line.caller().press("4").press("1")
    line.now += dt.timedelta(minutes=LIMITS.call_minutes + 16)
    caller.press("1").hears("This call has been long", "8 8 8")
    line.now -= dt.timedelta(minutes=LIMITS.call_minutes + 16)
    caller.ends("busy").hears("That line is busy").press("*")
    caller.hears("Have you seen")


def test_at_the_limit_911_can_still_be_called_and_no_transfer_is_cut(line: Line) -> None:
    caller = line.caller()
    line.now += dt.timedelta(minutes=LIMITS.call_minutes + 16)
    caller.press("9").hears("9 1 1")
    other = line.caller()
    other.press("0")
    line.now += dt.timedelta(minutes=LIMITS.call_minutes + 16)
    assert is_ringing(other, HOTLINE)


# ── Blocks and the challenge ──────────────────────────────────────────────────


def test_the_person_on_call_blocks_who_is_ringing_without_seeing_a_number(line: Line) -> None:
    caller = line.rings_agency()
    whisper = caller.call.state.dial.whispers[0].url
    assert NUMBER[1:] not in whisper
    caller.call.answers("5")
    caller.hears("No one at your agency can take this call")
    line.rings_agency().hears("No one at your agency can take this call").press("1")
    assert is_ringing(line.caller().press("0"), HOTLINE)
    line.caller().press("9").hears("9 1 1")
    assert is_ringing(line.rings_agency(OTHER), WORKER)
    line.now += dt.timedelta(hours=25)
    assert is_ringing(line.rings_agency(), WORKER), "the block has ended by itself"


def test_a_challenge_is_asked_before_staff_are_rung_and_nobody_else(line: Line) -> None:
    with writing(open_and_migrate(line.settings)) as connection:
        blocks.set_switch(connection, blocks.CHALLENGE, "maria", line.now, is_on=True)
    caller = line.rings_agency().hears("To ring your agency, press")
    first, second = re.findall(r"press (\d)", caller.heard)[:2]
    caller.press(first)
    caller.press(second)
    assert is_ringing(caller, WORKER)
    assert is_ringing(line.caller().press("0"), HOTLINE)
    robot = line.rings_agency().waits(1).hears("To ring your agency").waits(2)
    robot.hears("No one at your agency can take this call").waits(6)
    assert is_ringing(robot, HOTLINE)
    assert line.used()["ring"] == 1


# ── Texts ─────────────────────────────────────────────────────────────────────


def test_jamaica_is_not_the_us_though_its_numbers_begin_alike(line: Line, carrier: StandIn) -> None:
    line.caller(JAMAICA).does_not_hear("by text").press("8").hears("I did not get that")
    assert carrier.messages == []


def test_a_copied_request_sends_no_second_text_also_days_later_with_another_token(
    line: Line, carrier: StandIn
) -> None:
    line.caller().press("8", "1").hears("The text is on its way")
    path, form = line.requests[-1]
    for day in range(10):
        line.posts(path, form, f"token-{day}")
        line.now += dt.timedelta(days=1)
    assert len(carrier.messages) == 1
    bare = path.partition("&began")[0]
    line.posts(bare, form, "token")
    assert len(carrier.messages) == 1


def test_a_request_that_is_repeated_after_midnight_sends_no_second_text(
    line: Line, carrier: StandIn
) -> None:
    line.now = dt.datetime(2026, 11, 24, 23, 59, tzinfo=dt.UTC)
    line.caller().press("8", "1").hears("The text is on its way")
    path, form = line.requests[-1]
    line.now += dt.timedelta(minutes=2)
    line.posts(path, form, "token")
    assert len(carrier.messages) == 1
    assert line.used()["text"] == 1


@pytest.mark.parametrize("began", ["0", "999999999"])
def test_a_call_that_does_not_say_when_it_began_or_that_is_to_come_began_today(began: str) -> None:
    assert CallState.of({"began": began}).first_day(NIGHT) == NIGHT.date()


def test_all_texts_of_a_day_have_a_limit_with_an_alert(
    line: Line, carrier: StandIn, post: Post
) -> None:
    change(line.settings.prompts / "line.yaml", {"limits": {"texts": 2}})
    limited = Line(line.settings)
    for i in range(2):
        limited.caller(f"+1202555016{i}").press("8", "1").hears("The text is on its way")
    limited.caller("+12025550163").press("8", "1").hears("The numbers were sent")
    until(lambda: any("2 texts a day" in p["text"] for p in post.posts))
    assert len(carrier.messages) == 2
    limited.app.services.telemetry.recorder.close()
    limited.app.services.telemetry.alerts.worker.stop()
