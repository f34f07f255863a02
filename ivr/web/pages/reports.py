"""`/reports`, for operators: what happened on the line, as plots with a table below each."""

import datetime as dt
from importlib.resources import files

from flask import Response, abort, render_template, request
from sqlalchemy.exc import SQLAlchemyError

from ivr.call_graph.svg import svg
from ivr.errors import RecordsError
from ivr.records.reports.aggregates import counts
from ivr.records.reports.suppression import HIDDEN
from ivr.records.reports.tables import ASSISTANT, BY, REACHED, Table, reports
from ivr.records.reports.traffic import traffic
from ivr.web.console import ConsolePages
from ivr.web.routes import get

LONGEST = dt.timedelta(days=366)
"""The longest span that a report covers."""

MOST_BARS = 30
"""Most rows of a plot: the first ones, or the last days. The table has all of them."""

WAY = "way"
"""The name of the report that is drawn on the map of the call graph."""

DAY = "day"
"""The first column of the table by day, whose plot shows only the calls."""


class ReportPages(ConsolePages, name="reports"):
    """The reports of one script."""

    @get("/reports")
    def page(self) -> str:
        """Show all reports of the days in the query, without those of what line.yaml has off."""
        first, last = self._days()
        off = set() if self.script.line.assistant else {ASSISTANT}
        off |= set() if self.script.graph.reached else {REACHED}
        shown = [by for by in BY if by not in off]
        tables = self._tables(first, last, shown)
        return render_template("reports.html", tables=tables, first=first, last=last, hidden=HIDDEN)

    @get("/reports/<by>.svg")
    def plot(self, by: str) -> Response:
        """Serve the plot of one report as SVG."""
        if by not in BY:
            abort(404)
        first, last = self._days()
        if by == WAY:
            picture = self._traffic_map(first, last)
        else:
            table = self._tables(first, last, [by])[by]
            picture = drawn(table) if table else None
        if picture is None:
            abort(503)
        return Response(picture, content_type="image/svg+xml")

    def _days(self) -> tuple[dt.date, dt.date]:
        """Return the days in the query; 404 if one is not a date, or the span is too long."""
        try:
            last = _day("to") or self.console.today()
            first = _day("from") or last - dt.timedelta(days=MOST_BARS - 1)
        except ValueError:
            abort(404)
        if not dt.timedelta() <= last - first <= LONGEST:
            abort(404)
        return first, last

    def _tables(self, first: dt.date, last: dt.date, names: list[str]) -> dict[str, Table | None]:
        """Return the reports, each None if the records cannot be read now."""
        try:
            with self.database.reading() as connection:
                return {**reports(connection, first, last, names)}
        except (RecordsError, SQLAlchemyError):
            return dict.fromkeys(names)

    def _traffic_map(self, first: dt.date, last: dt.date) -> str | None:
        """Return the map with the calls on it, None if the records cannot be read now."""
        try:
            with self.database.reading() as connection:
                counted = traffic(counts(connection, first, last))
        except (RecordsError, SQLAlchemyError):
            return None
        style = files("ivr.web").joinpath("static/map.css").read_text(encoding="utf-8")
        return svg(self.script, self.script.line.default_language, {}, style, counted)


def _day(name: str) -> dt.date | None:
    text = request.args.get(name, "")
    return dt.date.fromisoformat(text) if text else None


def drawn(table: Table) -> str:
    """Return a table as a bar chart in SVG; a hidden cell has no bar.

    A table by day shows its last days and their calls alone.
    """
    by_day = table.columns[0] == DAY
    counted = [i for i, name in enumerate(table.columns) if i and "seconds" not in name]
    counted = counted[:1] if by_day else counted
    rows = table.rows[-MOST_BARS:] if by_day else table.rows[:MOST_BARS]
    bars = [[row[i] if isinstance(row[i], int) else None for i in counted] for row in rows]
    return render_template(
        "bars.svg",
        title=table.title,
        names=[table.columns[i] for i in counted],
        labels=[str(row[0]) for row in rows],
        bars=bars,
        most=max((n for row in bars for n in row if n is not None), default=0),
    )
