"""The on-call schedule, `on_call:` in line.yaml, and the people to ring at a moment.

The most specific source goes first: the calendar's entries, then dates, then the week.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Protocol, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from ivr.phone_numbers import E164
from ivr.schedule.hours import Days, Loc, Mistake, Span, Weekly, on_weekday, span_mistakes
from ivr.schedule.office_hours import Interval, days_around, interval_of
from ivr.strict_model import StrictModel

RUNGS = 3
"""The most people who are rung, one after the other: worker, backup, supervisor."""

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
"""The names of this machine."""

_FILE = r"[^/\\]+\.ics"

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


def is_safe(url: str) -> bool:
    """Return whether a calendar may be fetched from a URL: by https, or from this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS)
    )


class Shift(StrictModel):
    """Hours of a day, and the people who are rung in them, one after the other."""

    hours: Span
    ring: tuple[Name, ...] = Field(min_length=1, max_length=RUNGS)


class DayShifts(StrictModel):
    """A date with shifts of its own, in place of its weekday's."""

    on: dt.date
    shifts: tuple[Shift, ...]


class OnCall(StrictModel):
    """The people on call with their numbers, and their shifts by week, date or calendar.

    `calendar` is an iCalendar file beside line.yaml, or the URL of one; its entries name the
    people. `speaks` has the languages of some, who are rung first for their speakers.
    """

    people: Mapping[Name, E164] = Field(min_length=1)
    speaks: Mapping[Name, tuple[str, ...]] = Field(default_factory=dict)
    week: Annotated[Mapping[Days, tuple[Shift, ...]], Weekly] = Field(default_factory=dict)
    days: tuple[DayShifts, ...] = ()
    calendar: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _has_shifts(self) -> Self:
        if not self.week and not self.days and not self.calendar:
            raise ValueError("nobody is ever on call; add week:, days: or calendar:")
        if self.calendar and not self.url and not re.fullmatch(_FILE, self.calendar):
            # A URL may be a secret, so it is not shown.
            raise ValueError(
                "the calendar is neither a file beside line.yaml nor an address with https; write"
                " rota.ics, or https://…"
            )
        return self

    @property
    def url(self) -> str:
        """The URL of the calendar; empty for a file, and without a calendar.

        A webcal: URL, as calendar programs offer it to subscribe to, is the same with https.
        """
        url = re.sub(r"^webcals?://", "https://", self.calendar or "", flags=re.IGNORECASE)
        return url if is_safe(url) else ""

    @cached_property
    def by_date(self) -> Mapping[dt.date, tuple[Shift, ...]]:
        """Date → its own shifts."""
        return {day.on: day.shifts for day in self.days}


class Calendar(Protocol):
    """Entries of a calendar, repeated ones too."""

    def entries(self, begins: dt.datetime, ends: dt.datetime) -> "list[Entry]":
        """Return the entries that overlap a time (aware), in the order of their begin."""
        ...


@dataclass(frozen=True, order=True)
class Entry:
    """An entry of the on-call calendar: its time (UTC), and the names of the people to ring."""

    begins: dt.datetime
    ends: dt.datetime
    ring: tuple[str, ...]


def on_call(
    schedule: OnCall, zone: str, moment: dt.datetime, calendar: Calendar | None
) -> tuple[str, ...]:
    """Return the names of the people to ring at a moment (aware), in turn; none in a gap."""
    if calendar and (names := _on_call_by(calendar, moment)):
        return names
    place = ZoneInfo(zone)
    today = moment.astimezone(place).date()
    for day in (today, today - dt.timedelta(days=1)):  # yesterday's night shift may go on
        for (begins, ends), names in _shifts(schedule, place, day):
            if begins <= moment < ends:
                return names
    return ()


def _on_call_by(calendar: Calendar, moment: dt.datetime) -> tuple[str, ...]:
    """Return the people whom a calendar names at a moment: the shortest entry's go first."""
    entries = calendar.entries(moment, moment + dt.timedelta(seconds=1))
    current = [entry for entry in entries if entry.begins <= moment < entry.ends]
    current.sort(key=lambda entry: (entry.ends - entry.begins, entry.begins))
    return tuple(dict.fromkeys(name for entry in current for name in entry.ring))[:RUNGS]


def shift_changes(
    schedule: OnCall, zone: ZoneInfo, begins: dt.datetime, days: int
) -> Iterator[dt.datetime]:
    """Yield every moment (UTC) of some days at which a shift begins or ends, in any order."""
    for day in days_around(begins, days, zone):
        for interval, _ in _shifts(schedule, zone, day):
            yield from interval


def mistakes(schedule: OnCall) -> Iterator[Mistake]:
    """Yield what is wrong between the parts of a schedule, each right by itself."""
    week = {
        name: tuple((("week", name, i, "hours"), shift.hours) for i, shift in enumerate(shifts))
        for name, shifts in schedule.week.items()
    }
    days = [
        (
            day.on,
            tuple((("days", n, "shifts", i, "hours"), s.hours) for i, s in enumerate(day.shifts)),
        )
        for n, day in enumerate(schedule.days)
    ]
    yield from span_mistakes(week, days)
    people = ", ".join(schedule.people)
    for name in schedule.speaks:
        if name not in schedule.people:
            yield ("speaks", name), f'"{name}" has no number', f"use one of: {people}"
    for loc, shift in _all_shifts(schedule):
        for i, name in enumerate(shift.ring):
            if name not in schedule.people:
                yield (*loc, "ring", i), f'"{name}" has no number', f"use one of: {people}"


def _all_shifts(schedule: OnCall) -> Iterator[tuple[Loc, Shift]]:
    for name, shifts in schedule.week.items():
        yield from ((("week", name, i), shift) for i, shift in enumerate(shifts))
    for n, day in enumerate(schedule.days):
        yield from ((("days", n, "shifts", i), shift) for i, shift in enumerate(day.shifts))


def _shifts(
    schedule: OnCall, zone: ZoneInfo, day: dt.date
) -> Iterator[tuple[Interval, tuple[str, ...]]]:
    """Yield the shifts that begin on a day: their times, and the names of the people."""
    for shift in schedule.by_date.get(day, on_weekday(schedule.week, day.weekday())):
        yield interval_of(shift.hours, day, zone), shift.ring
