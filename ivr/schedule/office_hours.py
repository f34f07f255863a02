"""Whether the agency is open at a moment by its hours, why, and until when.

Spans are local time in the line's time zone. If the clocks go back and a time occurs twice, a span
begins at the first and ends at the second; if they skip a time, it begins or ends at the skip. So
nobody is turned away while the clock shows an open hour.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ivr.schedule.hours import Holidays, Hours, minutes_of, on_weekday

if TYPE_CHECKING:
    from holidays import HolidayBase

AHEAD_DAYS = 400
"""Days ahead in which the next opening is searched: enough for one that comes once a year."""

Interval = tuple[dt.datetime, dt.datetime]
"""From, and until before; both in UTC."""


@dataclass(frozen=True)
class Opening:
    """Whether the agency is open, why, and until when (in the line's zone; None: indefinitely)."""

    is_open: bool
    why: str
    until: dt.datetime | None


def is_open(hours: Hours | None, zone: str, moment: dt.datetime) -> bool:
    """Return whether the agency is open at a moment (aware). Without hours it always is."""
    if hours is None:
        return True
    place = ZoneInfo(zone)
    is_closed = any(begins <= moment < ends for begins, ends in _closures(hours, place))
    return not is_closed and _open_since(hours, place, moment) is not None


def opening(hours: Hours | None, zone: str, moment: dt.datetime) -> Opening:
    """Return whether the agency is open at a moment (aware), why, and until when."""
    if hours is None:
        return Opening(True, "no hours are set", None)
    is_open_now = is_open(hours, zone, moment)
    place = ZoneInfo(zone)
    why = _why(hours, place, moment, is_open_now=is_open_now)
    changes = sorted({at for at in boundaries(hours, zone, moment, AHEAD_DAYS) if at > moment})
    change = next((at for at in changes if is_open(hours, zone, at) != is_open_now), None)
    return Opening(is_open_now, why, change.astimezone(place) if change else None)


def closed_days(
    hours: Hours, zone: str, begins: dt.datetime, days: int
) -> Iterator[tuple[dt.date, str]]:
    """Yield each date on which the agency is closed though its week says otherwise, and why."""
    place = ZoneInfo(zone)
    first = begins.astimezone(place).date()
    for day in (first + dt.timedelta(days=n) for n in range(days)):
        spans, why = _of_day(hours, day)
        if not on_weekday(hours.week, day.weekday()):
            continue
        if not spans:
            yield day, why
        elif closure := _covering_closure(hours, place, day):
            yield day, closure


def _covering_closure(hours: Hours, zone: ZoneInfo, day: dt.date) -> str:
    """Return why a closure covers all spans of a day; empty if none does."""
    spans = list(_spans(hours, zone, day))
    for closure, (begins, ends) in zip(hours.closed, _closures(hours, zone), strict=True):
        if all(begins <= start and end <= ends for start, end in spans):
            return closure.why or "a closure"
    return ""


def boundaries(
    hours: Hours | None, zone: str, begins: dt.datetime, days: int
) -> Iterator[dt.datetime]:
    """Yield every moment (UTC) of some days at which the agency may open or close, in any order."""
    if hours is None:
        return
    place = ZoneInfo(zone)
    for day in days_around(begins, days, place):
        yield from chain.from_iterable(_spans(hours, place, day))
    yield from chain.from_iterable(_closures(hours, place))


def days_around(begins: dt.datetime, days: int, zone: ZoneInfo) -> Iterator[dt.date]:
    """Yield the dates of some days, and the one before and behind: a night may reach into them."""
    first = begins.astimezone(zone).date() - dt.timedelta(days=1)
    yield from (first + dt.timedelta(days=ahead) for ahead in range(days + 2))


def interval_of(span: str, day: dt.date, zone: ZoneInfo) -> Interval:
    """Return when a span such as 08:30-17:00 begins and ends on a day."""
    begins, ends = minutes_of(span)
    return instant(day, begins, zone, last=False), instant(day, ends, zone, last=True)


def instant(day: dt.date, minute: int, zone: ZoneInfo, *, last: bool) -> dt.datetime:
    """Return when the clock shows a minute of a day, in UTC: the first or the last time.

    `minute` counts from midnight; above 1,440 it is on the next day.
    """
    wall = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minute)
    while True:
        at = wall.replace(tzinfo=zone, fold=int(last)).astimezone(dt.UTC)
        if at.astimezone(zone).replace(tzinfo=None) == wall:
            return at
        wall += dt.timedelta(minutes=1)  # the clocks skip it


def _spans(hours: Hours, zone: ZoneInfo, day: dt.date) -> Iterator[Interval]:
    return (interval_of(span, day, zone) for span in _of_day(hours, day)[0])


def _of_day(hours: Hours, day: dt.date) -> tuple[tuple[str, ...], str]:
    """Return the spans of a day, and why it has these."""
    for special in hours.days:
        if special.on == day:
            return special.open, special.why or f"the hours of {day}"
    if name := _holiday(hours.holidays, day):
        return (), f"holiday: {name}"
    return on_weekday(hours.week, day.weekday()), "the weekly hours"


def _holiday(observed: Holidays | None, day: dt.date) -> str:
    """Return the names of a day's holidays on which the agency is closed; empty without any."""
    if observed is None:
        return ""
    names = (_calendar(observed.country, observed.state).get(day) or "").split("; ")
    open_on = {name.casefold() for name in observed.open_on}
    closed_on = (n for n in names if n.casefold().removesuffix(" (observed)") not in open_on)
    return "; ".join(name for name in closed_on if name.casefold() not in open_on)


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


def _open_since(hours: Hours, zone: ZoneInfo, moment: dt.datetime) -> dt.date | None:
    """Return the day on which the span that a moment is in began; None if it is in none."""
    today = moment.astimezone(zone).date()
    for day in (today, today - dt.timedelta(days=1)):  # yesterday's night may go on
        if any(begins <= moment < ends for begins, ends in _spans(hours, zone, day)):
            return day
    return None


def _why(hours: Hours, zone: ZoneInfo, moment: dt.datetime, *, is_open_now: bool) -> str:
    for closure, (begins, ends) in zip(hours.closed, _closures(hours, zone), strict=True):
        if not is_open_now and begins <= moment < ends:
            return closure.why or "a closure"
    day = _open_since(hours, zone, moment) or moment.astimezone(zone).date()
    return _of_day(hours, day)[1]
