"""The rota's calendar by its address: fetched behind the calls, a copy kept, its age told."""

import datetime as dt
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from flask import Flask, request

from ivr.checks import staffing as staffing_check
from ivr.checks.engine import registry
from ivr.checks.engine.registry import load_valid, run_checks
from ivr.cli import serve
from ivr.cli.local_server import on_loopback
from ivr.schedule.calendar_feed import CalendarFeed, Timing, may_redirect
from ivr.schedule.on_call import OnCall
from ivr.script.load import load
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.web.worker import create
from tests.cli.conftest import Ivr, ivr
from tests.lines import CLOCKS, ON_CALL, TOKEN, change, variant
from tests.serving import free_port
from tests.small_script import small

__all__ = ["ivr"]

GOOGLE = (Path(__file__).parent / "calendars" / "google.ics").read_bytes()
TODAY = dt.date(2026, 11, 24)
EVENING = dt.datetime.fromisoformat(CLOCKS["on-call"])
SECRET = "private-0123456789abcdef"


class Calendar:
    """A calendar on a web server of this machine; what it answers can be changed."""

    def __init__(self) -> None:
        self.body, self.status, self.to, self.delay = GOOGLE, 200, "", 0.0
        self.asked = 0
        self.stopped = threading.Event()
        calendar = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                calendar.asked += 1
                if calendar.stopped.wait(calendar.delay):
                    return
                self.send_response(calendar.status)
                if calendar.to:
                    self.send_header("Location", calendar.to)
                self.end_headers()
                self.wfile.write(calendar.body)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/{SECRET}/basic.ics"


@pytest.fixture
def calendar() -> Iterator[Calendar]:
    yield from _served()


@pytest.fixture
def moved() -> Iterator[Calendar]:
    """Return where the calendar has gone to."""
    yield from _served()


def _served() -> Iterator[Calendar]:
    made = Calendar()
    serving = threading.Thread(target=made.server.serve_forever, args=(0.02,))
    serving.start()
    yield made
    made.stopped.set()
    made.server.shutdown()
    serving.join()
    made.server.server_close()


@pytest.fixture
def folder(calendar: Calendar, tmp_path: Path) -> Path:
    return by_address(calendar.url, tmp_path)


def by_address(url: str, room: Path) -> Path:
    made = variant("on-call", room)
    change(made / "line.yaml", {"on_call": None})
    change(made / "line.yaml", rota_at(url))
    return made


def rota_at(url: str) -> dict[str, object]:
    return {"on_call": {"people": ON_CALL["people"], "calendar": url}}


def subscribed(script: Script, state: Path, **more: object) -> CalendarFeed:
    assert script.line.on_call is not None
    return CalendarFeed(script.line.on_call, script.line.time_zone, state, **more)


def grow_old(state: Path, seconds: float = Timing.fresh_seconds) -> None:
    (copy,) = state.glob("calendars/*.ics")
    then = time.time() - seconds - 1
    os.utime(copy, (then, then))


def test_who_is_on_call_is_what_the_calendar_says(folder: Path, state: Path) -> None:
    script = load(folder)
    feed_state = subscribed(script, state).poll()
    assert script.schedule.duty(EVENING).ladder == ()
    assert script.schedule.duty(EVENING, None, feed_state.calendar).ladder == tuple(
        ON_CALL["people"].values()
    )
    assert feed_state.summary == ""


def test_it_is_fetched_again_only_when_it_is_no_longer_fresh(
    folder: Path, state: Path, calendar: Calendar
) -> None:
    script = load(folder)
    one, other = subscribed(script, state), subscribed(script, state)
    for _ in range(3):
        one.poll()
        other.poll()
    assert calendar.asked == 1, "one process fetches for all"
    grow_old(state)
    calendar.body = GOOGLE.replace(b"Worker\\, then", b"Supervisor\\, then")
    subscribed(script, state).poll()
    assert calendar.asked == 2
    first = other.poll().calendar
    assert calendar.asked == 2
    assert script.schedule.duty(EVENING, None, first).ladder[0] == ON_CALL["people"]["supervisor"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"", 500, "cannot be fetched (HTTP 500)"),
        (b"", 404, "cannot be fetched (HTTP 404)"),
        (b"<html>sign in</html>", 200, "is not a calendar"),
        (b"x" * 5_000_000, 200, "is over 4,000,000 bytes"),
    ],
)
def test_one_that_is_none_is_told_and_the_last_one_is_used(
    folder: Path, state: Path, calendar: Calendar, body: bytes, status: int, message: str
) -> None:
    script = load(folder)
    subscribed(script, state).poll()
    grow_old(state)
    calendar.body, calendar.status = body, status
    feed_state = subscribed(script, state).poll()
    assert feed_state.calendar is not None
    assert f"the calendar at 127.0.0.1 {message}" in feed_state.summary
    assert "; the one fetched on 20" in feed_state.summary
    assert SECRET not in feed_state.summary
    calendar.body, calendar.status = GOOGLE, 200
    assert subscribed(script, state).poll().summary == ""


