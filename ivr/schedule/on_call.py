"""Who is on call: `on_call:` of line.yaml, and whom it says to ring at a moment.

What is nearest to a day goes first: the calendar's entries, then dates, then the week.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Protocol, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from ivr.phone_numbers import E164
from ivr.schedule.hours import Days, Hours, Span, Told, minutes, named_days, overlaps
from ivr.schedule.office_hours import Interval, boundaries, instant, is_open
from ivr.strict_model import StrictModel

RUNGS = 3
"""Worker, backup, supervisor (human-factors.md, R23)."""

_FILE = r"[^/\\]+\.ics"
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


def is_safe(url: str) -> bool:
    """Tell whether a calendar may be fetched from an address: by https, or from this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
    )


class Shift(StrictModel):
    """Hours of a day, and who is rung in them, one after the other."""

    hours: Span
    ring: tuple[Name, ...] = Field(min_length=1, max_length=RUNGS)


class DayShifts(StrictModel):
    """A date with shifts of its own, in place of its weekday's."""

    on: dt.date
    shifts: tuple[Shift, ...]


class OnCall(StrictModel):
    """The rota: people with their numbers, and their shifts by week, date or calendar.

    `calendar` is an iCalendar file beside line.yaml, or the address of one; its entries name the
    people.
    """

    people: Mapping[Name, E164] = Field(min_length=1)
    week: Mapping[Days, tuple[Shift, ...]] = Field(default_factory=dict)
    days: tuple[DayShifts, ...] = ()
    calendar: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _has_shifts(self) -> Self:
        if not self.week and not self.days and not self.calendar:
            raise ValueError("nobody is ever on call; add week:, days: or calendar:")
        if self.calendar and not self.url and not re.fullmatch(_FILE, self.calendar):
            # An address may be a secret, so it is not shown.
            raise ValueError(
                "the calendar is neither a file beside line.yaml nor an address with https; write"
                " rota.ics, or https://…"
            )
        return self

    @property
    def url(self) -> str:
        """The address of the calendar; empty where it is a file, or none."""
        return self.calendar if self.calendar and is_safe(self.calendar) else ""

    @cached_property
    def by_date(self) -> Mapping[dt.date, tuple[Shift, ...]]:
        """Date → its own shifts."""
        return {day.on: day.shifts for day in self.days}


class Calendar(Protocol):
    """Entries of a calendar, repeated ones too: when, and the names of whom to ring."""

    def entries(self, begins: dt.datetime, ends: dt.datetime) -> "list[Entry]":
        """Return the entries that touch a time, in the order of their begin."""
        ...


@dataclass(frozen=True, order=True)
class Entry:
    """An entry of a calendar, as far as the rota goes; times in UTC."""

    begins: dt.datetime
    ends: dt.datetime
    ring: tuple[str, ...]


@dataclass(frozen=True)
class Stretch:
    """A time (UTC) in which the same people are to be rung, and whether the agency is open."""

    begins: dt.datetime
    ends: dt.datetime
    ring: tuple[str, ...]
    is_open: bool

    @property
    def is_gap(self) -> bool:
        """Whether nobody is there at all."""
        return not self.is_open and not self.ring


def on_call(
    rota: OnCall, zone: str, moment: dt.datetime, calendar: Calendar | None
) -> tuple[str, ...]:
    """Return the names of who is to be rung at a moment (aware), in turn; none in a gap."""
    if calendar and (named := _entered(calendar, moment)):
        return named
    place = ZoneInfo(zone)
    today = moment.astimezone(place).date()
    for begins, ends, ring in _shifts(rota, place, today):
        if begins <= moment < ends:
            return ring
    return ()


def _entered(calendar: Calendar, moment: dt.datetime) -> tuple[str, ...]:
    """Return whom a calendar names at a moment: the shortest entry's people first."""
    found = calendar.entries(moment, moment + dt.timedelta(seconds=1))
    now = [entry for entry in found if entry.begins <= moment < entry.ends]
    now.sort(key=lambda entry: (entry.ends - entry.begins, entry.begins))
    return tuple(dict.fromkeys(name for entry in now for name in entry.ring))[:RUNGS]


def stretches(
    rota: OnCall,
    hours: Hours | None,
    zone: str,
    span: Interval,
    calendar: Calendar | None,
    *,
    has_office: bool = True,
) -> Iterator[Stretch]:
    """Yield a time piece by piece: who is on call, and whether the agency is open meanwhile."""
    begins, ends = span
    days = (ends - begins).days + 1
    place = ZoneInfo(zone)
    first = begins.astimezone(place).date()
    marks = {begins, ends, *boundaries(hours, zone, begins, days)}
    for ahead in range(days + 1):
        for shift in _shifts(rota, place, first + dt.timedelta(days=ahead)):
            marks |= {shift[0], shift[1]}
    for entry in calendar.entries(begins, ends) if calendar else ():
        marks |= {entry.begins, entry.ends}
    told: Stretch | None = None
    for here, then in pairwise(sorted(mark for mark in marks if begins <= mark <= ends)):
        there = has_office and is_open(hours, zone, here)
        piece = Stretch(here, then, on_call(rota, zone, here, calendar), there)
        if told and (told.ring, told.is_open) == (piece.ring, piece.is_open):
            told = Stretch(told.begins, then, told.ring, told.is_open)
            continue
        if told:
            yield told
        told = piece
    if told:
        yield told


def problems(rota: OnCall) -> Iterator[Told]:
    """Yield what is wrong between the parts of a rota, each right by itself."""
    for day in range(7):
        spans: dict[tuple[str | int, ...], str] = {
            ("week", name, i, "hours"): shift.hours
            for name, of in rota.week.items()
            if day in named_days(name)
            for i, shift in enumerate(of)
        }
        yield from overlaps(spans)
    seen: set[dt.date] = set()
    for n, special in enumerate(rota.days):
        own: dict[tuple[str | int, ...], str] = {
            ("days", n, "shifts", i, "hours"): s.hours for i, s in enumerate(special.shifts)
        }
        yield from overlaps(own)
        if special.on in seen:
            yield ("days", n), f"{special.on} stands twice", "keep one of them"
        seen.add(special.on)
    for loc, shift in _all_shifts(rota):
        for i, name in enumerate(shift.ring):
            if name not in rota.people:
                known = ", ".join(rota.people)
                yield (*loc, "ring", i), f'"{name}" has no number', f"use one of: {known}"


def _all_shifts(rota: OnCall) -> Iterator[tuple[tuple[str | int, ...], Shift]]:
    for name, shifts in rota.week.items():
        yield from ((("week", name, i), shift) for i, shift in enumerate(shifts))
    for n, day in enumerate(rota.days):
        yield from ((("days", n, "shifts", i), shift) for i, shift in enumerate(day.shifts))


def _shifts(
    rota: OnCall, zone: ZoneInfo, day: dt.date
) -> Iterator[tuple[dt.datetime, dt.datetime, tuple[str, ...]]]:
    named = (of for name, of in rota.week.items() if day.weekday() in named_days(name))
    usual = tuple(shift for of in named for shift in of)
    for shift in rota.by_date.get(day, usual):
        begins, ends = minutes(shift.hours)
        yield (
            instant(day, begins, zone, last=False),
            instant(day, ends, zone, last=True),
            shift.ring,
        )
