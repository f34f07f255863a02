"""Counts over a range of days: of the calls of the last days, and of older days' totals.

A call is counted into its day's totals once nothing can be added to it (ivr.records.retention). So
a report of a year reads few calls.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, func, literal, select

from ivr.database import schema
from ivr.records.assistant import PARTS as ASSISTANT_PARTS

Counts = Mapping[str, Counter[str]]
"""Part → name → count, as counts["transfer"]["hotline/completed"]."""

MAX_NODE = 59
"""Characters of a node's name in the part "way"; two names must fit into `totals.name`."""

_calls, _steps, _transfers = schema.calls.c, schema.steps.c, schema.transfers.c
_steps_of_calls = schema.steps.join(schema.calls)
_transfers_of_calls = schema.transfers.join(schema.calls)


def _queries() -> Iterator[tuple[tuple[str, ...], Any, Select[Any]]]:
    """Yield parts, the name to group by, and the query of counts without a range of days.

    If there are several parts, a name begins with its part and ">".
    """
    calls = select(func.count()).select_from(schema.calls)
    yield ("calls",), literal(""), calls
    yield ("language",), _calls.language, calls
    yield ("hour",), _calls.hour, calls
    yield ("ended",), func.coalesce(_calls.ended, "unknown"), calls
    yield ("left-at",), _calls.at, calls
    outcome = _transfers.destination + "/" + func.coalesce(_transfers.outcome, "unknown")
    yield ("transfer",), outcome, select(func.count()).select_from(_transfers_of_calls)
    callers = select(func.count(_steps.call_id.distinct())).select_from(_steps_of_calls)
    # The step in which the person on call accepts has no node: the caller does not move.
    yield ("node",), _steps.led_to, callers.where(_steps.led_to != "")
    turns = select(func.count()).select_from(_steps_of_calls)
    yield ("what",), _steps.what, turns
    yield ("way",), _steps.node + ">" + _steps.led_to, turns.where(_steps.node != "")
    # Whether callers reached a person, by their own word: "hotline/es/1" for yes, …/2 for no.
    word = _steps.node + "/" + _calls.language + "/" + _steps.key
    yield ("reached",), word, turns.where(_steps.what == "reached")
    unheard = ("noinput", "nomatch")
    yield unheard, _steps.what + ">" + _steps.node, turns.where(_steps.what.in_(unheard))


SECONDS = "seconds"
"""The part of the totals with the seconds until a person answered, as "hotline/40"."""

PARTS = (*(part for parts, _, _ in _queries() for part in parts), *ASSISTANT_PARTS)
"""All parts but SECONDS. Those of voice assistants are counted in the totals alone."""


def counts_by_day(
    connection: Connection, first: dt.date, last: dt.date, parts: Collection[str] = PARTS
) -> dict[dt.date, Counts]:
    """Return the counts of each day from first to last, both included, also of days without any.

    One query a part, and one of the totals, however long the range is.
    """
    days = range((last - first).days + 1)
    counts: dict[dt.date, dict[str, Counter[str]]] = {
        first + dt.timedelta(days=i): defaultdict(Counter) for i in days
    }
    for day, part, name, count in _rows(connection, first, last, parts, by=(_calls.day,)):
        counts[day][part][name] += count
    totals = schema.totals.c
    asked = select(totals.day, totals.part, totals.name, totals.count_)
    asked = asked.where(totals.day.between(first, last), totals.part.in_(parts))
    for day, part, name, count in connection.execute(asked):
        counts[day][part][name] += count
    return dict(counts)


def counts(connection: Connection, first: dt.date, last: dt.date) -> Counts:
    """Return the counts of all days from first to last, both included."""
    sums = counts_and_seconds(connection, first, last)
    sums.pop(SECONDS, None)
    return sums


def counts_and_seconds(
    connection: Connection, first: dt.date, last: dt.date
) -> defaultdict[str, Counter[str]]:
    """Return the same, with the totals of the part SECONDS."""
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for part, name, count in _rows(connection, first, last, PARTS, by=()):
        sums[part][name] += count
    totals = schema.totals.c
    asked = select(totals.part, totals.name, func.sum(totals.count_))
    asked = asked.where(totals.day.between(first, last)).group_by(totals.part, totals.name)
    for part, name, count in connection.execute(asked):
        sums[part][name] += int(count)
    return sums


def _rows(
    connection: Connection,
    first: dt.date,
    last: dt.date,
    parts: Collection[str],
    by: tuple[Column[dt.date], ...],
) -> Iterator[tuple[Any, ...]]:
    """Yield the columns `by`, part, name and count of calls in no total yet; no count is 0."""
    for parts_of_query, name, query in _queries():
        if not set(parts_of_query) & set(parts):
            continue
        asked = query.add_columns(name, *by).where(*_open(first, last))
        asked = asked.group_by(*by) if parts_of_query == ("calls",) else asked.group_by(name, *by)
        for count, value, *days in connection.execute(asked):
            part, name_in_part = _split(parts_of_query, str(value))
            if count:
                yield *days, part, name_in_part, count


def _split(parts: tuple[str, ...], name: str) -> tuple[str, str]:
    """Return part and name of a row; of a way only the nodes, as "signs>report"."""
    if len(parts) > 1:
        part, _, rest = name.partition(">")
        return part, rest
    if parts == ("way",):
        return "way", ">".join(node_of(label)[:MAX_NODE] for label in name.split(">"))
    return parts[0], name


def node_of(label: str) -> str:
    """Return the node of a place: "signs" of "signs.2"."""
    return label.partition(".")[0]


def _open(first: dt.date, last: dt.date) -> tuple[ColumnElement[bool], ...]:
    """Return what holds for the calls of some days that are in no total yet."""
    return _calls.counted == 0, _calls.day.between(first, last)


def seconds_to_a_person(
    connection: Connection, first: dt.date, last: dt.date, totals: Mapping[str, int] | None = None
) -> dict[str, list[float]]:
    """Return, by destination, how many seconds after the start of a call a person answered.

    `totals` are those of the part SECONDS, if they were queried already.
    """
    seconds = seconds_of_open_calls(connection, first, last)
    if totals is None:
        totals = counts_and_seconds(connection, first, last)[SECONDS]
    for name, count in totals.items():
        destination, _, wait = name.rpartition("/")
        seconds[destination] += [float(wait)] * count
    return seconds


def seconds_of_open_calls(
    connection: Connection, first: dt.date, last: dt.date
) -> defaultdict[str, list[float]]:
    """Return the same of the calls that are in no total yet.

    The carrier reports when a dialled call was over, and how long the two talked.
    """
    asked = (
        select(_transfers.destination, _calls.started, _transfers.returned, _transfers.talked)
        .select_from(_transfers_of_calls)
        .where(
            *_open(first, last),
            _transfers.outcome == "completed",
            _transfers.returned.is_not(None),
            _transfers.talked.is_not(None),
        )
    )
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for name, started, returned, talked in connection.execute(asked):
        seconds[name].append(max((returned - started).total_seconds() - talked, 0))
    return seconds
