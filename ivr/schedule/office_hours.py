"""What the hours say of a moment: is the agency open, why, and until when?

A span begins and ends by the clock on the wall, in the line's time zone. Where the clocks go back
and a time comes twice, a span begins the first time and ends the second; where they skip a time,
it begins or ends at the skip. So nobody is turned away while the clock shows an open hour.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ivr.schedule.hours import Holidays, Hours, minutes, named_days

if TYPE_CHECKING:
    from holidays import HolidayBase

AHEAD = 400
"""So many days are looked ahead for the next opening: a yearly one is found."""

Interval = tuple[dt.datetime, dt.datetime]
"""From, and until before; both in UTC."""


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
