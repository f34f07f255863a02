"""`/reports`: what happened on the line, as plots with a table beneath each. For operators.

Nobody sees it who is not signed in: `door.py` closes every page that it does not name.
"""

import datetime as dt
import sys
from importlib.resources import files
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy.exc import SQLAlchemyError

from ivr.call_graph.svg import svg
from ivr.call_graph.traffic import Traffic
from ivr.database.engine import opened
from ivr.errors import RecordsError
from ivr.records.reports.aggregates import counts
from ivr.records.reports.suppression import HIDDEN
from ivr.records.reports.tables import BY, Table, report
from ivr.records.reports.traffic import ways
from ivr.script.model import Script
from ivr.settings import Settings

LONGEST = dt.timedelta(days=366)

MOST_BARS = 30
"""A plot with more rows than these shows the first, of days the last; the table has them all."""

WAY = "way"
"""The report that is drawn on the map of the call graph."""

DAY = "day"
"""The first column of the table that goes on with time; its plot shows calls alone."""


def blueprint(script: Script, settings: Settings) -> Blueprint:
    """Return the page and its plots."""
    reports = Blueprint("reports", __name__)
    zone = ZoneInfo(script.line.time_zone)

    @reports.get("/reports")
    def page() -> str:
        first, last = _days(zone)
        tables = _tables(settings, first, last, list(BY))
        return render_template("reports.html", tables=tables, first=first, last=last, hidden=HIDDEN)

    @reports.get("/reports/<by>.svg")
    def plot(by: str) -> Response:
        if by not in BY:
            abort(404)
        if by == WAY:
            picture = _on_the_map(script, settings, *_days(zone))
        else:
            table = _tables(settings, *_days(zone), [by])[by]
            picture = drawn(table) if table else None
        if picture is None:
            abort(503)
        return Response(picture, content_type="image/svg+xml")

    return reports


def _days(zone: ZoneInfo) -> tuple[dt.date, dt.date]:
    """Return the days asked for; a day that is none, or a span too long, is a plain 404."""
    try:
        last = _day("to") or dt.datetime.now(zone).date()
        first = _day("from") or last - dt.timedelta(days=MOST_BARS - 1)
    except ValueError:
        abort(404)
    if not dt.timedelta() <= last - first <= LONGEST:
        abort(404)
    return first, last


def _day(name: str) -> dt.date | None:
    text = request.args.get(name, "")
    return dt.date.fromisoformat(text) if text else None


def _tables(
    settings: Settings, first: dt.date, last: dt.date, names: list[str]
) -> dict[str, Table | None]:
    """Return the reports, each None where the records cannot be read now."""
    try:
        with opened(settings).connect() as connection:
            return {name: report(connection, first, last, name) for name in names}
    except (RecordsError, SQLAlchemyError):
        return dict.fromkeys(names)


def _on_the_map(script: Script, settings: Settings, first: dt.date, last: dt.date) -> str | None:
    """Return the map with the calls on it, None where the records cannot be read now."""
    try:
        with opened(settings).connect() as connection:
            found = ways(counts(connection, first, last))
    except (RecordsError, SQLAlchemyError):
        return None
    style = files("ivr.web").joinpath("static/map.css").read_text(encoding="utf-8")
    traffic = Traffic(found.heard, found.ended, found.went)
    return svg(script, script.line.default_language, {}, style, traffic)


def drawn(table: Table) -> str:
    """Return a table as a bar chart in SVG; hidden cells have no bar."""
    import pygal
    from pygal.style import Style

    # pygal's finder of plug-ins, which we have none of, is of a kind that Python warns of.
    sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != "PluginImportFixer"]

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
