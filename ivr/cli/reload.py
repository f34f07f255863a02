"""`ivr reload`: let the running line read its script again."""

import datetime as dt
import os
import signal
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from ivr.accounts import audit_log, publication, revision_copy
from ivr.accounts.audit_log import AuditEvent
from ivr.alerts import Alerts
from ivr.checks.engine.result_cache import report_once
from ivr.cli.options import prompts_option, settings_with
from ivr.cli.serve import pid_file
from ivr.database.engine import Database, reason
from ivr.errors import RecordsError, SettingsError, report_unwritable
from ivr.script.load import load
from ivr.script.version import version
from ivr.settings import Settings


@click.command()
@click.option("--port", default=5000, help="The port of the running line.")
@prompts_option
def reload(port: int, prompts: Path | None) -> None:
    """Let the line on this machine read its script again, if the script has no errors.

    Calls in progress go on. A script with errors changes nothing. Give the same --prompts as to
    `ivr serve`.

    \b
    Example:
      ivr reload --port 5000
    """
    settings = settings_with(prompts)
    _signal(settings, port, _NOTHING)
    folder = publication.folder_in_force(settings.state, settings.prompts)
    now = dt.datetime.now(dt.UTC)
    report_once(folder, folder, settings.state, now, settings.clips_in_use)
    with report_unwritable(settings.state, SettingsError):
        publication.ask_reload(settings.state, audit_log.of_command_line())
    _signal(settings, port, signal.SIGHUP)
    click.echo("The script passed its checks; the line reads it again.")
    if revision := revision_copy.in_force(settings.state):
        click.echo(
            f"It is revision {revision[0]}, which was published in the browser or by `ivr script`:"
            " the folder is not read. `ivr script push FOLDER` puts a folder in its place."
        )
    _tell(settings, version(load(folder)))


_NOTHING = 0
"""The signal that asks whether a process is there, and does nothing to it."""


def _signal(settings: Settings, port: int, number: int) -> None:
    """Send the running line a signal. Raises SettingsError if no line is running."""
    try:
        os.kill(int(pid_file(settings, port).read_text()), number)
    except (OSError, ValueError):
        raise SettingsError(
            f"no line is running on port {port} here: name its port with --port"
        ) from None


def _tell(settings: Settings, published: str) -> None:
    """Write down who published a script, and alert all operators.

    The line has its script already: a database that fails does not keep it from callers.
    """
    now, by = dt.datetime.now(dt.UTC), audit_log.of_command_line()
    try:
        with Database(settings).writing() as connection:
            audit_log.add(connection, by, AuditEvent("published", f"version {published}"), now)
    except (SQLAlchemyError, OSError, RecordsError) as e:
        why = str(e) if isinstance(e, RecordsError) else reason(e)
        click.echo(f"The audit log was not written: {why}", err=True)
    text = f"{by} has published the script, version {published}. To undo it: the console"
    Alerts(settings).notify_sync("published", text, f"{published} {now}")
