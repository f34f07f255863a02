"""The agency's opening hours, `hours:` in line.yaml; ivr.schedule.office_hours evaluates them."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ivr.strict_model import StrictModel

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?\s*(?P<half>[ap]\.?m\.?)?", re.ASCII)
_MIDNIGHT = 24 * 60
MAX_NIGHT_MINUTES = 18 * 60
"""The longest span over midnight, in minutes. A longer one is reported as a mistake."""

_LATEST_OFFICE = "15:00"
"""Hours that begin later are a night's: from there on "8:30" is the morning's."""

_LATEST_BEFORE_DAWN = "05:59"
"""Up to here a begin such as "1:00" may be an afternoon's: few offices open before six."""

_YEARS = range(2020, 2033)
"""The years whose holidays are searched for a name: some holidays come every few years."""

Loc = tuple[str | int, ...]
"""The path of a value within a part of line.yaml: ("week", "mon-fri", 0)."""

T = TypeVar("T")

Placed = tuple[Loc, str]
"""A span with its path."""

Mistake = tuple[Loc, str, str]
"""The path of a mistake, what is wrong, and the remedy."""


def minutes_of(span: str) -> tuple[int, int]:
    """Return when a span begins and ends, in minutes from midnight; a night ends after 24:00.

    "08:30-12:00" is 510 and 720, "22:00-06:00" is 1320 and 1800.
    """
    begins, ends = (int(time[:2]) * 60 + int(time[3:]) for time in span.split("-"))
    return begins, ends if ends > begins else ends + _MIDNIGHT


def _span(text: str) -> str:
    """Return a span as 08:30-17:00. Raises ValueError if it could mean several things."""
    parts = [_TIME.fullmatch(part.strip()) for part in re.split(r"[-\u2013]", text.lower())]
    written = [part for part in parts if part and _time(part)]
    if len(parts) != 2 or len(written) != 2:  # noqa: PLR2004 from and to
        raise ValueError(f'"{text}" is no span of hours; write one like 08:30-17:00')
    begins, ends = _with_shared_half(*written)
    if begins == ends:
        raise ValueError(f'"{text}" ends when it begins; write a whole day as 00:00-24:00')
    if other := _other_reading(begins, ends, *written):
        readings = f"{other}, or {begins}-{ends}"
        raise ValueError(f'"{text}" may mean day or night; write {readings}')
    if begins == "24:00":
        raise ValueError(f'"{text}" begins at midnight; write 00:00')
    span = f"{begins}-{ends}"
    start, end = minutes_of(span)
    if end > _MIDNIGHT and end - start > MAX_NIGHT_MINUTES:
        raise ValueError(
            f'"{text}" ends before it begins; write what is behind midnight on the next day'
        )
    return span


def _with_shared_half(first: re.Match[str], second: re.Match[str]) -> tuple[str, str]:
    """Return begin and end; in "2-4pm" and "12-6am" the half of the day is that of both.

    In "9-5pm" it cannot be: nine in the evening is after five in the afternoon.
    """
    begins, ends = _time(first), _time(second)
    if second["half"] and _may_be_either_half(first):
        shared = _time(first, second["half"])
        if shared < ends:
            return shared, ends
    return begins, ends


def _other_reading(begins: str, ends: str, first: re.Match[str], second: re.Match[str]) -> str:
    """Return what hours may mean besides, 12 hours later at an end without am or pm, or "".

    "9-5" may be 09:00-17:00, "1:00-5:00" 13:00-17:00, "10-2am" 22:00-02:00, "8pm-11" 20:00-23:00.
    """
    open_begin, open_end = _may_be_either_half(first), _may_be_either_half(second)
    later_begin, later_end = _half_a_day_later(begins), _half_a_day_later(ends)
    if ends < begins:
        if second["half"]:
            is_open = open_begin and begins < "12:00" and second["half"].startswith("a")
            return f"{later_begin}-{ends}" if is_open else ""
        if first["half"] and open_end and (begins < later_end or second["hour"] == "12"):
            return f"{begins}-{later_end}"
        return f"{begins}-{later_end}" if _may_mean_afternoon(begins, first, second) else ""
    is_early = open_begin and open_end and begins <= _LATEST_BEFORE_DAWN
    return f"{later_begin}-{later_end}" if is_early and ends <= "12:00" else ""


