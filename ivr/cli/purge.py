"""`ivr purge`: remove old records of calls now, as the running line does every hour."""

import datetime as dt
from zoneinfo import ZoneInfo

import click
from sqlalchemy.exc import SQLAlchemyError

from ivr.cli.options import opened
from ivr.database.engine import Database, reason
from ivr.errors import RecordsError
from ivr.records import retention
from ivr.records.day_keys import DayKeys


@click.command()
@click.option(
    "--days", type=click.IntRange(min=3), help="Days to keep.  [default: keep_days in line.yaml]"
)
def purge(days: int | None) -> None:
    """Remove the records of calls that are older than keep_days; their daily totals stay.

    \b
    Example:
      ivr purge
      ivr purge --days 30
    """
    settings, script = opened(None)
    line = script.line
    now = dt.datetime.now(dt.UTC)
    DayKeys(settings.day_keys).destroy_old(now.date())
    keep_days = line.keep_days if days is None else days
    engine = Database(settings).engine
    try:
        removed = retention.apply(engine, ZoneInfo(line.time_zone), keep_days, now)
    except SQLAlchemyError as e:
        raise RecordsError(f"nothing was purged ({reason(e)}): try again") from None
    click.echo(f"{removed} calls older than {keep_days} days were removed; their totals stay.")
