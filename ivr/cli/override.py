"""`ivr override`: open or close the agency for a while, or declare an emergency."""

import datetime as dt
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from ivr.checks.engine.validate_override import checked
from ivr.cli.hours import describe_opening, describe_override, moment_of
from ivr.cli.options import prompts_option, settings_with
from ivr.database.engine import opened, reason
from ivr.errors import RecordsError
from ivr.schedule import override_store
from ivr.schedule.office_hours import opening
from ivr.schedule.override import STATES, Override, State
from ivr.script.load import load
from ivr.script.model import Script


@click.command()
@click.argument("state", required=False, type=click.Choice(STATES))
@click.option("--until", metavar="TIME", help="When it ends, as 2026-12-25T17:00.")
@click.option(
    "--say",
    "says",
    multiple=True,
    metavar="LANGUAGE=WORDS",
    help="An announcement to callers; once for each language.",
)
@click.option("--end", is_flag=True, help="End it now: the hours of line.yaml apply again.")
@prompts_option
def override(
    state: str | None, until: str | None, says: tuple[str, ...], prompts: Path | None, *, end: bool
) -> None:
    """Open or close the agency for a while, or declare an emergency, whatever its hours.

    It reaches all workers of the line within seconds. Without STATE, print what applies now. In an
    emergency the office is closed, and the person on call is rung at once.

    \b
    Example:
      ivr override closed --until 2026-12-02T08:30
      ivr override emergency --until 2026-12-02T08:30 \\
        --say en="A storm has closed our office." --say es="Una tormenta cerró la oficina."
      ivr override
      ivr override --end
    """
    settings = settings_with(prompts)
    _refuse_half(state, until, says, end=end)
    script = load(settings.prompts)
    now = dt.datetime.now(dt.UTC)
    engine = opened(settings)
    try:
        if end:
            override_store.end(engine)
        elif state and until:
            ends = moment_of(until, script.line.time_zone)
            override_store.put(engine, checked(script, _state(state), ends, _words(says), now))
        held = override_store.kept(engine)
    except SQLAlchemyError as e:
        raise RecordsError(f"the override was not stored ({reason(e)}): try again") from None
    click.echo(status(script, held, now))


def status(script: Script, held: Override | None, now: dt.datetime) -> str:
    """Return what applies now, in one line: an override, or the hours."""
    line = script.line
    if held is None or not held.holds(now):
        return f"no override; {describe_opening(opening(line.hours, line.time_zone, now))}"
    codes = ", ".join(code for code, _ in held.announcement)
    announced = f", announced in {codes}" if codes else ""
    return f"override: {describe_override(held, line.time_zone)}{announced}"


def _refuse_half(state: str | None, until: str | None, says: tuple[str, ...], *, end: bool) -> None:
    if end and (state or until or says):
        raise click.UsageError("--end goes with no other option")
    if state and not until:
        raise click.UsageError(f"{state} needs an end: --until 2026-12-25T17:00")
    if not state and (until or says):
        raise click.UsageError(f"name a state: {', '.join(STATES)}")


def _state(text: str) -> State:
    return next(state for state in STATES if state == text)


def _words(says: tuple[str, ...]) -> dict[str, str]:
    words: dict[str, str] = {}
    for option in says:
        code, equals, text = option.partition("=")
        if not equals or not text.strip():
            raise click.UsageError(f'--say is "{option}": write it as --say en="…"')
        if code in words:
            raise click.UsageError(f"--say {code} is given twice")
        words[code] = text
    return words
