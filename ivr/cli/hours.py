"""`ivr hours`: is the agency open, and why?"""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from sqlalchemy.exc import SQLAlchemyError

from ivr.cli.options import prompts_option, settings_with
from ivr.errors import RecordsError
from ivr.schedule.office_hours import Opening, opening
from ivr.schedule.override import Override
from ivr.script.load import load
from ivr.settings import Settings


@click.command()
@click.option("--at", metavar="TIME", help="This moment instead of now, as 2026-12-25T10:00.")
@prompts_option
def hours(at: str | None, prompts: Path | None) -> None:
    """Tell whether the agency is open by `hours:` in line.yaml, why, and until when.

    Of now it also tells an override, which goes before the hours.

    TIME is by the clocks of the line's time zone, unless it tells its own, as in …T10:00-05:00.

    \b
    Example:
      ivr hours
      ivr hours --at 2026-12-25T10:00
    """
    settings = settings_with(prompts)
    line = load(settings.prompts).line
    moment = moment_of(at, line.time_zone) if at else dt.datetime.now(dt.UTC)
    click.echo(describe_opening(opening(line.hours, line.time_zone, moment)))
    if not at:
        _tell_override(settings, line.time_zone)
    if not line.office.numbers:
        click.echo("line.yaml has no office: numbers, so no menu offers the agency.")


def _tell_override(settings: Settings, zone: str) -> None:
    from ivr.database.engine import opened
    from ivr.schedule import override_store

    try:
        held = override_store.kept(opened(settings))
    except (SQLAlchemyError, RecordsError):
        click.echo("an override may hold: the records cannot be asked", err=True)
        return
    if held and held.holds(dt.datetime.now(dt.UTC)):
        click.echo(f"but an override holds: {lasting(held, zone)}")


def lasting(held: Override, zone: str) -> str:
    """Return in a few words what an override is, and until when."""
    return f"{held.state} until {held.until.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M %Z}"


def describe_opening(state: Opening) -> str:
    """Return in a line whether the agency is open, why, and until when."""
    word = "open" if state.is_open else "closed"
    until = f", until {state.until:%a %Y-%m-%d %H:%M %Z}" if state.until else ""
    return f"{word}: {state.why}{until}"


def moment_of(text: str, zone: str) -> dt.datetime:
    """Return the moment that a text means; without an offset, by the clocks of a time zone.

    Raises click.UsageError for what is no time.
    """
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f'"{text}" is no time: write it like 2026-12-25T10:00') from None
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(dt.UTC)
