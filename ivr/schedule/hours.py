"""The agency's opening hours as line.yaml has them; ivr.schedule.office_hours evaluates them."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from ivr.strict_model import StrictModel

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = f"(?:{'|'.join(DAYS)})"
_SPAN = r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$"

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


class Holidays(StrictModel):
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


class SpecialDay(StrictModel):
    """A date with hours of its own, before week and holidays. Without any the agency is closed."""

    on: dt.date
    open: tuple[Span, ...] = ()
    why: str = ""


class Closure(StrictModel):
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


class Hours(StrictModel):
    """Opening hours: spans by weekday, and what is different on some days."""

    week: Mapping[Days, tuple[Span, ...]]
    holidays: Holidays | None = None
    days: tuple[SpecialDay, ...] = ()
    closed: tuple[Closure, ...] = ()


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


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
