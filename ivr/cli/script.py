"""`ivr script`: every word that a caller can hear, to read and to sign."""

import datetime as dt
from importlib.resources import as_file, files
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from ivr.cli.script_options import language_of, script_in, written_to


@click.command()
@click.argument("language", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html"]),
    default="text",
    show_default=True,
    help="Plain text, or a page to print from a browser.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file.")
@click.option("--prompts", type=click.Path(path_type=Path), help="The phone script's folder.")
def script(language: str | None, form: str, output: Path | None, prompts: Path | None) -> None:
    """Write out the script in LANGUAGE (default: its first), in the order of a call.

    With how long each part takes, how hard it is to take in, the script's version, and lines to
    sign on. In plain text "!" marks what no key can cut short.

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
        written_to(output, text(whole, code, now))
        return
    web = files("ivr.web")
    style = "\n".join(
        web.joinpath(f"static/{name}.css").read_text(encoding="utf-8") for name in ("ivr", "sheet")
    )
    with as_file(web.joinpath("templates")) as templates:
        written_to(output, html(whole, code, now, templates, style))