def _may_mean_afternoon(begins: str, first: re.Match[str], second: re.Match[str]) -> bool:
    """Tell whether an end such as "5" or "5:00", before the begin, may be in the afternoon."""
    if not int(second["hour"]):
        return False
    if not first["half"] and not first["minute"] and not second["minute"]:
        return begins <= "12:00"
    return len(second["hour"]) == 1 and begins <= _LATEST_OFFICE


def _may_be_either_half(match: re.Match[str]) -> bool:
    """Return whether a time may be in either half of a day, as "1:00"; "01:00" and "13" may not."""
    return not match["half"] and match["hour"][0] != "0" and int(match["hour"]) <= 12  # noqa: PLR2004 hours on a clock


def _half_a_day_later(time: str) -> str:
    """Return the time 12 hours later: 12:00 becomes 24:00, the end of the day, 12:30 00:30."""
    hour = int(time[:2]) + 12
    return f"{hour if time <= '12:00' else hour - 24:02}{time[2:]}"


def _time(match: re.Match[str], half: str = "") -> str:
    """Return a time such as "9", "9am" or "09:00" as 09:00; "" if there is no such time.

    `half` is am or pm for a time that has neither.
    """
    hour, minute, half = int(match["hour"]), int(match["minute"] or 0), match["half"] or half
    if half:
        if not 1 <= hour <= 12:  # noqa: PLR2004 hours on a clock
            return ""
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    is_time = minute < 60 and (hour < 24 or (hour, minute) == (24, 0))  # noqa: PLR2004 on a clock
    return f"{hour:02}:{minute:02}" if is_time else ""


def _days(text: str) -> str:
    """Return weekdays as mon-fri, however they are written."""
    short = dict(zip((*_LONG_DAYS, *DAYS), (*DAYS, *DAYS), strict=True))
    days = [short.get(part.strip().lower()) for part in re.split(r"[-\u2013]", text)]
    if len(days) > 2 or None in days:  # noqa: PLR2004 from and to
        raise ValueError(f'"{text}" is no day; write mon, or mon-fri')
    return "-".join(str(day) for day in days)


Span = Annotated[str, Field(json_schema_extra={"examples": ["08:30-17:00"]}), AfterValidator(_span)]
"""Hours of a day, as 08:30-17:00. A night, 22:00-06:00, belongs to the day on which it begins."""

Days = Annotated[
    str, Field(json_schema_extra={"examples": ["mon", "mon-fri"]}), AfterValidator(_days)
]
"""A weekday, or several: mon-fri."""


def days_named(text: str) -> tuple[int, ...]:
    """Return the days that a name means, 0 is Monday: "fri-mon" is 4, 5, 6, 0."""
    first, _, last = text.partition("-")
    begins, ends = DAYS.index(first), DAYS.index(last or first)
    return tuple((begins + i) % 7 for i in range((ends - begins) % 7 + 1))


def on_weekday(week: Mapping[str, tuple[T, ...]], weekday: int) -> tuple[T, ...]:
    """Return all that a week has on a weekday, 0 is Monday."""
    return tuple(
        one for name, parts in week.items() if weekday in days_named(name) for one in parts
    )


class Holidays(StrictModel):
    """The public holidays on which the agency is closed; country and state as two-letter codes.

    `except` names holidays of that country or state on which it is open.
    """

    country: str = Field(pattern=r"^[A-Z]{2}$")
    state: str | None = None
    open_on: tuple[str, ...] = Field(default=(), alias="except")

    @model_validator(mode="after")
    def _exist(self) -> Self:
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
        years = _YEARS if self.open_on else ()
        listed = holidays.country_holidays(self.country, self.state, years, language="en_US")
        names = {name.casefold() for names in listed.values() for name in names.split("; ")}
        if wrong := [name for name in self.open_on if name.casefold() not in names]:
            raise ValueError(
                f'"{wrong[0]}" is no holiday there; write one that `ivr hours --year` lists'
            )
        return self


def _no_number(value: Any) -> Any:  # noqa: ANN401 what the YAML holds
    """Raises ValueError for 20261224, which would be taken for seconds since 1970."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"{value} is no day; write a day like 2026-12-24")  # noqa: TRY004 pydantic's
    return value


class SpecialDay(StrictModel):
    """A date with its own hours, which override week and holidays; without hours it is closed."""

    on: Annotated[dt.date, BeforeValidator(_no_number)]
    open: tuple[Span, ...] = ()
    why: str = ""


def _whole_day(value: Any) -> Any:  # noqa: ANN401 what the YAML holds
    """Return the end of a day that has no time, so that a closure covers the whole day."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        try:
            value = dt.date.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime.combine(min(value, _FOR_EVER.date()), dt.time()) + dt.timedelta(days=1)
    return value


