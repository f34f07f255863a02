"""Counts of what happened over some days: of the calls still kept, and of the days in totals."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, func, literal, select

from ivr.database import schema

Counts = Mapping[str, Counter[str]]
"""Part → name → count, as counts["transfer"]["hotline/completed"]."""

_calls, _steps, _transfers = schema.calls.c, schema.steps.c, schema.transfers.c
_of_steps = schema.steps.join(schema.calls)
_of_transfers = schema.transfers.join(schema.calls)


def _questions() -> Iterator[tuple[str, Any]]:
    """Yield part and question; each row answered is a name and a count."""
    outcome = _transfers.destination + "/" + func.coalesce(_transfers.outcome, "unknown")
    yield "calls", select(literal(""), func.count()).select_from(schema.calls)
    for part, name in (
        ("language", _calls.language),
        ("hour", _calls.hour),
        ("ended", func.coalesce(_calls.ended, "unknown")),
        ("left-at", _calls.at),
    ):
        yield part, select(name, func.count()).select_from(schema.calls).group_by(name)
    yield (
        "transfer",
        select(outcome, func.count()).select_from(_of_transfers).group_by(outcome),
    )
    heard = select(_steps.led_to, func.count(_steps.call_id.distinct())).select_from(_of_steps)
    # Who is on call may be known to have taken a call of which nothing else is.
    yield "node", heard.where(_steps.led_to != "").group_by(_steps.led_to)
    yield "what", select(_steps.what, func.count()).select_from(_of_steps).group_by(_steps.what)
    went = _steps.node + ">" + _steps.led_to
    yield "way", select(went, func.count()).select_from(_of_steps).group_by(went)
    for part in ("noinput", "nomatch"):
        counted = select(_steps.node, func.count()).select_from(_of_steps)
        yield part, counted.where(_steps.what == part).group_by(_steps.node)


def live(connection: Connection, first: dt.date, last: dt.date) -> Counts:
    """Return the counts of the calls that are kept, from a day to another."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for part, question in _questions():
        for name, count in connection.execute(question.where(_calls.day.between(first, last))):
            if count:
                found[part][_between(name) if part == "way" else str(name)] += count
    return found


def _between(way: str) -> str:
    """Return the nodes of two places, as "signs>report" of "signs.2>report", cut for totals."""
    return ">".join(node_of(spot)[:_HALF] for spot in way.split(">"))


def node_of(spot: str) -> str:
    """Return the node of a place within the script: "signs" of "signs.2"."""
    return spot.partition(".")[0]


_HALF = 59


def counts(connection: Connection, first: dt.date, last: dt.date) -> Counts:
    """Return all counts from a day to another, both included: of kept calls and of totals."""
    found = live(connection, first, last)
    totals = schema.totals.c
    asked = select(totals.part, totals.name, func.sum(totals.count_)).group_by(
        totals.part, totals.name
    )
    for part, name, count in connection.execute(asked.where(totals.day.between(first, last))):
        found[part][name] += int(count)
    return found


def seconds_to_a_person(
    connection: Connection, first: dt.date, last: dt.date
) -> dict[str, list[float]]:
    """Return, by destination, how long after the start of a call somebody answered (kept calls).

    The carrier tells when a dialled call was over and how long they talked, so when it began.
    """
    asked = (
        select(_transfers.destination, _calls.started, _transfers.returned, _transfers.talked)
        .select_from(_of_transfers)
        .where(
            _calls.day.between(first, last),
            _transfers.outcome == "completed",
            _transfers.returned.is_not(None),
            _transfers.talked.is_not(None),
        )
    )
    found: dict[str, list[float]] = defaultdict(list)
    for name, started, returned, talked in connection.execute(asked):
        found[name].append(max((returned - started).total_seconds() - talked, 0))
    return found
