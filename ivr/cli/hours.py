"""`ivr hours`: whether the agency is open, and why."""

import datetime as dt
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from ivr.cli.options import prompts_option, settings_with
from ivr.errors import RecordsError
from ivr.local_time import format_local, parse_local
from ivr.schedule.office_hours import Opening, opening
from ivr.schedule.override import Override
from ivr.script.load import load
from ivr.settings import Settings


@click.command()
@click.option("--at", metavar="TIME", help="Use this time instead of now, as 2026-12-25T10:00.")
@prompts_option
def hours(at: str | None, prompts: Path | None) -> None:
    """Print whether the agency is open by `hours:` in line.yaml, why, and until when.

    Without --at it also prints an override, which comes before the hours.

    TIME is in the line's time zone, unless it has an offset of its own, as in …T10:00-05:00.

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
        _echo_override(settings, line.time_zone)
    if not line.office.numbers:
        click.echo("line.yaml has no office: numbers, so no menu offers the agency.")


def _echo_override(settings: Settings, zone: str) -> None:
    from ivr.database.engine import opened
    from ivr.schedule import override_store

    try:
        held = override_store.kept(opened(settings))
    except (SQLAlchemyError, RecordsError):
        click.echo("there may be an override, but the records cannot be read", err=True)
        return
    if held and held.holds(dt.datetime.now(dt.UTC)):
        click.echo(f"but there is an override: {describe_override(held, zone)}")


def describe_override(held: Override, zone: str) -> str:
    """Return the state of an override and when it ends, in a few words."""
    return f"{held.state} until {format_local(held.until, zone)}"


def describe_opening(state: Opening) -> str:
    """Return whether the agency is open, why, and until when, in one line."""
    word = "open" if state.is_open else "closed"
    until = f", until {state.until:%a %Y-%m-%d %H:%M %Z}" if state.until else ""
    return f"{word}: {state.why}{until}"


def moment_of(text: str, zone: str) -> dt.datetime:
    """Return the moment of an ISO 8601 text; without an offset it is in the time zone.

    Raises click.UsageError if it is not a time, or if the clocks skip that hour.
    """
    try:
        return parse_local(text, zone)
    except ValueError as e:
        wanted = f'"{text}" is not a time: write it as 2026-12-25T10:00'
        raise click.UsageError(str(e) if "clocks skip" in str(e) else wanted) from None