_SINCE_EVER, _FOR_EVER = dt.datetime(1900, 1, 1), dt.datetime(2900, 1, 1)  # noqa: DTZ001 the line's time
"""A closure that begins earlier or ends later, as in 9999-12-31, counts from and to here.

Around the first and the last year there are times that no other time zone has.
"""


def _within_reach(moment: dt.datetime) -> dt.datetime:
    """Return a moment, or the nearest that every time zone can express."""
    if moment.year < _SINCE_EVER.year:
        return _SINCE_EVER.replace(tzinfo=moment.tzinfo)
    return _FOR_EVER.replace(tzinfo=moment.tzinfo) if moment.year >= _FOR_EVER.year else moment


class Closure(StrictModel):
    """A period in which the agency is closed, whatever its hours, in the line's time zone.

    `begins` and `ends` are a date and a time, or a date alone, which is closed for the whole day.
    """

    begins: Annotated[dt.datetime, BeforeValidator(_no_number), AfterValidator(_within_reach)]
    ends: Annotated[
        dt.datetime,
        BeforeValidator(_whole_day),
        BeforeValidator(_no_number),
        AfterValidator(_within_reach),
    ]
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


def _each_day_once(week: Any) -> Any:  # noqa: ANN401 what the YAML holds
    """Raises ValueError if two keys mean the same days: the second would replace the first."""
    written: dict[str, str] = {}
    for name in week if isinstance(week, dict) else ():
        try:
            days = _days(name)
        except (TypeError, ValueError, AttributeError):
            continue  # reported as no day
        if written.setdefault(days, name) != name:
            raise ValueError(f'"{name}" and "{written[days]}" are the same; write one of them')
    return week


Weekly = BeforeValidator(_each_day_once)
"""Validates a mapping of Days: each may occur once."""


class Hours(StrictModel):
    """Opening hours: spans by weekday, and what is different on some days."""

    week: Annotated[Mapping[Days, tuple[Span, ...]], Weekly]
    holidays: Holidays | None = None
    days: tuple[SpecialDay, ...] = ()
    closed: tuple[Closure, ...] = ()


def mistakes(hours: Hours) -> Iterator[Mistake]:
    """Yield what is wrong between the parts of hours, each right by itself."""
    week = {
        name: tuple((("week", name, i), span) for i, span in enumerate(spans))
        for name, spans in hours.week.items()
    }
    days = [
        (day.on, tuple((("days", n, "open", i), span) for i, span in enumerate(day.open)))
        for n, day in enumerate(hours.days)
    ]
    return span_mistakes(week, days)


def span_mistakes(
    week: Mapping[str, tuple[Placed, ...]], days: Sequence[tuple[dt.date, tuple[Placed, ...]]]
) -> Iterator[Mistake]:
    """Yield each span of a week or of a date that overlaps another, and each date given twice."""
    by_weekday = [on_weekday(week, day) for day in range(7)]
    for day, spans in enumerate(by_weekday):
        yield from _overlaps(spans, by_weekday[day - 1])
    dates: set[dt.date] = set()
    for n, (date, spans) in enumerate(days):
        yield from _overlaps(spans)
        if date in dates:
            yield ("days", n), f"{date} stands twice", "keep one of them"
        dates.add(date)


def _overlaps(spans: Iterable[Placed], day_before: Iterable[Placed] = ()) -> Iterator[Mistake]:
    """Yield a mistake for each span of a day that begins before another has ended.

    `day_before` holds the spans of the day before, whose nights end on this day.
    """
    placed = [(*minutes_of(span), loc, span) for loc, span in spans]
    nights = [(*minutes_of(span), span) for _, span in day_before]
    placed += [(b - _MIDNIGHT, e - _MIDNIGHT, (), s) for b, e, s in nights if e > _MIDNIGHT]
    for (_, ends, _, first), (begins, _, loc, second) in pairwise(sorted(placed)):
        if begins < ends:
            yield loc, f"{second} overlaps {first}", "let one begin when the other has ended"
