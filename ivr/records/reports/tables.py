"""Reports for operators, as tables. No cell counts fewer than five callers; all are rounded."""

import datetime as dt
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection

from ivr.records.assistant import ENDS, NODES, SESSIONS
from ivr.records.reports.aggregates import (
    SECONDS,
    Counts,
    counts_and_seconds,
    counts_by_day,
    seconds_to_a_person,
)
from ivr.records.reports.suppression import HIDDEN, SMALLEST, Cell, rounded, suppress
from ivr.records.reports.traffic import traffic


@dataclass(frozen=True)
class Table:
    """A table for people: a title, column heads, and rows whose first cell is their name."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def has_counts(self) -> bool:
        """Whether any cell tells something: a hidden one does, noughts alone do not."""
        return any(cell for row in self.rows for cell in row[1:])


class _Figures:
    """What the reports of a range of days are made from, each queried once, at its first use.

    All of them together take fewer than 20 SQL statements, however long the range is.
    """

    def __init__(self, connection: Connection, first: dt.date, last: dt.date) -> None:
        self._range = connection, first, last

    @cached_property
    def counts(self) -> Counts:
        """The counts of all days together."""
        return counts_and_seconds(*self._range)

    @cached_property
    def days(self) -> dict[dt.date, Counts]:
        """The counts of each day, of those parts that the table by day has."""
        return counts_by_day(*self._range, parts=("calls", "transfer", "noinput", "nomatch"))

    @cached_property
    def seconds_to_a_person(self) -> dict[str, list[float]]:
        """The seconds until a person answered, by destination."""
        return seconds_to_a_person(*self._range, self.counts[SECONDS])


def reports(
    connection: Connection, first: dt.date, last: dt.date, names: Iterable[str]
) -> dict[str, Table]:
    """Return the reports of those names in `BY`, of the days from first to last, both included."""
    figures = _Figures(connection, first, last)
    return {name: BY[name](figures) for name in names}


def report(connection: Connection, first: dt.date, last: dt.date, by: str) -> Table:
    """Return one report, as `reports` does."""
    return reports(connection, first, last, [by])[by]


def _table(title: str, columns: Sequence[str], rows: Sequence[tuple[str, list[int]]]) -> Table:
    shown = [suppress([row[i] for _, row in rows]) for i in range(len(columns) - 1)]
    cells = [(name, *(column[i] for column in shown)) for i, (name, _) in enumerate(rows)]
    return Table(title, tuple(columns), tuple(cells))


def _by_day(figures: _Figures) -> Table:
    rows = [(day.isoformat(), _sums(counted)) for day, counted in figures.days.items()]
    columns = ("day", "calls", "transfers", "answered", "silences", "not understood")
    return _table("Calls by day", columns, rows)


def _sums(counted: Counts) -> list[int]:
    transfers = counted["transfer"]
    return [
        counted["calls"].total(),
        transfers.total(),
        sum(n for name, n in transfers.items() if name.endswith("/completed")),
        counted["noinput"].total(),
        counted["nomatch"].total(),
    ]


def _by_hour(figures: _Figures) -> Table:
    hours = figures.counts["hour"]
    rows = [(f"{hour:02}:00", [hours[str(hour)]]) for hour in range(24)]
    return _table("Calls by hour of the day", ("hour", "calls"), rows)


def _by_language(figures: _Figures) -> Table:
    rows = [(name or "unknown", [n]) for name, n in figures.counts["language"].most_common()]
    return _table("Calls by language", ("language", "calls"), rows)


def _by_node(figures: _Figures) -> Table:
    counted = figures.counts
    nodes = sorted(counted["node"], key=lambda n: (-counted["node"][n], n))
    parts = ("node", "left-at", "noinput", "nomatch")
    rows = [(name, [counted[part][name] for part in parts]) for name in nodes]
    columns = ("prompt", "calls that heard it", "ended there", "silences", "not understood")
    return _table("The way through the menu", columns, rows)


def _by_way(figures: _Figures) -> Table:
    edges = traffic(figures.counts).edges
    ordered = sorted(edges.items(), key=lambda item: (-_size(item[1]), item[0]))
    rows = tuple((f"{source} > {target}", cell) for (source, target), cell in ordered)
    return Table("Where calls went on", ("from and to", "times"), rows)


def _size(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


OUTCOMES = ("completed", "busy", "no-answer", "failed", "canceled", "unknown")


def _by_destination(figures: _Figures) -> Table:
    transfers = figures.counts["transfer"]
    names = sorted({name.rpartition("/")[0] for name in transfers})
    rows = [
        (
            name,
            [
                transfers[f"{name}/{o}"] + (o == "completed") * transfers[f"{name}/answered"]
                for o in OUTCOMES
            ],
        )
        for name in names
    ]
    table = _table("Transfers", ("destination", *OUTCOMES), rows)
    waits = figures.seconds_to_a_person
    timed = tuple((*row, *_times(waits.get(str(row[0]), []))) for row in table.rows)
    heads = (*table.columns, "median seconds to a person", "90 % within seconds")
    return Table(table.title, heads, timed)


def _times(seconds: Sequence[float]) -> tuple[Cell, Cell]:
    if len(seconds) < SMALLEST:
        return (HIDDEN, HIDDEN) if seconds else ("", "")
    nearest = sorted(seconds)[math.ceil(0.9 * len(seconds)) - 1]
    return rounded(statistics.median(seconds)), rounded(nearest)


def _by_reached(figures: _Figures) -> Table:
    """Return what callers answered, by the node at which they were asked, and by language."""
    answers = figures.counts["reached"]
    names = sorted({name.rpartition("/")[0] for name in answers})
    rows = [(name.replace("/", ", "), [answers[f"{name}/{key}"] for key in "12"]) for name in names]
    columns = ("number and language", "reached a person", "reached nobody")
    return _table("Reached, in callers' own word", columns, rows)


def _by_assistant(figures: _Figures) -> Table:
    counted = figures.counts
    rows = [
        (f"{title} {name}", [n])
        for part, title in (
            (SESSIONS, "sessions:"),
            (NODES, "heard:"),
            (ENDS, "ended:"),
        )
        for name, n in counted[part].most_common()
    ]
    return _table("Voice assistants", ("what", "times"), rows)


REACHED = "reached"
"""The name of the report of what callers say about whom they reached."""

ASSISTANT = "assistant"
"""The name of the report of voice assistants."""

BY: dict[str, Callable[[_Figures], Table]] = {
    "day": _by_day,
    "hour": _by_hour,
    "language": _by_language,
    "node": _by_node,
    "way": _by_way,
    "destination": _by_destination,
    REACHED: _by_reached,
    ASSISTANT: _by_assistant,
}
"""The function of each report, by its name."""
