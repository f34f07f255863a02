"""`ivr oncall`: the on-call schedule of the next days, and its gaps."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from ivr.cli.hours import moment_of
from ivr.cli.options import prompts_option, settings_with
from ivr.errors import IvrError
from ivr.schedule.calendar_feed import calendar_feed
from ivr.schedule.on_call import Stretch, stretches
from ivr.script.load import load
from ivr.script.model import Script
from ivr.settings import Settings


@click.command()
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366))
@click.option("--at", metavar="TIME", help="Begin at this time instead of now.")
@prompts_option
def oncall(days: int, at: str | None, prompts: Path | None) -> None:
    """Print the on-call schedule by `on_call:` in line.yaml, and every gap.

    A gap is a time in which the office is closed and nobody is on call. Exits 1 if there is one.

    \b
    Example:
      ivr oncall
      ivr oncall --days 7 --at 2026-12-24T00:00
    """
    settings = settings_with(prompts)
    script = _subscribed(load(settings.prompts), settings)
    zone = script.line.time_zone
    begins = moment_of(at, zone) if at else dt.datetime.now(dt.UTC)
    gaps = 0
    for piece in _rota(script, begins, begins + dt.timedelta(days=days)):
        gaps += piece.is_gap
        click.echo(_shift_line(piece, ZoneInfo(zone)))
    if gaps:
        many = "1 gap" if gaps == 1 else f"{gaps} gaps"
        raise IvrError(f"nobody is on call in {many}: add shifts to on_call: in line.yaml")


def _subscribed(script: Script, settings: Settings) -> Script:
    """Return a script with its fetched calendar; warn if the copy is old."""
    subscribed = calendar_feed(script.line.on_call, script.line.time_zone, settings.state)
    if subscribed is None:
        return script
    feed_state = subscribed.look()
    if feed_state.calendar is None:
        raise IvrError(feed_state.told())
    if warning := feed_state.told():
        click.echo(f"warning: {warning}", err=True)
    return replace(script, calendar=feed_state.calendar)


def _rota(script: Script, begins: dt.datetime, ends: dt.datetime) -> Iterator[Stretch]:
    line = script.line
    if line.on_call is None:
        raise IvrError(
            "line.yaml has no on_call:, so nobody is on call; docs/hours.md says how to add it"
        )
    has_office = bool(line.office.numbers)
    return stretches(
        line.on_call,
        line.hours,
        line.time_zone,
        (begins, ends),
        script.calendar,
        has_office=has_office,
    )


def _shift_line(piece: Stretch, zone: ZoneInfo) -> str:
    begins, ends = (at.astimezone(zone) for at in (piece.begins, piece.ends))
    who = "the office is open" if piece.is_open else ", ".join(piece.ring)
    return f"{begins:%a %Y-%m-%d %H:%M} - {ends:%a %Y-%m-%d %H:%M}  {who or 'GAP: nobody'}"
