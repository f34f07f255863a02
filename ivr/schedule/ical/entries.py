"""The usable entries of an iCalendar file, and a report of every other one.

Calendar programs write what the standard does not allow. One entry that cannot be read, ends before
it begins, or repeats every second must not take the others away, nor cost seconds.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from ivr.problem import Level
from ivr.schedule.ical import rules
from ivr.schedule.ical.text import Block, UnreadableError, blocks_of, decoded, parsed, place_of

MAX_BYTES = 4_000_000
"""The largest calendar that is read, in bytes."""

MAX_REPEATS = 500_000
"""How many times all entries of a calendar may repeat until 2050. Each costs about 50 bytes."""

CORRECT = "correct it in the calendar program"

_NEEDED = (
    *("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"),
    *("UID", "SEQUENCE", "SUMMARY", "STATUS", "TRANSP", "ATTENDEE", "X-MICROSOFT-CDO-BUSYSTATUS"),
    "EXRULE",
)
"""What is read of an entry. Mistakes in anything else make no difference."""

_TIMES = frozenset(_NEEDED[:7])
"""The properties that decide when an entry is."""


@dataclass(frozen=True, order=True)
class EntryProblem:
    """What is wrong with one entry. `line` is that of its BEGIN:VEVENT in the file, from 1.

    Line 0 is a problem of the calendar as a whole, which has no title.
    `ends` is when an entry that cannot be used would be over; None if that is not known.
    """

    line: int
    title: str
    text: str
    remedy: str
    level: Level = "error"
    ends: dt.datetime | None = None

    def __str__(self) -> str:
        if not self.line:
            return f"the calendar {self.text}"
        return f'the calendar\'s entry "{self.title}" (line {self.line}) {self.text}'


def read_series(raw: bytes, zone: ZoneInfo) -> tuple[list[Any], list[EntryProblem]]:
    """Return a query of recurring_ical_events for each calendar in a file, and what is left out.

    An event that a query yields has the line of its entry as X-LINE. Raises UnreadableError if the
    file is not a calendar.
    """
    if len(raw) > MAX_BYTES:
        raise UnreadableError(f"is over {MAX_BYTES:,} bytes")
    blocks = blocks_of(decoded(raw))
    calendars, unreadable = parsed(blocks)
    again = "delete it, and enter it again"
    problems = [EntryProblem(b.line, b.title, "cannot be read", again) for b in unreadable]
    left_out = {p.line for p in problems}
    entries = iter([b for b in blocks if b.component == "VEVENT" and b.line not in left_out])
    queries, left = [], MAX_REPEATS
    for calendar in calendars:
        usable = []
        for event in calendar.walk("VEVENT"):
            block = next(entries)
            problem = _problem(event, block, zone)
            repeats = 0 if problem else rules.repeats(event)
            if repeats > left:
                text, remedy = "repeats too often", "let it begin later, or end"
                problem = EntryProblem(block.line, _title(event), text, remedy)
            if problem:
                problems.append(problem)
            else:
                left -= repeats
                usable.append(_stripped(event, block.line))
        if str(calendar.get("METHOD", "")).strip().upper() == "CANCEL":
            continue
        made, unusable = _queries(calendar, usable)
        queries += made
        problems += unusable
    return queries, problems


def moment_of(at: dt.date, zone: ZoneInfo) -> dt.datetime:
    """Return a day's or time's moment in UTC; without a zone of its own it is in `zone`."""
    if not isinstance(at, dt.datetime):
        at = dt.datetime.combine(at, dt.time())
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(dt.UTC)


def _problem(event: Any, block: Block, zone: ZoneInfo) -> EntryProblem | None:  # noqa: ANN401
    """Return why an entry cannot be used; None if it can."""
    ends = None
    if name := block.repeated_part:
        text, remedy = f"repeats by a rule with more than one {name}", f"write all in one {name}"
        return EntryProblem(block.line, _title(event), text, remedy)
    try:
        text, remedy = next(_mistakes(event), ("", ""))
        if not text:
            text, remedy, ends = _mistake_of_length(event, zone)
    except Exception:  # noqa: BLE001 such as a begin that is a length, or a length of 10,000 years
        text, remedy = "makes no sense", "enter it again"
    return EntryProblem(block.line, _title(event), text, remedy, "error", ends) if text else None


def _mistake_of_length(event: Any, zone: ZoneInfo) -> tuple[str, str, dt.datetime | None]:  # noqa: ANN401
    begin, end = moment_of(event["DTSTART"].dt, zone), moment_of(_end(event), zone)
    is_whole_day = not isinstance(event["DTSTART"].dt, dt.datetime)
    ends = None if "RRULE" in event or "RDATE" in event else max(begin, end)
    if end < begin:
        return "ends before it begins", "correct its end", ends
    if end == begin and not is_whole_day:
        return "has no end, so it is over at once", "give it an end", ends
    return "", "", None


def _mistakes(event: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 the library's event
    for name, _ in event.errors:
        if name in _TIMES:
            yield f"has no {name} that can be read", CORRECT
    for name in ("DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID"):
        if isinstance(event.get(name), list):
            yield f"has more than one {name}", CORRECT
    if "DTSTART" not in event:
        yield "has no begin (DTSTART)", CORRECT
        return
    yield from _mistakes_of_times(event)
    if "RRULE" in event:
        yield from rules.mistakes_of(event["RRULE"], event["DTSTART"].dt)


def _mistakes_of_times(event: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 the library's event
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        zone = event[name].params.get("TZID") if name in event else None
        if zone and isinstance(event[name].dt, dt.datetime) and event[name].dt.tzinfo is None:
            remedy = "set its time zone to one like America/New_York"
            yield f'is in the time zone "{zone}", which does not exist', remedy
    if "DTEND" in event:
        is_day = [not isinstance(event[name].dt, dt.datetime) for name in ("DTSTART", "DTEND")]
        if is_day[0] != is_day[1]:
            yield "begins with a day and ends with a time, or the other way round", CORRECT
    if event["DTSTART"].dt.year < rules.FIRST_YEAR:
        yield f"begins before {rules.FIRST_YEAR}", "let it begin later"


def _end(event: Any) -> dt.date:  # noqa: ANN401 the library's event
    begin: dt.date = event["DTSTART"].dt
    if "DTEND" in event:
        end: dt.date = event["DTEND"].dt
        return end
    if "DURATION" in event:
        return begin + event["DURATION"].dt  # type: ignore[no-any-return]
    return begin


def _title(event: Any) -> str:  # noqa: ANN401 the library's event
    return str(event.get("SUMMARY", ""))


def _stripped(event: Any, line: int) -> Any:  # noqa: ANN401 the library's event
    """Return an event with only what is needed, and its line as X-LINE."""
    import icalendar

    bare = icalendar.Event()
    broken = {name for name, _ in event.errors}
    for name in _NEEDED:
        if name in event and name not in broken:
            bare[name] = event[name]
    if not isinstance(event["DTSTART"].dt, dt.datetime) and _end(event) == event["DTSTART"].dt:
        # A day that ends on itself is that day: all calendar programs show it so.
        for name in ("DTEND", "DURATION"):
            bare.pop(name, None)
    bare.add("X-LINE", str(line))
    if "RRULE" in bare:
        bare["RRULE"] = rules.limited(bare["RRULE"], event["DTSTART"].dt)
    return bare


def _queries(calendar: Any, events: list[Any]) -> tuple[list[Any], list[EntryProblem]]:  # noqa: ANN401
    """Return queries of a calendar's events, and those that the library cannot work out."""
    import icalendar
    import recurring_ical_events

    whole = icalendar.Calendar()
    problems: list[EntryProblem] = []
    if "X-WR-TIMEZONE" in calendar:
        name = str(calendar["X-WR-TIMEZONE"])
        if place := place_of(name):
            whole["X-WR-TIMEZONE"] = icalendar.vText(place)
        else:
            what = (
                f'has the time zone "{name}" (X-WR-TIMEZONE), which does not exist and is ignored'
            )
            remedy = "set its time zone to one like America/New_York in the calendar program"
            problems.append(EntryProblem(0, "", what, remedy, "warning"))
    alone = []
    for series in _series(events):
        one = icalendar.Calendar()
        one.update(whole)
        one.subcomponents = list(series)
        try:
            begin = series[0]["DTSTART"].dt
            query = recurring_ical_events.of(one)
            query.between(begin, begin + dt.timedelta(days=1))
        except Exception:  # noqa: BLE001 the library raises many kinds for what others wrote
            problems += [
                EntryProblem(int(e["X-LINE"]), _title(e), "makes no sense", "enter it again")
                for e in series
            ]
        else:
            alone.append(query)
            whole.subcomponents += series
    try:
        return [recurring_ical_events.of(whole)], problems
    except Exception:  # noqa: BLE001 then each entry by itself, as tried above
        return alone, problems


def _series(events: Iterable[Any]) -> Iterator[list[Any]]:
    """Group events by entry: an entry, then its changed repeats.

    Some programs give several entries the same UID. A higher SEQUENCE takes the place of a lower
    one; of the same, each counts, and changed repeats belong to the first that repeats.
    """
    by_uid: dict[str, list[Any]] = {}
    for event in events:
        by_uid.setdefault(str(event.get("UID", event["X-LINE"])), []).append(event)
    for same in by_uid.values():
        changed = [e for e in same if "RECURRENCE-ID" in e]
        entries = [e for e in same if "RECURRENCE-ID" not in e]
        newest = max((int(e.get("SEQUENCE", 0)) for e in entries), default=0)
        entries = [e for e in entries if int(e.get("SEQUENCE", 0)) == newest]
        entries.sort(key=lambda e: "RRULE" not in e)
        for i, entry in enumerate(entries):
            series = [entry, *changed] if i == 0 else [entry]
            yield _with_uid(series)
        if not entries and changed:
            yield _with_uid(changed)


def _with_uid(series: list[Any]) -> list[Any]:
    from icalendar.prop import vText

    for event in series:
        event["UID"] = vText(str(series[0]["X-LINE"]))
    return series
