"""A rota that is kept in a calendar: an iCalendar file (RFC 5545), as calendars export it.

An entry's title names whom to ring, in turn: "ana, ben, cleo", or "On call: Ana, then Ben". Its
time may repeat, have exceptions, be in any time zone, or be whole days, which are days of the
line's zone.
"""

import datetime as dt
import logging
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ivr.problem import Problem
from ivr.schedule.on_call import Entry

log = logging.getLogger("ivr.calendar")

MAX_BYTES = 4_000_000


class UnreadableError(Exception):
    """A calendar that is none; its text tells what is wrong, in a few words."""


class ICalendar:
    """The entries of an iCalendar file. `people` are the names that its titles may have.

    Raises UnreadableError for what is no calendar.
    """

    def __init__(self, raw: bytes, people: Iterable[str], zone: str) -> None:
        self._people = {name.casefold(): name for name in people}
        self._zone = ZoneInfo(zone)
        self._query = _query(raw)
        self._of_day = lru_cache(maxsize=64)(self._entries_of_day)

    def entries(self, begins: dt.datetime, ends: dt.datetime) -> list[Entry]:
        """Return the entries that touch a time, in the order of their begin."""
        first, last = begins.astimezone(dt.UTC).date(), ends.astimezone(dt.UTC).date()
        days = ((last - first).days) + 1
        found = {e for n in range(days) for e in self._of_day(first + dt.timedelta(days=n))}
        return sorted(e for e in found if e.begins < ends and begins < e.ends)

    def strangers(self, begins: dt.datetime, ends: dt.datetime) -> list[str]:
        """Return the titles of entries in a time that name nobody of the rota."""
        between = self._query.between(begins, ends)
        titles = {str(event.get("SUMMARY", "")) for event in between if not _is_free(event)}
        return sorted(title for title in titles if not self._named(title))

    def _entries_of_day(self, day: dt.date) -> list[Entry]:
        """A day at a time: what repeats for ever is asked for again and again."""
        begins = dt.datetime.combine(day, dt.time(), dt.UTC)
        one = dt.timedelta(days=1)
        try:
            # A day more at each end: the library takes a time without a zone for one in UTC.
            found = [self._entry(e) for e in self._query.between(begins - one, begins + 2 * one)]
        except Exception:  # others' entries: one that makes no sense must not end a call
            log.exception("the calendar of who is on call makes no sense on %s", day)
            return []
        return [e for e in found if e and e.ring and e.begins < begins + one and begins < e.ends]

    def _entry(self, event: Any) -> Entry | None:  # noqa: ANN401 the library's event
        if _is_free(event):
            return None
        begins, ends = (self._moment(event[part].dt) for part in ("DTSTART", "DTEND"))
        return Entry(begins, ends, self._named(str(event.get("SUMMARY", ""))))

    def _moment(self, at: dt.date) -> dt.datetime:
        """Whole days, and times without a zone, are by the line's own clocks."""
        if not isinstance(at, dt.datetime):
            at = dt.datetime.combine(at, dt.time())
        return (at if at.tzinfo else at.replace(tzinfo=self._zone)).astimezone(dt.UTC)

    def _named(self, title: str) -> tuple[str, ...]:
        words = re.findall(r"[\w-]+", title.casefold())
        return tuple(dict.fromkeys(self._people[w] for w in words if w in self._people))


def read(path: Path, people: Iterable[str], zone: str) -> tuple[ICalendar | None, list[Problem]]:
    """Read a calendar's file. What is wrong with it comes back as problems."""
    try:
        return ICalendar(path.read_bytes(), people, zone), []
    except OSError as e:
        what = f"cannot be read ({e.strerror})"
    except UnreadableError as e:
        what = str(e)
    return None, [Problem(str(path), 1, 1, what, "export it from the calendar again, as .ics")]


def _query(raw: bytes) -> Any:  # noqa: ANN401 the library's own
    import icalendar
    import recurring_ical_events

    if len(raw) > MAX_BYTES:
        raise UnreadableError(f"is over {MAX_BYTES:,} bytes")
    try:
        calendar = icalendar.Calendar.from_ical(raw)
        query = recurring_ical_events.of(calendar)
        # What cannot be worked out is found now, not in a call.
        query.at((2026, 1, 1))
    except Exception as e:  # noqa: BLE001 a file of others: whatever breaks means this
        raise UnreadableError(f"is no calendar ({type(e).__name__})") from None
    return query


def _is_free(event: Any) -> bool:  # noqa: ANN401 the library's event
    cancelled = str(event.get("STATUS", "")).upper() == "CANCELLED"
    return cancelled or "DTEND" not in event
