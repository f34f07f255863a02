"""`ivr reload`: make the running line load its script again."""

import datetime as dt
import os
import signal
from pathlib import Path

import click

from ivr.checks.engine.registry import sound
from ivr.cli.options import prompts_option, settings_with
from ivr.cli.serve import pid_file
from ivr.errors import SettingsError


@click.command()
@click.option("--port", default=5000, show_default=True, help="The port of the running line.")
@prompts_option
def reload(port: int, prompts: Path | None) -> None:
    """Make the line on this machine load its script again, if the script has no errors.

    Calls in progress go on; a broken script changes nothing. If `ivr serve` was started with
    --prompts, give the same here.

    \b
    Example:
      ivr reload --port 5000
    """
    settings = settings_with(prompts)
    sound(settings.prompts, dt.datetime.now(dt.UTC).date(), settings.state)
    path = pid_file(settings, port)
    try:
        os.kill(int(path.read_text()), signal.SIGHUP)
    except (OSError, ValueError):
        raise SettingsError(
            f"no line is running on port {port} of this machine: give its port with --port"
        ) from None
    click.echo("The script is valid; the line loads it now.")
