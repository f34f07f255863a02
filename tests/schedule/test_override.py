"""Open, closed or an emergency for a while: what callers hear, and who knows of it."""

import datetime as dt
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from ivr.checks.engine.validate_override import validated
from ivr.database.engine import Database
from ivr.errors import OverrideError
from ivr.phone.call import Call
from ivr.phone.transport import WsgiTransport
from ivr.schedule import override_store
from ivr.schedule.override import Override, State
from ivr.schedule.override_store import OverrideStore
from ivr.script.load import load
from ivr.settings import Settings
from ivr.web import create_app
from tests.caller import Caller
from tests.lines import CLOCKS, SHIPPED, TOKEN, clock, variant
from tests.records.conftest import Server, postgresql

__all__ = ["postgresql"]

STORM = (
    ("en", "Our office is closed today because of the storm."),
    ("es", "Nuestra oficina está cerrada hoy por la tormenta."),
)
WORKER = "+12025550121"
DAY = dt.timedelta(days=1)


class Line:
    """A variant of the line, its clock, and the override that an operator put."""

    def __init__(self, name: str, room: Path, database: str = "") -> None:
        folder = variant(name, room)
        self.settings = Settings((TOKEN,), prompts=folder, state=room, audio=False)
        self.settings = replace(self.settings, database_url=database)
        self.now = clock(name)()
        self.app: Flask = create_app(self.settings, lambda: self.now)

    def put(self, state: State, announcement: tuple[tuple[str, str], ...] = STORM) -> "Line":
        override = Override(state, self.now, self.now + DAY, announcement)
        return self.stores(override)

    def stores(self, override: Override | None) -> "Line":
        with Database(self.settings).writing() as connection:
            override_store.replace(connection, override)
        return self.looks()

    def looks(self) -> "Line":
        self.app.services.duty.overrides.poll()
        return self

    def held(self) -> Override | None:
        current: Override | None = self.app.services.duty.overrides.at(self.now)
        return current

    def call(self) -> Caller:
        return Caller(Call(WsgiTransport(self.app, TOKEN), "http://127.0.0.1/voice")).dial()

    def call_the_agency(self) -> Caller:
        return self.call().press("1", "1").waits(4).press("1")


@pytest.fixture
def line(tmp_path: Path) -> Callable[..., Line]:
    return lambda name, database="": Line(name, tmp_path, database)


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_closed_office_is_open_for_a_while(line) -> None:
    storm = line("on-call").put("open", ())
    storm.call_the_agency().hears("Our office is open now").press("1").is_connected_to(
        "+12025550111"
    )


def test_an_open_office_is_closed_for_a_while_and_opens_by_itself(line) -> None:
    storm = line("office-open").put("closed")
    storm.call_the_agency().hears(STORM[0][1], "Our office is closed now")
    storm.now += DAY
    storm.call_the_agency().hears("Our office is open now").does_not_hear("storm")


def test_in_an_emergency_who_is_on_call_is_rung_at_once_even_in_open_hours(line) -> None:
    storm = line("on-call")
    storm.now = dt.datetime.fromisoformat("2026-11-24T13:30-05:00").astimezone(dt.UTC)
    assert load(storm.settings.prompts).schedule.duty(storm.now).is_open
    storm.put("emergency")
    caller = storm.call_the_agency().hears(STORM[0][1], "We are calling the person on call")
    caller.is_connected_to(WORKER).ends("busy").does_not_hear("storm")
    caller.ends("no-answer").ends("no-answer").hears("No one on call could answer just now")
    caller.is_listened_to()


def test_in_an_emergency_without_anybody_on_call_the_office_is_closed(line) -> None:
    line("office-open").put("emergency").call_the_agency().hears(
        STORM[0][1], "Our office is closed now"
    ).is_listened_to()


def test_the_announcement_comes_after_the_way_to_a_person_and_the_welcome(line) -> None:
    caller = line("shipped").put("closed").call()
    caller.hears("9 1 1", "To reach a person, press 0").does_not_hear("storm")
    transcript = caller.press("1").heard
    assert transcript.index("Welcome") < transcript.index("storm")
    caller.waits().press("3").press("*").does_not_hear("storm")


def test_the_announcement_is_in_the_callers_language_and_in_all_while_that_is_not_known(
    line,
) -> None:
    storm = line("shipped").put("closed")
    storm.call().press("2").hears(STORM[1][1]).does_not_hear(STORM[0][1])
    storm.call().waits().hears(STORM[0][1], STORM[1][1])


def test_a_key_cuts_the_announcement_short(line) -> None:
    caller = line("shipped").put("closed").call().press("1")
    assert "storm" not in caller.must_hear


def test_it_can_be_heard_again_and_slowly(line) -> None:
    caller = line("shipped").put("closed").call().press("1", "#").hears(STORM[0][1])
    caller.press("7").hears("slowly")


# ── Who knows of it ───────────────────────────────────────────────────────────