def test_a_server_that_does_not_answer_keeps_nobody_waiting_for_long(
    folder: Path, state: Path, calendar: Calendar
) -> None:
    calendar.delay = 20
    began = time.monotonic()
    feed_state = subscribed(load(folder), state, timing=Timing(read_seconds=0.2)).poll()
    assert time.monotonic() - began < calendar.delay
    assert feed_state.summary == (
        "the calendar at 127.0.0.1 does not answer in time, and none was fetched before"
    )


def test_it_leads_on_to_no_address_without_https(
    folder: Path, state: Path, calendar: Calendar
) -> None:
    calendar.status, calendar.to = 302, "http://example.org/rota.ics"
    feed_state = subscribed(load(folder), state).poll()
    assert feed_state.calendar is None
    assert "127.0.0.1 redirects to a URL without https" in feed_state.trouble
    assert calendar.asked == 1


def test_it_may_lead_on_but_not_round_and_round(
    folder: Path, state: Path, calendar: Calendar, moved: Calendar
) -> None:
    calendar.status, calendar.to = 301, moved.url
    assert subscribed(load(folder), state).poll().calendar
    calendar.to = calendar.url
    grow_old(state)
    assert "redirects more than 5 times" in subscribed(load(folder), state).poll().trouble


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/rota.ics",
        "https://localhost/rota.ics",
        "https://[::1]/rota.ics",
        "https://[::ffff:127.0.0.1]/rota.ics",
        "https://2130706433/rota.ics",
        "https://0/rota.ics",
        "https://10.0.0.1/rota.ics",
        "https://192.168.1.1/rota.ics",
        "https://169.254.169.254/latest/meta-data",
        "https://[fe80::1]/rota.ics",
        "https://[fd00::1]/rota.ics",
        "https://100.64.0.1/rota.ics",
        "https://224.0.0.1/rota.ics",
    ],
)
def test_a_public_calendar_may_not_lead_to_this_machine_or_a_private_network(url: str) -> None:
    assert not may_redirect("calendar.example.org", url)
    assert may_redirect("127.0.0.1", url), "the operator's own machine may"


def test_a_calendar_may_lead_to_another_public_server() -> None:
    assert may_redirect("calendar.example.org", "https://203.0.114.1/rota.ics")
    assert may_redirect("calendar.example.org", "https://calendar.example.org/other.ics")


def test_webcal_is_https() -> None:
    people = {"ana": "+12025550121"}
    for url in ("webcal://calendar.example.org/a.ics", "WebCals://calendar.example.org/a.ics"):
        on_call = OnCall.model_validate({"people": people, "calendar": url})
        assert on_call.url == "https://calendar.example.org/a.ics"


# ── What operators are told ───────────────────────────────────────────────────


def staffing(folder: Path, state: Path) -> list[str]:
    _, problems = run_checks(folder, TODAY, state, [staffing_check])
    return [f"{p.level} {p}" for p in problems if p.check == "staffing" and "calendar at" in p.text]


def test_ivr_check_warns_of_an_old_copy_and_calls_a_missing_one_an_error(
    folder: Path, state: Path, calendar: Calendar
) -> None:
    assert staffing(folder, state) == []
    calendar.status = 500
    grow_old(state)
    (old,) = staffing(folder, state)
    assert old.startswith("warning ")
    assert "line.yaml:" in old
    (never,) = staffing(folder, state / "new")
    assert never.startswith("error ")
    assert SECRET not in old + never


def test_a_line_starts_whatever_becomes_of_its_calendar(tmp_path: Path, state: Path) -> None:
    gone = small(tmp_path)
    change(gone / "line.yaml", rota_at(f"http://127.0.0.1:{free_port()}/rota.ics"))
    script, problems = load_valid(gone, TODAY, state)
    assert script.line.on_call
    assert {p.check for p in problems if p.level == "error"} == {"staffing"}


def test_ivr_oncall_prints_it_and_warns(
    folder: Path, state: Path, calendar: Calendar, ivr: Ivr
) -> None:
    asked = ("oncall", "--prompts", folder, "--days", "1", "--at", "2026-11-24T17:00")
    never = ivr(*asked, IVR_STATE=state / "x")
    assert "Tue 2026-11-24 17:00 - Wed 2026-11-25 08:30  worker, backup, supervisor" in never.out
    calendar.status = 503
    grow_old(state / "x")
    old = ivr(*asked, IVR_STATE=state / "x")
    assert old.out == never.out
    assert "warning: the calendar at 127.0.0.1 cannot be fetched (HTTP 503); the one" in old.err
    none = ivr(*asked, IVR_STATE=state)
    assert (none.status, none.out) == (1, "")
    assert "and none was fetched before" in none.err


