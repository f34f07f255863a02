"""`ivr report`: what happened on the line, in tables that identify no caller."""

import csv
import datetime as dt
import json
import sys
from zoneinfo import ZoneInfo

import click

from ivr.database.engine import opened
from ivr.records.reports.suppression import HIDDEN
from ivr.records.reports.tables import BY, Table
from ivr.records.reports.tables import report as make_report
from ivr.script.load import load
from ivr.settings import Settings

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--from", "first", type=DAY, help="First day, as 2026-01-31.  [default: 30 days ago]")
@click.option("--to", "last", type=DAY, help="Last day.  [default: today]")
@click.option("--by", type=click.Choice(list(BY)), default="day", show_default=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="Form of the output.",
)
def report(first: dt.datetime | None, last: dt.datetime | None, by: str, form: str) -> None:
    """Print what happened on the line from one day to another, both included.

    Days are in the line's time zone. Counts from 1 to 4 are hidden. Times to a person cover only
    the calls that are still stored (keep_days in line.yaml); all other figures cover older days,
    too.

    \b
    Example:
      ivr report --from 2026-01-01 --to 2026-01-31 --by destination
      ivr report --by node --format csv > menu.csv
    """
    settings = Settings.from_env()
    zone = ZoneInfo(load(settings.prompts).line.time_zone)
    to = last.date() if last else dt.datetime.now(zone).date()
    since = first.date() if first else to - dt.timedelta(days=30)
    if since > to:
        raise click.UsageError(f"--from {since} is after --to {to}")
    with opened(settings).connect() as connection:
        table = make_report(connection, since, to, by)
    WRITERS[form](table, f"{since} to {to}")


def _table(table: Table, days: str) -> None:
    from rich.console import Console
    from rich.table import Table as Drawn

    click.echo(f"{table.title}, {days}")
    drawn = Drawn()
    for i, name in enumerate(table.columns):
        drawn.add_column(name, justify="right" if i else "left")
    for row in table.rows:
        drawn.add_row(*map(str, row))
    Console().print(drawn)
    if any(HIDDEN in row for row in table.rows):
        click.echo("hidden: 1 to 4, or a count from which those could be calculated")


def _csv(table: Table, days: str) -> None:  # noqa: ARG001 one signature for all
    writer = csv.writer(sys.stdout)
    writer.writerow(table.columns)
    writer.writerows(table.rows)


def _json(table: Table, days: str) -> None:
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    document = {"title": table.title, "days": days, "rows": rows}
    click.echo(json.dumps(document, indent=1, ensure_ascii=False))


WRITERS = {"table": _table, "csv": _csv, "json": _json}