def test_what_was_seen_last_holds_for_a_while_when_the_database_is_gone(
    line, caplog: pytest.LogCaptureFixture
) -> None:
    storm = line("office-open").put("closed")
    for file in storm.settings.state.glob("records.db*"):
        file.unlink()
    (storm.settings.state / "records.db").mkdir()
    storm.looks().looks()
    assert caplog.text.count("the override cannot be looked up, what was seen last holds") == 1
    storm.call_the_agency().hears("Our office is closed now")
    storm.now += DAY
    storm.call_the_agency().hears("Our office is open now")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a database be gone for too long after some seconds, and look often."""
    patient = OverrideStore.__init__
    monkeypatch.setattr(
        OverrideStore,
        "__init__",
        lambda self, database, **more: patient(
            self, database, **{**more, "poll_seconds": 0.05, "hold_seconds": 4.0}
        ),
    )


@pytest.mark.usefixtures("impatient")
def test_a_stopped_database_lets_the_schedule_rule_after_a_while_but_not_at_once(
    line, postgresql: Server, caplog: pytest.LogCaptureFixture
) -> None:
    storm = line("office-open", postgresql.new_database()).put("closed")
    storm.app.services.duty.overrides.start()
    postgresql.stop()
    try:
        storm.call_the_agency().hears("Our office is closed now")
        _until(lambda: storm.held() is None)
        storm.call_the_agency().hears("Our office is open now")
        _until(lambda: "for so long that the hours rule" in caplog.text)
    finally:
        postgresql.start()
    _until(lambda: storm.held() is not None)
    storm.call_the_agency().hears("Our office is closed now")


@pytest.mark.usefixtures("impatient")
def test_a_database_that_hangs_lets_the_schedule_rule_though_nothing_fails(
    line, postgresql: Server
) -> None:
    storm = line("office-open", postgresql.new_database()).put("closed")
    storm.app.services.duty.overrides.start()
    with postgresql.frozen():
        storm.call_the_agency().hears("Our office is closed now")
        _until(lambda: storm.held() is None)
        storm.call_the_agency().hears("Our office is open now")
    _until(lambda: storm.held() is not None)


@pytest.mark.usefixtures("impatient")
def test_a_hiccup_of_the_database_flips_nothing(line, postgresql: Server) -> None:
    storm = line("office-open", postgresql.new_database()).put("closed")
    looking = storm.app.services.duty.overrides
    looking.start()
    postgresql.stop()
    _until(lambda: bool(looking.trouble))
    postgresql.start()
    _until(lambda: not looking.trouble)
    storm.call_the_agency().hears("Our office is closed now")


@pytest.mark.usefixtures("impatient")
def test_records_that_somebody_has_locked_hide_no_override(line) -> None:
    """SQLite's readers need no lock: what holds is seen all the while."""
    storm = line("office-open").put("closed")
    looking = storm.app.services.duty.overrides
    with closing(
        sqlite3.connect(storm.settings.state / "records.db", isolation_level=None)
    ) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        looking._polled_at -= override_store.HOLD_SECONDS
        storm.looks().call_the_agency().hears("Our office is closed now")
        assert looking.trouble == ""


def test_where_none_was_ever_seen_the_schedule_rules(line) -> None:
    storm = line("office-open")
    (storm.settings.state / "records.db").mkdir()
    storm.looks().call_the_agency().hears("Our office is open now")


def test_a_process_knows_of_it_as_it_starts_and_of_a_change_soon_after(
    line,
) -> None:
    storm = line("office-open").put("closed")
    other = OverrideStore(Database(storm.settings), poll_seconds=0.02)
    other.start()
    assert other.at(storm.now)
    storm.stores(None)
    _until(lambda: other.at(storm.now) is None)


# ── What may be one ───────────────────────────────────────────────────────────

NOW = dt.datetime.fromisoformat(CLOCKS["office-open"]).astimezone(dt.UTC)
LONG = "We are closed. " * 16


@pytest.mark.parametrize(
    ("en", "es", "message"),
    [
        ("Hello.", "", "nothing is announced in es: callers hear one language alone"),
        (LONG, "Hola.", "announcement in en: has 48 words, limit 45: make two of it"),
        ("x " * 300, "Hola.", "announcement in en: has over 500 characters: make it short"),
        ("Press 1 for a person.", "Hola.", "announcement in en: says the key before the task"),
        ("Call 202-555-0111.", "Hola.", 'announcement in en: says a number of its own: "202-555'),
        ("All you say is confidential.", "Hola.", "announcement in en: promises"),
        ("We work against trafficking.", "Hola.", "announcement in en: is said at once, maybe on"),
        ("Closed for {name}.", "Hola.", "announcement in en: has braces or odd characters"),
        ("A\x07 bell.", "Hola.", "announcement in en: has braces or odd characters"),
        ("Press 4.", "Hola.", 'announcement in es: names no key, in "en" it names the key 4'),
        ("Closed.", "Oprima 1 para hablar.", "announcement in es: "),
    ],
)
def test_an_announcement_is_refused_in_one_line(en: str, es: str, message: str) -> None:
    with pytest.raises(OverrideError) as refused:
        validated(load(SHIPPED), "closed", NOW + DAY, {"en": en, "es": es}, NOW)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("days", "message"),
    [(0, "would have ended already"), (-1, "would have ended already"), (32, "lasts 31 days at")],
)
def test_its_end_is_to_come_and_not_far_off(days: int, message: str) -> None:
    with pytest.raises(OverrideError, match=message):
        validated(load(SHIPPED), "closed", NOW + days * DAY, {}, NOW)


def test_a_language_that_the_line_does_not_speak_is_told() -> None:
    with pytest.raises(OverrideError, match='the line speaks no "fr": announce in one of en, es'):
        validated(load(SHIPPED), "closed", NOW + DAY, {"fr": "Bonjour."}, NOW)


def test_what_is_announced_has_its_spaces_put_right() -> None:
    made = validated(load(SHIPPED), "closed", NOW + DAY, {"en": " A \n b. ", "es": "C."}, NOW)
    assert made.announcement == (("en", "A b."), ("es", "C."))
    assert replace(made, announcement=()) == Override("closed", NOW, NOW + DAY)
