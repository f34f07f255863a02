"""staffing: can somebody be reached at every hour of the next 30 days?

While the office is open, its telephones are rung; while it is closed, the people on call
(`on_call:` in line.yaml). A caller in a gap hears that it is closed, and is offered the hotline.

- **error**: a time in which the office is closed and nobody is on call; an entry of the on-call
  calendar that cannot be used, or whose title names nobody of `people:`; a calendar that cannot be
  fetched, and never was.
- **warning**: a time zone whose clocks are not those of a place, such as EST, UTC or Etc/GMT+5,
  which has no summer time; messages of which nobody on call is told by text, since the line has
  no number of its own to send from; an entry of the calendar that is tentative, declined, or
  marked free or out of office, so that it rings nobody, whose title may mean that somebody is
  away, or whose time zone is no place's; a time zone of the whole calendar that does not exist; a
  time in which fewer than 3 people (worker, backup, supervisor) are on call; a calendar that
  cannot be fetched now, so that an older copy is used.

    prompts/line.yaml:63:3 staffing: nobody is on call from Sat 2026-12-05 00:00 to Mon 2026-12-07
    08:30: add a shift to week:, or for that day alone to days:

`ivr oncall` prints the people on call, and every gap. Without `on_call:` there is nothing to check.
These errors come with time alone, so they do not stop a line from starting: `ivr serve` logs them.
"""

import datetime as dt
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ivr.checks.engine.context import Finding, ScriptContext
from ivr.problem import Level, Problem
from ivr.schedule.calendar_feed import FeedState
from ivr.schedule.duty import Stretch
from ivr.schedule.ical import ICalendar
from ivr.schedule.on_call import RUNGS, OnCall
from ivr.script.model import Script

log = logging.getLogger("ivr.calendar")

ID = "staffing"
SAFETY = True

ADD = "add a shift to week:, or for that day alone to days:"

DAYS = 30
"""How many days ahead an on-call schedule must have no gap (docs/requirements.md, R23)."""

MOST_LOGGED = 10
"""How many bad entries of a new calendar are logged."""


def check(context: ScriptContext) -> Iterator[Problem]:
    """Yield the times in which nobody would answer, or too few people."""
    script = context.script
    yield from _time_zone(context)
    if script.line.on_call is None:
        return
    zone = ZoneInfo(script.line.time_zone)
    yield from _texted(context)
    begins = dt.datetime.combine(context.today, dt.time(), zone).astimezone(dt.UTC)
    ends = begins + dt.timedelta(days=DAYS)
    pieces = list(script.schedule.stretches(begins, ends))
    for piece in pieces:
        if piece.is_gap:
            yield context.in_line(("on_call",), Finding(ID, _gap(piece, zone), ADD))
    short = [p for p in pieces if not p.is_open and 0 < len(p.ring) < RUNGS]
    if short:
        when = _clock(short[0].begins, zone)
        text = f"only {len(short[0].ring)} on call from {when}{more(short)}"
        finding = Finding(ID, text, f"name {RUNGS}: worker, backup, supervisor", "warning")
        yield context.in_line(("on_call",), finding)
    if isinstance(script.calendar, ICalendar):
        for entry in script.calendar.problems(begins, ends):
            text = str(entry) if entry.line else f"{_source(script.line.on_call)}: {entry}"
            finding = Finding(ID, text, entry.remedy, entry.level)
            yield context.in_line(("on_call", "calendar"), finding)


def gaps(script: Script, begins: dt.datetime) -> list[str]:
    """Return every time of the next 30 days in which nobody can be reached, one line each."""
    zone = ZoneInfo(script.line.time_zone)
    stretches = script.schedule.stretches(begins, begins + dt.timedelta(days=DAYS))
    return [_gap(stretch, zone) for stretch in stretches if stretch.is_gap]


def report_new_calendar(
    script: Script, alert: Callable[[str, str], None], calendar: ICalendar
) -> None:
    """Log and alert if a calendar that was fetched while the line runs has a gap or a bad entry."""
    now = dt.datetime.now(dt.UTC)
    if nobody := gaps(replace(script, calendar=calendar), now):
        text = nobody[0] + more(nobody)
        log.warning("the calendar has a gap: %s", text)
        alert("rota", f"{text}: `ivr oncall` lists every gap")
    problems = calendar.problems(now, now + dt.timedelta(days=DAYS))
    for problem in problems:
        if not problem.line:
            log.warning("%s: %s: %s", _source(script.line.on_call), problem, problem.remedy)
    bad = [p for p in problems if p.level == "error" and p.line]
    for problem in bad[:MOST_LOGGED]:
        log.warning("%s: %s", problem, problem.remedy)
    if bad:
        alert("calendar-entry", f"{bad[0]}{more(bad)}: `ivr check` lists every entry")


def _source(on_call: OnCall | None) -> str:
    """Return the calendar's file, or the host of its URL, which may be a secret."""
    if on_call is None:
        return ""
    return urlsplit(on_call.url).hostname or on_call.calendar or ""


def more(items: Sequence[object]) -> str:
    """Return how many there are besides the first: ", and 2 times more"."""
    return f", and {len(items) - 1} times more" if len(items) > 1 else ""


def _gap(piece: Stretch, zone: ZoneInfo) -> str:
    return f"nobody is on call from {_clock(piece.begins, zone)} to {_clock(piece.ends, zone)}"


def _time_zone(context: ScriptContext) -> Iterator[Problem]:
    zone = context.script.line.time_zone
    if "/" not in zone or zone.startswith("Etc/"):
        text = f'the time zone "{zone}" is no place\'s, so hours may be wrong all summer'
        if match := re.fullmatch(r"Etc/GMT([+-])(\d+)", zone):
            side = "behind" if match[1] == "+" else "ahead of"
            text += f", and its sign is reversed: it is {match[2]} h {side} UTC"
        finding = Finding(ID, text, "write one like America/New_York", "warning")
        yield context.in_line(("time_zone",), finding)


def _texted(context: ScriptContext) -> Iterator[Problem]:
    line = context.script.line
    if line.voicemail and line.agency.number is None:
        text = "nobody on call gets a text about a message: the line has no number to send it from"
        finding = Finding(ID, text, "write it as agency: number:", "warning")
        yield context.in_line(("voicemail",), finding)


def stale(context: ScriptContext, feed: FeedState) -> Iterator[Problem]:
    """Yield why a calendar that is fetched from a URL is not up to date."""
    if trouble := feed.summary:
        level: Level = "warning" if feed.calendar else "error"
        remedy = "open its URL in a browser, and see whether it is a calendar"
        yield context.in_line(("on_call", "calendar"), Finding(ID, trouble, remedy, level))


def _clock(moment: dt.datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M}"
