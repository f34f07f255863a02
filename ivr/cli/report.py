"""`ivr report`: what happened on the line, in tables that identify no caller."""

import csv
import datetime as dt
import json
import sys
from zoneinfo import ZoneInfo

import click

from ivr.cli.options import format_option, opened
from ivr.database.engine import Database
from ivr.records.reports import tables
from ivr.records.reports.suppression import HIDDEN

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--from", "first", type=DAY, help="First day, as 2026-01-31.  [default: 30 days ago]")
@click.option("--to", "last", type=DAY, help="Last day.  [default: today]")
@click.option(
    "--by", type=click.Choice(list(tables.BY)), default="day", help="What each row is about."
)
@format_option("table", "csv", "json", help="How the report is written.")
def report(first: dt.datetime | None, last: dt.datetime | None, by: str, form: str) -> None:
    """Show what happened on the line from one day to another, both included.

    Days are those of the line's time zone. Counts from 1 to 4 are hidden. The seconds until a
    person answers cover only calls that are still stored (keep_days in line.yaml); all other
    figures cover older days, too.

    \b
    Example:
      ivr report --from 2026-01-01 --to 2026-01-31 --by destination
      ivr report --by node --format csv > menu.csv
    """
    settings, script = opened(None)
    zone = ZoneInfo(script.line.time_zone)
    last_day = last.date() if last else dt.datetime.now(zone).date()
    first_day = first.date() if first else last_day - dt.timedelta(days=30)
    if first_day > last_day:
        raise click.UsageError(f"--from {first_day} is after --to {last_day}")
    with Database(settings).reading() as connection:
        table = tables.report(connection, first_day, last_day, by)
    WRITERS[form](table, f"{first_day} to {last_day}")


def _write_table(table: tables.Table, days: str) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    click.echo(f"{table.title}, {days}")
    drawn = Table()
    for i, name in enumerate(table.columns):
        drawn.add_column(name, justify="right" if i else "left")
    for row in table.rows:
        drawn.add_row(*(escape(str(cell)) for cell in row))
    Console(emoji=False).print(drawn)
    if any(HIDDEN in row for row in table.rows):
        click.echo("hidden: a count from 1 to 4, or one from which such a count could be computed")


def _write_csv(table: tables.Table, days: str) -> None:  # noqa: ARG001 a CSV file has no title
    writer = csv.writer(sys.stdout)
    writer.writerow(table.columns)
    writer.writerows(table.rows)


def _write_json(table: tables.Table, days: str) -> None:
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    document = {"title": table.title, "days": days, "rows": rows}
    click.echo(json.dumps(document, indent=1, ensure_ascii=False))


WRITERS = {"table": _write_table, "csv": _write_csv, "json": _write_json}
