"""When the agency is open: `hours:` of line.yaml, and what it says of a moment.

A span begins and ends by the clock on the wall, in the line's time zone. Where the clocks go back
and a time comes twice, a span begins the first time and ends the second; where they skip a time,
it begins or ends at the skip. So nobody is turned away while the clock shows an open hour.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from ivr.script.nodes import Strict

if TYPE_CHECKING:
    from holidays import HolidayBase

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AHEAD = 400
"""So many days are looked ahead for the next opening: a yearly one is found."""

_DAY = f"(?:{'|'.join(DAYS)})"
_SPAN = r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$"

Interval = tuple[dt.datetime, dt.datetime]
"""From, and until before; both in UTC."""

Told = tuple[tuple[str | int, ...], str, str]
"""Where a problem stands, what it is, and what to do about it."""


def minutes(span: str) -> tuple[int, int]:
    """Return when a span begins and ends, in minutes from midnight: "08:30-12:00"."""
    begins, ends = ((int(at[:2]) * 60 + int(at[3:])) for at in span.split("-"))
    return begins, ends


def _span(text: str) -> str:
    if not re.fullmatch(_SPAN, text, re.ASCII):
        raise ValueError(f'"{text}" is no span of hours; write one like 08:30-17:00')
    begins, ends = minutes(text)
    if begins >= ends:
        raise ValueError(
            f'"{text}" ends before it begins; write what is behind midnight on the next day'
        )
    return text


def _days(text: str) -> str:
    first, _, last = text.partition("-")
    if first in DAYS and (last in DAYS or not last):
        return text
    raise ValueError(f'"{text}" is no day; write mon, or mon-fri')


Span = Annotated[str, Field(json_schema_extra={"pattern": _SPAN}), AfterValidator(_span)]
Days = Annotated[
    str,
    Field(json_schema_extra={"pattern": f"^{_DAY}(-{_DAY})?$"}),
    AfterValidator(_days),
]


def named_days(text: str) -> tuple[int, ...]:
    """Return the days that a name means, 0 is Monday: "fri-mon" is 4, 5, 6, 0."""
    first, _, last = text.partition("-")
    begins, ends = DAYS.index(first), DAYS.index(last or first)
    return tuple((begins + i) % 7 for i in range((ends - begins) % 7 + 1))


class Holidays(Strict):
    """Which public holidays are kept, as the `holidays` library knows them; two-letter codes."""

    country: str = Field(pattern=r"^[A-Z]{2}$")
    state: str | None = None

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        import holidays

        states = holidays.list_supported_countries().get(self.country)
        if states is None:
            raise ValueError(
                f'the holidays of "{self.country}" are not known; write a code such as US'
            )
        if self.state and self.state not in states:
            raise ValueError(
                f'"{self.state}" is no state of {self.country} with holidays of its own; write'
                f" one of: {', '.join(states)}"
            )
        return self


class SpecialDay(Strict):
    """A date with hours of its own, before week and holidays. Without any the agency is closed."""

    on: dt.date
    open: tuple[Span, ...] = ()
    why: str = ""


class Closure(Strict):
    """A time in which the agency is closed, whatever else says, in the line's time zone."""

    begins: dt.datetime
    ends: dt.datetime
    why: str = ""

    @model_validator(mode="after")
    def _is_local_and_ends(self) -> Self:
        if self.begins.tzinfo or self.ends.tzinfo:
            raise ValueError("a closure is told in the line's own time; leave the offset out")
        if self.begins >= self.ends:
            raise ValueError(
                f"the closure ends before it begins ({self.begins:%Y-%m-%d %H:%M});"
                " write the day on which it ends"
            )
        return self


class Hours(Strict):
    """Opening hours: spans by weekday, and what is different on some days."""

    week: Mapping[Days, tuple[Span, ...]]
    holidays: Holidays | None = None
    days: tuple[SpecialDay, ...] = ()
    closed: tuple[Closure, ...] = ()


@dataclass(frozen=True)
class Opening:
    """Whether the agency is open, why, and until when (in the line's zone; None: for good)."""

    is_open: bool
    why: str
    until: dt.datetime | None


def is_open(hours: Hours | None, zone: str, moment: dt.datetime) -> bool:
    """Tell whether the agency is open at a moment (aware). Without hours it always is."""
    if hours is None:
        return True
    place = ZoneInfo(zone)
    if any(begins <= moment < ends for begins, ends in _closures(hours, place)):
        return False
    today = moment.astimezone(place).date()
    return any(begins <= moment < ends for begins, ends in _spans(hours, place, today))


