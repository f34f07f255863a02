"""`ivr reload`: let the running line read its script again."""

import datetime as dt
import os
import signal
from pathlib import Path

import click

from ivr.checks.engine.registry import load_valid
from ivr.cli.options import prompts_option, settings_with
from ivr.cli.serve import pid_file
from ivr.errors import SettingsError


@click.command()
@click.option("--port", default=5000, show_default=True, help="The port of the running line.")
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
    load_valid(settings.prompts, dt.datetime.now(dt.UTC).date(), settings.state)
    path = pid_file(settings, port)
    try:
        os.kill(int(path.read_text()), signal.SIGHUP)
    except (OSError, ValueError):
        raise SettingsError(
            f"no line is running on port {port} here: name its port with --port"
        ) from None
    click.echo("The script passed its checks; the line reads it again.")
