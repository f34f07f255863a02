"""`ivr hours`: is the agency open, and why?"""

import datetime as dt
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from ivr.cli.options import moment_of, opened, prompts_option
from ivr.errors import IvrError, RecordsError
from ivr.local_time import format_local
from ivr.schedule.office_hours import Opening, closed_days
from ivr.schedule.override import Override
from ivr.settings import Settings

YEAR_DAYS = 366


@click.command()
@click.option("--at", metavar="TIME", help="This moment instead of now, as 2026-12-25T10:00.")
@click.option(
    "--year", is_flag=True, help="List the holidays and other days on which it is closed."
)
@prompts_option
def hours(at: str | None, prompts: Path | None, *, year: bool) -> None:
    """Print whether the agency is open by `hours:` in line.yaml, why, and until when.

    For now, it also prints an override, which goes before the hours. With --year it lists the days
    of the next 12 months on which the agency is closed though its week says open.

    TIME is local time in the line's time zone, unless it has an offset, as in …T10:00-05:00.

    \b
    Example:
      ivr hours
      ivr hours --at 2026-12-25T10:00
      ivr hours --year
    """
    settings, script = opened(prompts)
    line = script.line
    moment = moment_of(at, line.time_zone)
    if year:
        if line.hours is None:
            raise IvrError("line.yaml has no hours:, so the agency is never closed")
        for day, why in closed_days(line.hours, line.time_zone, moment, YEAR_DAYS):
            click.echo(f"{day:%a %Y-%m-%d}  {why}")
        return
    click.echo(opening_text(script.schedule.opening(moment)))
    if not at:
        _print_override(settings, line.time_zone)
    if not line.office.numbers:
        click.echo("line.yaml has no office: numbers, so no menu offers the agency.")


def _print_override(settings: Settings, zone: str) -> None:
    from ivr.database.engine import Database
    from ivr.schedule import override_store

    try:
        override = override_store.latest(Database(settings))
    except (SQLAlchemyError, RecordsError):
        click.echo("an override may be active: the records cannot be read", err=True)
        return
    if override and override.holds(dt.datetime.now(dt.UTC)):
        click.echo(f"but an override holds: {override_text(override, zone)}")


def override_text(override: Override, zone: str) -> str:
    """Return an override's state and end, in a few words."""
    return f"{override.state} until {format_local(override.until, zone)}"


def opening_text(opening: Opening) -> str:
    """Return in a line whether the agency is open, why, and until when."""
    state = "open" if opening.is_open else "closed"
    until = f", until {opening.until:%a %Y-%m-%d %H:%M %Z}" if opening.until else ""
    return f"{state}: {opening.why}{until}"
