"""The command `ivr`: the table of its commands, and the one place that prints errors."""

import gc
import sys
from importlib import import_module

import click

from ivr.errors import IvrError, missing_extra

COMMANDS = {
    "alert": "Try whether alerts reach the operators.",
    "audio": "Make the clips that callers hear, and check them.",
    "bench": "Measure how many calls a line can carry.",
    "call": "Call the line from this terminal.",
    "card": "Make a card, a poster or a magnet to print.",
    "check": "Find every problem of a phone script.",
    "doctor": "Look at every setting as the line will use it.",
    "hours": "Print whether the agency is open, and why.",
    "language": "Prepare a language that callers do not hear yet.",
    "map": "Draw the call graph.",
    "oncall": "Print the on-call schedule and every gap in it.",
    "override": "Open or close the agency for a while, whatever its hours.",
    "purge": "Remove old records of calls.",
    "reload": "Make the running line read its script again.",
    "report": "Print what happened on the line.",
    "schema": "Write JSON Schemas of the script's files, for editors.",
    "script": "Print every word that a caller can hear, for sign-off.",
    "serve": "Answer calls.",
    "sip": "Put the line on a PBX.",
    "skill": "Put the line's words on a voice assistant.",
    "state": "Find the child-abuse hotline of a state.",
    "translate": "Export the prompts for translators, and import their work.",
    "twilio": "Put the line on a number of your Twilio account.",
    "user": "Manage the operators who may sign in to the console.",
}
"""Each command and its first help line; the module of its name is imported when it is run."""

_FEW_COLLECTIONS = 20_000, 20, 20
"""Importing makes many objects and no garbage: looking for some took a fifth of its time."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"ivr.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True}
)
@click.version_option(package_name="csec-ivr")
def ivr() -> None:
    """A phone line on which caregivers hear the signs of exploitation and reach people who help.

    \b
    Try it:   ivr call
    Check it: ivr check prompts
    """


def main() -> None:
    """Run a command. An expected error is one clear line for each problem, and exit status 1."""
    gc.set_threshold(*_FEW_COLLECTIONS)
    try:
        ivr(standalone_mode=False)
    except IvrError as e:
        click.echo(str(e), err=True)
        sys.exit(1)
    except ModuleNotFoundError as e:
        line = missing_extra(e)
        if not line:
            raise
        click.echo(line, err=True)
        sys.exit(1)
    except click.exceptions.Exit as e:
        sys.exit(e.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as e:
        e.show()
        sys.exit(e.exit_code)
