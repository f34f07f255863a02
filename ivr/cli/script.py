"""`ivr script`: every word that a caller can hear, for reading and sign-off."""

import datetime as dt
from importlib.resources import as_file, files
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from ivr.cli.options import (
    format_option,
    language_of,
    output_option,
    prompts_option,
    script_in,
    write_output,
)


@click.command()
@click.argument("language", required=False)
@format_option("text", "html", help="Plain text, or a page to print from a browser.")
@output_option
@prompts_option
def script(language: str | None, form: str, output: Path | None, prompts: Path | None) -> None:
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