def _worker(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CalendarFeed:
    """Start the line as in a process of its own; return its calendar."""
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    feed: CalendarFeed = create().services.duty.calendar
    return feed


def test_a_worker_of_the_line_looks_by_itself_and_tells_when_it_goes_stale(
    folder: Path,
    state: Path,
    calendar: Calendar,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = Settings(auth_tokens=(TOKEN,), prompts=folder, state=state)
    looking = _worker(settings, monkeypatch)
    _until(lambda: looking.state.calendar is not None)
    calendar.status = 500
    looking.timing = Timing(fresh_seconds=0, stale_seconds=0)
    looking.worker.wake()
    _until(lambda: bool(looking.state.trouble))
    _until(lambda: "cannot be fetched (HTTP 500); the one fetched on" in caplog.text)
    assert looking.state.calendar is not None
    assert SECRET not in caplog.text


def test_a_stale_calendar_is_told_to_the_operators(
    folder: Path, state: Path, calendar: Calendar
) -> None:
    alerts: list[tuple[str, str]] = []
    script = load(folder)
    subscribed(script, state).poll()
    grow_old(state, Timing.stale_seconds)
    calendar.status = 500
    feed = subscribed(script, state, alert=lambda *alert: alerts.append(alert))
    feed.start()
    _until(lambda: bool(alerts))
    feed.worker.stop()
    assert alerts[0][0] == "calendar"
    assert "HTTP 500" in alerts[0][1]
    calendar.status = 200


def test_a_calendar_that_changes_on_the_way_and_has_a_gap_is_told_once(
    folder: Path,
    state: Path,
    calendar: Calendar,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whoever of the agency's took a shift out learns it, and not each worker tells them."""
    calendar.body = WHOLE
    subscribed(load(folder), state).poll()
    settings = Settings(auth_tokens=(TOKEN,), prompts=folder, state=state)
    with told_by_webhook() as (url, posts):
        alerted = replace(settings, alert_webhook=url)
        workers = [_worker(alerted, monkeypatch) for _ in range(2)]
        _until(lambda: all(worker.state.calendar for worker in workers))
        time.sleep(0.2)
        assert posts == [], "who is always there is no news"
        calendar.body = WHOLE.replace(b"RRULE:FREQ=DAILY", b"RRULE:FREQ=DAILY;INTERVAL=2")
        grow_old(state)
        for worker in workers:
            worker.worker.wake()
        _until(lambda: caplog.text.count("the calendar has a gap: nobody is on call from") == 2)
        _until(lambda: bool(posts))
        time.sleep(0.2)
    (alert,) = posts
    assert alert["kind"] == "rota"
    assert "nobody is on call from" in alert["text"]
    assert "`ivr oncall` lists every gap" in alert["text"]
    assert SECRET not in alert["text"] + caplog.text


WHOLE = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//an agency//rota//EN
BEGIN:VEVENT
UID:one
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20260101
DTEND;VALUE=DATE:20260102
RRULE:FREQ=DAILY
SUMMARY:worker, backup, supervisor
END:VEVENT
END:VCALENDAR
"""
"""Three people, each day, for ever."""


@contextmanager
def told_by_webhook() -> Iterator[tuple[str, list[dict[str, str]]]]:
    posts: list[dict[str, str]] = []
    app = Flask("operators")
    app.add_url_rule("/voice", "tell", lambda: posts.append(request.json) or "", methods=["POST"])
    with on_loopback(app) as url:
        yield url, posts


def test_what_was_found_sound_is_proved_again_where_the_calendar_is_another(
    state: Path,
    calendar: Calendar,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also on the same day: a script whose rota has changed is another one."""
    proofs: list[Path] = []
    folder = small(tmp_path)
    change(folder / "line.yaml", rota_at(calendar.url))

    def proved(copy: Path, _: dt.date, state: Path, *__: object, **___: object) -> object:
        script = load(copy)
        subscribed(script, state).poll()  # as the checks do
        proofs.append(copy)
        return script, []

    monkeypatch.setattr(registry, "load_valid", proved)
    for name in Settings().to_env():
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(name, "")  # to be put back
    room = tmp_path / "room"
    room.mkdir()
    published = serve.Publisher(Settings(prompts=folder, state=state), room)
    for expected in (1, 1, 2, 2):
        if expected > len(proofs) > 0:
            calendar.body = WHOLE
            grow_old(state)
            subscribed(load(folder), state).poll()  # as a worker does
        published.publish()
        assert len(proofs) == expected


def _until(true) -> None:
    ends = time.monotonic() + 30
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)
