"""`/reports`, for operators: what happened on the line, as plots with a table below each."""

import datetime as dt
from collections.abc import Callable
from importlib.resources import files
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy.exc import SQLAlchemyError

from ivr.call_graph.svg import svg
from ivr.call_graph.traffic import Traffic
from ivr.database.engine import Database
from ivr.errors import RecordsError
from ivr.records.reports.aggregates import counts
from ivr.records.reports.suppression import HIDDEN
from ivr.records.reports.tables import BY, Table, report
from ivr.records.reports.traffic import ways
from ivr.script.model import Script

LONGEST = dt.timedelta(days=366)
"""The longest span that a report covers."""

MOST_BARS = 30
"""Most rows of a plot: the first ones, or the last days. The table has all of them."""

WAY = "way"
"""The name of the report that is drawn on the map of the call graph."""

DAY = "day"
"""The first column of the table by day, whose plot shows only the calls."""


class ReportPages:
    """The reports of one script."""

    def __init__(
        self, script: Script, database: Database, clock: Callable[[], dt.datetime]
    ) -> None:
        self._script = script
        self._database = database
        self._clock = clock

    def blueprint(self) -> Blueprint:
        """Return the page and its plots."""
        pages = Blueprint("reports", __name__)
        pages.add_url_rule("/reports", view_func=self.page)
        pages.add_url_rule("/reports/<by>.svg", view_func=self.plot)
        return pages

    def page(self) -> str:
        """Show all reports of the days in the query."""
        first, last = self._days()
        tables = self._tables(first, last, list(BY))
        return render_template("reports.html", tables=tables, first=first, last=last, hidden=HIDDEN)

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
        today = self._clock().astimezone(ZoneInfo(self._script.line.time_zone)).date()
        try:
            last = _day("to") or today
            first = _day("from") or last - dt.timedelta(days=MOST_BARS - 1)
        except ValueError:
            abort(404)
        if not dt.timedelta() <= last - first <= LONGEST:
            abort(404)
        return first, last

    def _tables(self, first: dt.date, last: dt.date, names: list[str]) -> dict[str, Table | None]:
        """Return the reports, each None if the records cannot be read now."""
        try:
            with self._database.reading() as connection:
                return {name: report(connection, first, last, name) for name in names}
        except (RecordsError, SQLAlchemyError):
            return dict.fromkeys(names)

    def _traffic_map(self, first: dt.date, last: dt.date) -> str | None:
        """Return the map with the calls on it, None if the records cannot be read now."""
        try:
            with self._database.reading() as connection:
                counted = ways(counts(connection, first, last))
        except (RecordsError, SQLAlchemyError):
            return None
        style = files("ivr.web").joinpath("static/map.css").read_text(encoding="utf-8")
        traffic = Traffic(counted.heard, counted.ended, counted.went)
        return svg(self._script, self._script.line.default_language, {}, style, traffic)


def _day(name: str) -> dt.date | None:
    text = request.args.get(name, "")
    return dt.date.fromisoformat(text) if text else None


def drawn(table: Table) -> str:
    """Return a table as a bar chart in SVG; hidden cells have no bar."""
    import pygal
    from pygal.style import Style

    style = Style(
        background="white",
        plot_background="white",
        font_family="sans-serif",
        label_font_size=14,
        legend_font_size=14,
        colors=("#1f5a8a", "#b3541e", "#3d7a3d", "#7a3d7a", "#555555", "#8a7a1f"),
    )
    by_day = table.columns[0] == DAY
    counted = [i for i, name in enumerate(table.columns) if i and "seconds" not in name]
    counted = counted[:1] if by_day else counted
    shown = table.rows[-MOST_BARS:] if by_day else table.rows[:MOST_BARS]
    upright = len(counted) == 1
    chart = (pygal.Bar if upright else pygal.HorizontalBar)(
        style=style,
        js=[],
        no_prefix=True,
        disable_xml_declaration=True,
        explicit_size=True,
        width=900,
        height=360 if upright else 120 + 22 * len(shown) * min(len(counted), 3),
        x_label_rotation=45 if upright else 0,
        show_legend=len(counted) > 1,
        legend_at_bottom=True,
        no_data_text="no calls yet",
        pretty_print=False,
    )
    chart.add_xml_filter(_without_scripts)
    rows = shown if upright else tuple(reversed(shown))
    chart.x_labels = [str(row[0]) for row in rows]
    for i in counted:
        bars = [row[i] if isinstance(row[i], int) else None for row in rows]
        chart.add(table.columns[i], bars)
    made: str = chart.render(is_unicode=True)
    return made


def _without_scripts(tree: Element) -> Element:
    """Drop the library's configuration for scripts that are not there."""
    for parent in list(tree.iter()):
        for script in [child for child in parent if str(child.tag).endswith("script")]:
            parent.remove(script)
    return tree