def opening(hours: Hours | None, zone: str, moment: dt.datetime) -> Opening:
    """Tell whether the agency is open at a moment (aware), why, and until when."""
    if hours is None:
        return Opening(True, "no hours are set", None)
    here = is_open(hours, zone, moment)
    return Opening(here, _why(hours, zone, moment, here=here), _change(hours, zone, moment))


def boundaries(
    hours: Hours | None, zone: str, begins: dt.datetime, days: int
) -> Iterator[dt.datetime]:
    """Yield every moment (UTC) from a day on at which being open could change, in any order."""
    if hours is None:
        return
    place = ZoneInfo(zone)
    first = begins.astimezone(place).date()
    for ahead in range(days + 1):
        for interval in _spans(hours, place, first + dt.timedelta(days=ahead)):
            yield from interval
    for interval in _closures(hours, place):
        yield from interval


def instant(day: dt.date, minute: int, zone: ZoneInfo, *, last: bool) -> dt.datetime:
    """Return when the clock shows a minute of a day, in UTC; the first or last time it does."""
    wall = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minute)
    while True:
        at = wall.replace(tzinfo=zone, fold=int(last)).astimezone(dt.UTC)
        if at.astimezone(zone).replace(tzinfo=None) == wall:
            return at
        wall += dt.timedelta(minutes=1)  # the clocks skip it


def overlaps(spans: Mapping[tuple[str | int, ...], str]) -> Iterator[Told]:
    """Yield a problem for each span of a day that begins before another has ended."""
    placed = sorted((*minutes(span), loc) for loc, span in spans.items())
    for (begins, ends, _), (later, until, loc) in pairwise(placed):
        if later < ends:
            what = f"{_clock(later)}-{_clock(until)} overlaps {_clock(begins)}-{_clock(ends)}"
            yield loc, what, "let one begin when the other has ended"


def problems(hours: Hours) -> Iterator[Told]:
    """Yield what is wrong between the parts of hours, each right by itself."""
    for day in range(7):
        spans: dict[tuple[str | int, ...], str] = {
            ("week", name, i): span
            for name, of in hours.week.items()
            if day in named_days(name)
            for i, span in enumerate(of)
        }
        yield from overlaps(spans)
    seen: dict[dt.date, int] = {}
    for n, special in enumerate(hours.days):
        yield from overlaps({("days", n, "open", i): s for i, s in enumerate(special.open)})
        if special.on in seen:
            yield ("days", n), f"{special.on} stands twice", "keep one of them"
        seen[special.on] = n


def _spans(hours: Hours, zone: ZoneInfo, day: dt.date) -> Iterator[Interval]:
    for span in _of_day(hours, day)[0]:
        begins, ends = minutes(span)
        yield instant(day, begins, zone, last=False), instant(day, ends, zone, last=True)


def _of_day(hours: Hours, day: dt.date) -> tuple[tuple[str, ...], str]:
    """Return the spans of a day, and why it has these."""
    for special in hours.days:
        if special.on == day:
            return special.open, special.why or f"the hours of {day}"
    if name := _holiday(hours.holidays, day):
        return (), f"holiday: {name}"
    named = (of for name, of in hours.week.items() if day.weekday() in named_days(name))
    return tuple(span for of in named for span in of), "the weekly hours"


def _holiday(kept: Holidays | None, day: dt.date) -> str | None:
    return _calendar(kept.country, kept.state).get(day) if kept else None


@lru_cache(maxsize=8)
def _calendar(country: str, state: str | None) -> "HolidayBase":
    import holidays

    return holidays.country_holidays(country, subdiv=state, language="en_US")


def _closures(hours: Hours, zone: ZoneInfo) -> Iterator[Interval]:
    for closure in hours.closed:
        begins, ends = (
            instant(at.date(), at.hour * 60 + at.minute, zone, last=last)
            for at, last in ((closure.begins, False), (closure.ends, True))
        )
        yield begins, ends


def _why(hours: Hours, zone: str, moment: dt.datetime, *, here: bool) -> str:
    place = ZoneInfo(zone)
    for closure, (begins, ends) in zip(hours.closed, _closures(hours, place), strict=True):
        if not here and begins <= moment < ends:
            return closure.why or "a closure"
    return _of_day(hours, moment.astimezone(place).date())[1]


def _change(hours: Hours, zone: str, moment: dt.datetime) -> dt.datetime | None:
    """Return the next moment at which open becomes closed, or closed open; None: never soon."""
    here = is_open(hours, zone, moment)
    ahead = sorted({at for at in boundaries(hours, zone, moment, AHEAD) if at > moment})
    found = (at for at in ahead if is_open(hours, zone, at) != here)
    change = next(found, None)
    return change.astimezone(ZoneInfo(zone)) if change else None


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
