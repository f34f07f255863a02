"""`ivr override`: for a while, in place of the hours: open, closed, or an emergency."""

import datetime as dt
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from ivr.checks.engine.validate_override import checked
from ivr.cli.hours import describe_opening, lasting, moment_of
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
@click.option("--until", metavar="TIME", help="When it ends by itself, as 2026-12-25T17:00.")
@click.option(
    "--say",
    "says",
    multiple=True,
    metavar="LANGUAGE=WORDS",
    help="What callers hear meanwhile; once a language.",
)
@click.option("--end", is_flag=True, help="End it now: the hours of line.yaml rule again.")
@prompts_option
def override(
    state: str | None, until: str | None, says: tuple[str, ...], prompts: Path | None, *, end: bool
) -> None:
    """Say for a while that the agency is open or closed, or in an emergency, whatever its hours.

    All workers of the line know within seconds; without STATE, what holds now is told. In an
    emergency the office is closed, and who is on call is rung at once.

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
        raise RecordsError(f"the override was not kept ({reason(e)}): try once more") from None
    click.echo(status(script, held, now))


def status(script: Script, held: Override | None, now: dt.datetime) -> str:
    """Return in a line what holds now: an override, or the hours."""
    line = script.line
    if held is None or not held.holds(now):
        return f"no override; {describe_opening(opening(line.hours, line.time_zone, now))}"
    codes = ", ".join(code for code, _ in held.announcement)
    announced = f", announced in {codes}" if codes else ""
    return f"override: {lasting(held, line.time_zone)}{announced}"


def _refuse_half(state: str | None, until: str | None, says: tuple[str, ...], *, end: bool) -> None:
    if end and (state or until or says):
        raise click.UsageError("--end stands alone")
    if state and not until:
        raise click.UsageError(f"{state} needs an end: --until 2026-12-25T17:00")
    if not state and (until or says):
        raise click.UsageError(f"name what holds meanwhile: {', '.join(STATES)}")


def _state(text: str) -> State:
    return next(state for state in STATES if state == text)


def _words(says: tuple[str, ...]) -> dict[str, str]:
    words: dict[str, str] = {}
    for option in says:
        code, equals, text = option.partition("=")
        if not equals or not text.strip():
            raise click.UsageError(f'--say is "{option}": write it as --say en="…"')
        if code in words:
            raise click.UsageError(f"--say {code} stands twice")
        words[code] = text
    return words
