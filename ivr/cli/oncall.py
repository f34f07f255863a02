"""`ivr oncall`: the people on call in the next days, and the gaps."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from ivr.cli.options import moment_of, opened, prompts_option
from ivr.errors import IvrError
from ivr.schedule.calendar_feed import CalendarFeed
from ivr.schedule.duty import Stretch
from ivr.script.model import Script
from ivr.settings import Settings


@click.command()
@click.option("--days", default=30, type=click.IntRange(1, 366))
@click.option("--at", metavar="TIME", help="From this moment on instead of now.")
@prompts_option
def oncall(days: int, at: str | None, prompts: Path | None) -> None:
    """Print the people on call by `on_call:` in line.yaml, in turn, and every gap.

    A gap is a time in which the office is closed and nobody is on call. Exits 1 if there is one.

    \b
    Example:
      ivr oncall
      ivr oncall --days 7 --at 2026-12-24T00:00
    """
    settings, script = opened(prompts)
    if script.line.on_call is None:
        raise IvrError(
            "line.yaml has no on_call:, so nobody is on call: docs/hours.md says how to add it"
        )
    script = _with_fetched_calendar(script, settings)
    zone = script.line.time_zone
    begins = moment_of(at, zone)
    gaps = 0
    for stretch in script.schedule.stretches(begins, begins + dt.timedelta(days=days)):
        gaps += stretch.is_gap
        click.echo(_row(stretch, ZoneInfo(zone)))
    if gaps:
        many = "1 gap" if gaps == 1 else f"{gaps} gaps"
        raise IvrError(f"nobody is on call in {many}: add shifts to on_call: in line.yaml")


def _with_fetched_calendar(script: Script, settings: Settings) -> Script:
    """Return the script with its calendar, if that has a URL; warn if it cannot be fetched now."""
    on_call = script.line.on_call
    if on_call is None or not on_call.url:
        return script
    state = CalendarFeed(on_call, script.line.time_zone, settings.state).poll()
    if state.calendar is None:
        raise IvrError(state.summary)
    if state.trouble:
        click.echo(f"warning: {state.summary}", err=True)
    return replace(script, calendar=state.calendar)


def _row(stretch: Stretch, zone: ZoneInfo) -> str:
    begins, ends = (at.astimezone(zone) for at in (stretch.begins, stretch.ends))
    who = "the office is open" if stretch.is_open else ", ".join(stretch.ring)
    return f"{begins:%a %Y-%m-%d %H:%M} - {ends:%a %Y-%m-%d %H:%M}  {who or 'GAP: nobody'}"
