"""What operators ask of the records, as tables. No cell tells of fewer than five callers."""

import datetime as dt
import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from ivr.records.reports.aggregates import Counts, counts, seconds_to_a_person
from ivr.records.reports.suppression import HIDDEN, SMALLEST, Cell, hide
from ivr.records.reports.traffic import ways


@dataclass(frozen=True)
class Table:
    """A table for people: a title, column heads, and rows whose first cell is their name."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def report(connection: Connection, first: dt.date, last: dt.date, by: str) -> Table:
    """Return a report of the days from first to last, both included, by one of `BY`."""
    return BY[by](connection, first, last)


def _table(title: str, columns: Sequence[str], rows: Sequence[tuple[str, list[int]]]) -> Table:
    hidden = [hide([row[i] for _, row in rows]) for i in range(len(columns) - 1)]
    shown = [(name, *(column[i] for column in hidden)) for i, (name, _) in enumerate(rows)]
    return Table(title, tuple(columns), tuple(shown))


def _by_day(connection: Connection, first: dt.date, last: dt.date) -> Table:
    rows = []
    day = first
    while day <= last:
        found = counts(connection, day, day)
        rows.append((day.isoformat(), _sums(found)))
        day += dt.timedelta(days=1)
    columns = ("day", "calls", "transfers", "answered", "silences", "not understood")
    return _table("Calls by day", columns, rows)


def _sums(found: Counts) -> list[int]:
    transfers = found["transfer"]
    return [
        found["calls"].total(),
        transfers.total(),
        sum(n for name, n in transfers.items() if name.endswith("/completed")),
        found["noinput"].total(),
        found["nomatch"].total(),
    ]


def _by_hour(connection: Connection, first: dt.date, last: dt.date) -> Table:
    found = counts(connection, first, last)["hour"]
    rows = [(f"{hour:02}:00", [found[str(hour)]]) for hour in range(24)]
    return _table("Calls by hour of the day", ("hour", "calls"), rows)


def _by_language(connection: Connection, first: dt.date, last: dt.date) -> Table:
    found = counts(connection, first, last)["language"]
    rows = [(name or "unknown", [n]) for name, n in found.most_common()]
    return _table("Calls by language", ("language", "calls"), rows)


def _by_node(connection: Connection, first: dt.date, last: dt.date) -> Table:
    found = counts(connection, first, last)
    nodes = sorted(found["node"], key=lambda n: (-found["node"][n], n))
    parts = ("node", "left-at", "noinput", "nomatch")
    rows = [(name, [found[part][name] for part in parts]) for name in nodes]
    columns = ("prompt", "calls that heard it", "ended there", "silences", "not understood")
    return _table("The way through the menu", columns, rows)


def _by_way(connection: Connection, first: dt.date, last: dt.date) -> Table:
    went = ways(counts(connection, first, last)).went
    shown = sorted(went.items(), key=lambda item: (-_size(item[1]), item[0]))
    rows = tuple((f"{here} > {there}", cell) for (here, there), cell in shown)
    return Table("Where calls went on", ("from and to", "times"), rows)


def _size(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


OUTCOMES = ("completed", "busy", "no-answer", "failed", "canceled", "unknown")


def _by_destination(connection: Connection, first: dt.date, last: dt.date) -> Table:
    found = counts(connection, first, last)["transfer"]
    waits = seconds_to_a_person(connection, first, last)
    names = sorted({name.rpartition("/")[0] for name in found})
    rows = [
        (
            name,
            [
                found[f"{name}/{o}"] + (o == "completed") * found[f"{name}/answered"]
                for o in OUTCOMES
            ],
        )
        for name in names
    ]
    table = _table("Transfers", ("destination", *OUTCOMES), rows)
    timed = tuple((*row, *_times(waits.get(str(row[0]), []))) for row in table.rows)
    heads = (*table.columns, "median seconds to a person", "90 % within seconds")
    return Table(table.title, heads, timed)


def _times(seconds: Sequence[float]) -> tuple[Cell, Cell]:
    if len(seconds) < SMALLEST:
        return (HIDDEN, HIDDEN) if seconds else ("", "")
    nearest = sorted(seconds)[math.ceil(0.9 * len(seconds)) - 1]
    return round(statistics.median(seconds)), round(nearest)


BY: dict[str, Callable[[Connection, dt.date, dt.date], Table]] = {
    "day": _by_day,
    "hour": _by_hour,
    "language": _by_language,
    "node": _by_node,
    "way": _by_way,
    "destination": _by_destination,
}
"""Each report by its name; an explicit table."""
