"""How often an entry repeats (RFC 5545, RRULE), so that no rule costs seconds or memory."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

MAX_PER_DAY = 24
"""How many times a day an entry may repeat at most."""

FIRST_YEAR, LAST_YEAR = 1970, 2050
"""Entries begin in 1970 at the earliest, and repeat until the end of 2050 at the latest."""

_PER_YEAR = {"YEARLY": 1, "MONTHLY": 12, "WEEKLY": 53, "DAILY": 366, "HOURLY": 366 * 24}


def mistakes_of(rule: Any, begin: dt.date) -> Iterator[tuple[str, str]]:  # noqa: ANN401 the library's
    """Yield what is wrong with the rule of an entry that begins at `begin`, and a remedy."""
    frequency = str(_first(rule, "FREQ", "")).upper()
    if frequency in {"SECONDLY", "MINUTELY"} or _per_day(rule, frequency) > MAX_PER_DAY:
        yield f"repeats more than {MAX_PER_DAY} times a day", "let it repeat by days or weeks"
    elif frequency not in _PER_YEAR:
        yield "repeats by a rule that cannot be read", "let it repeat by days or weeks"
    elif int(_first(rule, "INTERVAL", 1)) < 1:
        yield "repeats at no interval", "let it repeat by days or weeks"
    elif _never_repeats(rule, begin):
        yield "repeats by a rule that fits no day", "let it repeat by days or weeks"


def _never_repeats(rule: Any, begin: dt.date) -> bool:  # noqa: ANN401 the library's
    """Return whether a rule fits no day, such as 30 February.

    dateutil looks for such a day until the year 9999, which takes seconds. So the rule is tried
    with a begin of the same weekday and phase that leaves it a few decades.
    """
    from dateutil.rrule import rrulestr

    interval = int(_first(rule, "INTERVAL", 1))
    start = dt.datetime.combine(begin, dt.time())
    parts = rule.to_ical().decode().split(";")
    text = ";".join(p for p in parts if p.partition("=")[0] not in {"UNTIL", "COUNT"})
    try:
        if str(_first(rule, "FREQ", "")).upper() in {"YEARLY", "MONTHLY"}:
            step = 28 * interval  # years after which leap years and weekdays come round
            start = start.replace(year=start.year + max(0, 9960 - start.year) // step * step)
        else:
            step = 7 * interval
            ahead = (dt.datetime(9980, 1, 1) - start).days  # noqa: DTZ001 as dateutil needs it
            start += dt.timedelta(days=ahead // step * step)
        return next(iter(rrulestr(text, dtstart=start)), None) is None
    except ValueError:
        return False  # found when the series is tried


def _first(rule: Any, name: str, default: Any) -> Any:  # noqa: ANN401 the library's
    values = rule.get(name, default)
    return (values or [default])[0] if isinstance(values, list) else values


def _count(rule: Any, name: str) -> int:  # noqa: ANN401 the library's
    values = rule.get(name, [])
    return max(1, len(values)) if isinstance(values, list) else 1


def _per_day(rule: Any, frequency: str) -> int:  # noqa: ANN401 the library's
    hours = 24 if frequency == "HOURLY" and "BYHOUR" not in rule else _count(rule, "BYHOUR")
    return hours * _count(rule, "BYMINUTE") * _count(rule, "BYSECOND")


def repeats(event: Any) -> int:  # noqa: ANN401 the library's event
    """Return how often an entry repeats at most until LAST_YEAR, by its rule and its dates."""
    rule = event.get("RRULE")
    if rule is None:
        return 1
    frequency = str(_first(rule, "FREQ", "")).upper()
    by_day = _count(rule, "BYDAY") * _count(rule, "BYMONTHDAY") * _count(rule, "BYMONTH")
    per_year = _PER_YEAR[frequency] * _count(rule, "BYYEARDAY") * by_day
    if frequency != "HOURLY":
        per_year = min(per_year, 366) * _per_day(rule, frequency)
    until = _first(rule, "UNTIL", None)
    last = min(until.year, LAST_YEAR) if isinstance(until, dt.date) else LAST_YEAR
    years = max(last - event["DTSTART"].dt.year + 1, 1)
    times = per_year * years // int(_first(rule, "INTERVAL", 1)) + 1
    return int(min(times, int(_first(rule, "COUNT", times))))


def limited(rule: Any, begin: dt.date) -> Any:  # noqa: ANN401 the library's
    """Return a rule that ends in LAST_YEAR, if it does not end before."""
    until = _first(rule, "UNTIL", None)
    if "COUNT" in rule or (isinstance(until, dt.date) and until.year <= LAST_YEAR):
        return rule
    # The end of a rule is a day if its begin is, and in UTC if its begin has a zone (RFC 5545).
    last: dt.date = dt.date(LAST_YEAR, 12, 31)
    if isinstance(begin, dt.datetime):
        last = dt.datetime(LAST_YEAR, 12, 31, tzinfo=dt.UTC if begin.tzinfo else None)
    ending = rule.copy()
    ending["UNTIL"] = [last]
    return ending
