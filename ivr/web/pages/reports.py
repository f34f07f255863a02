"""`/reports`: what happened on the line, as plots with a table beneath each. For operators.

Nobody sees it who is not signed in: `door.py` closes every page that it does not name.
"""

import datetime as dt
from importlib.resources import files
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy.exc import SQLAlchemyError

from ivr.call_graph.svg import svg
from ivr.call_graph.traffic import Traffic
from ivr.database.engine import opened
from ivr.errors import RecordsError
from ivr.records.reports.aggregates import counts
from ivr.records.reports.suppression import HIDDEN
from ivr.records.reports.tables import BY, Table, reports
from ivr.records.reports.traffic import traffic
from ivr.script.model import Script
from ivr.settings import Settings

LONGEST = dt.timedelta(days=366)

MOST_BARS = 30
"""A plot with more rows than these shows the first, of days the last; the table has them all."""

WAY = "way"
"""The report that is drawn on the map of the call graph."""

DAY = "day"
"""The first column of the table that goes on with time; its plot shows calls alone."""


def report_pages(script: Script, settings: Settings) -> Blueprint:
    """Return the page and its plots."""
    blueprint = Blueprint("reports", __name__)
    zone = ZoneInfo(script.line.time_zone)

    @blueprint.get("/reports")
    def page() -> str:
        first, last = _days(zone)
        tables = _tables(settings, first, last, list(BY))
        return render_template("reports.html", tables=tables, first=first, last=last, hidden=HIDDEN)

    @blueprint.get("/reports/<by>.svg")
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

    return blueprint


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
            return {**reports(connection, first, last, names)}
    except (RecordsError, SQLAlchemyError):
        return dict.fromkeys(names)


def _on_the_map(script: Script, settings: Settings, first: dt.date, last: dt.date) -> str | None:
    """Return the map with the calls on it, None where the records cannot be read now."""
    try:
        with opened(settings).connect() as connection:
            found = traffic(counts(connection, first, last))
    except (RecordsError, SQLAlchemyError):
        return None
    style = files("ivr.web").joinpath("static/map.css").read_text(encoding="utf-8")
    drawn_traffic = Traffic(found.arrived, found.ended, found.edges)
    return svg(script, script.line.default_language, {}, style, drawn_traffic)


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
