"""`ivr doctor`: looks at everything that the line will use, and says what to do."""

import datetime as dt
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ivr.cli.options import format_option, prompts_option
from ivr.doctor.check import CheckContext, Row
from ivr.settings import Settings, unread

COLOURS = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "dim"}


@click.command()
@click.option("--online", is_flag=True, help="Also ask other machines: the carrier, the calendar.")
@click.option("--alert", is_flag=True, help="Send a test alert, as `ivr alert test` does.")
@click.option("--number", help="The line's number, \"+1…\".  [default: line.yaml's]")
@format_option("text", "json", help="How the rows are written.")
@prompts_option
def doctor(
    number: str | None, form: str, prompts: Path | None, *, online: bool, alert: bool
) -> None:
    """Look at every setting as the line will use it; change nothing.

    Without --online and --alert nothing leaves this machine, and the rows that need the network are
    skipped. No row shows a secret. Exits 1 if a row failed.

    \b
    Example:
      ivr doctor
      ivr doctor --online --alert
    """
    from ivr.doctor.table import run

    sends_alert = "`ivr doctor --alert`" if alert else ""
    context = replace(context_of(prompts, is_online=online), sends_alert=sends_alert)
    rows = list(run(context, number))
    if form == "json":
        click.echo(json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False))
    else:
        print_rows(rows)
    exit_for(rows)


def context_of(prompts: Path | None, *, is_online: bool) -> CheckContext:
    """Return what the checks look at: the settings of the environment, and the checked script."""
    from ivr.checks import staffing
    from ivr.checks.engine.registry import CHECKS, run_checks
    from ivr.checks.exploration import explore

    settings, unusable = Settings.read()
    settings = replace(settings, prompts=prompts) if prompts else settings
    now = dt.datetime.now(dt.UTC)
    # The row of the people on call looks at the calendar, which may have to be fetched.
    checks = [check for check in CHECKS if check is not staffing]
    script, problems = run_checks(
        settings.prompts, now.date(), every=checks, clips=settings.clips_in_use
    )
    return CheckContext(
        settings,
        now,
        script,
        tuple(problems),
        explore(script).utterances if script else None,
        unusable=tuple(unusable),
        unread=tuple(unread()),
        is_online=is_online,
    )


def print_rows(rows: Iterable[Row]) -> None:
    """Print the table."""
    table = Table("", "", "result", "what to do")
    for row in rows:
        level = f"[{COLOURS[row.level]}]{row.level}[/]"
        table.add_row(row.name, level, escape(row.text), escape(row.remedy))
    Console().print(table)


def exit_for(rows: Iterable[Row]) -> None:
    """End the command with status 1 if a row failed."""
    if any(row.level == "failed" for row in rows):
        sys.exit(1)
