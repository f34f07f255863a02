"""`ivr script`: every word that a caller can hear, and the revisions of the script."""

import datetime as dt
from importlib.resources import as_file, files
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from ivr.cli import script_revisions
from ivr.cli.options import (
    format_option,
    language_of,
    output_option,
    prompts_option,
    script_in,
    write_output,
)


class _Script(click.Group):
    """A group that prints the script unless a command of it is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let the first argument be a command, or a language to print."""
        if not args or (args[0] not in self.commands and args[0] not in {"-h", "--help"}):
            args = ["print", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Script, short_help="Print the script; pull, push and revert its revisions.")
def script() -> None:
    """Print the script, or move its revisions between the database and a folder.

    Without a command, `print` is meant: `ivr script es`. The other commands are for those who edit
    the script in files although it is edited in the browser, too.

    \b
    Example:
      ivr script
      ivr script es --format html -o guion.html
      ivr script pull my-prompts
      ivr script push my-prompts --note "new hours"
      ivr script revisions
      ivr script revert 12
    """


for command in script_revisions.COMMANDS:
    script.add_command(command)


@script.command("print")
@click.argument("language", required=False)
@format_option("text", "html", help="Plain text, or a page to print from a browser.")
@output_option
@prompts_option
def print_script(
    language: str | None, form: str, output: Path | None, prompts: Path | None
) -> None:
    """Print the script in LANGUAGE (default: its first), in the order of a call.

    It includes the length and the reading level of each part, the script's version, and lines for
    signatures. In plain text "!" marks words that no key interrupts.

    \b
    Example:
      ivr script
      ivr script es --format html -o guion.html
    """
    from ivr.transcript.render import html, text

    whole = script_in(prompts)
    code = language_of(whole, language)
    now = dt.datetime.now(ZoneInfo(whole.line.time_zone))
    if form == "text":
        write_output(output, text(whole, code, now))
        return
    web = files("ivr.web")
    style = "\n".join(
        web.joinpath(f"static/{name}.css").read_text(encoding="utf-8") for name in ("ivr", "sheet")
    )
    with as_file(web.joinpath("templates")) as templates:
        write_output(output, html(whole, code, now, templates, style))
