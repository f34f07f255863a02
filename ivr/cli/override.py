"""`ivr override`: for a while, in place of the hours: open, closed, or an emergency."""

import datetime as dt
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from ivr.accounts import audit_log, override_log
from ivr.alerts import Alerts
from ivr.checks.engine.validate_override import validated
from ivr.cli.hours import opening_text, override_text
from ivr.cli.options import moment_of, opened, prompts_option
from ivr.database.engine import Database, reason
from ivr.errors import RecordsError
from ivr.schedule import override_store
from ivr.schedule.override import STATES, Override, State
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
@click.option("--end", is_flag=True, help="End it now, so that the hours of line.yaml rule again.")
@prompts_option
def override(
    state: str | None, until: str | None, says: tuple[str, ...], prompts: Path | None, *, end: bool
) -> None:
    """Set for a while that the agency is open, closed or in an emergency, whatever its hours.

    All workers of the line know within seconds. Without STATE, what holds now is printed. In an
    emergency the office is closed, and the people on call are rung at once.

    \b
    Example:
      ivr override closed --until 2026-12-02T08:30
      ivr override emergency --until 2026-12-02T08:30 \\
        --say en="A storm has closed our office." --say es="Una tormenta cerró la oficina."
      ivr override
      ivr override --end
    """
    _refuse_half(state, until, says, end=end)
    settings, script = opened(prompts)
    now = dt.datetime.now(dt.UTC)
    database = Database(settings)
    try:
        entry, operator = None, audit_log.of_command_line()
        if end:
            entry = override_log.end(database, operator, now)
        elif state and until:
            ends = moment_of(until, script.line.time_zone)
            wanted = validated(script, _state(state), ends, _words(says), now)
            entry = override_log.put(database, wanted, operator, now)
        override = override_store.latest(database)
    except SQLAlchemyError as e:
        raise RecordsError(f"the override was not stored ({reason(e)}): try once more") from None
    if entry is not None:
        link = f"{settings.public_url or 'the console, '}/override"
        override_log.tell(Alerts(settings).notify_sync, entry, link)
    click.echo(status(script, override, now))


def status(script: Script, override: Override | None, now: dt.datetime) -> str:
    """Return in a line what holds now: an override, or the hours."""
    if override is None or not override.holds(now):
        return f"no override; {opening_text(script.schedule.opening(now))}"
    codes = ", ".join(code for code, _ in override.announcement)
    announced = f", announced in {codes}" if codes else ""
    return f"override: {override_text(override, script.line.time_zone)}{announced}"


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
            raise click.UsageError(f'"{option}" is no announcement: write it like --say en="…"')
        if code in words:
            raise click.UsageError(f"--say {code} stands twice")
        words[code] = text
    return words
