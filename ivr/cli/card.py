"""`ivr card`: a wallet card, a poster or a fridge magnet, from the script."""

import datetime as dt
from pathlib import Path

import click

from ivr.cli.options import FILE, language_of, opened, prompts_option
from ivr.errors import IvrError, report_unwritable
from ivr.paper.content import card as card_of
from ivr.paper.content import printed
from ivr.paper.layout import SIZES, Sheet, lay_out
from ivr.script import printed as record


@click.command()
@click.argument("language", required=False)
@click.option(
    "--size",
    type=click.Choice(list(SIZES)),
    default="wallet",
    help="A folded card, an A5 poster, or an A6 magnet.",
)
@click.option("-o", "--output", type=FILE, required=True, help="Write to this file: .svg or .pdf.")
@click.option("--url", help="The address of the pages.  [default: IVR_PUBLIC_URL]")
@click.option("--draft", is_flag=True, help="Do not note it as printed.")
@prompts_option
def card(
    language: str | None,
    size: str,
    output: Path,
    url: str | None,
    prompts: Path | None,
    *,
    draft: bool,
) -> None:
    """Make paper with the line's number, 911, the keys of the main menu, and a QR code to /text.

    LANGUAGE is one of the script's; by default its first. The keys that are printed are noted in
    printed.yaml beside the script, so that `ivr check` warns if they move.

    \b
    Example:
      ivr card -o card.pdf
      ivr card es --size poster -o cartel.pdf
      ivr card --size magnet --draft -o magnet.svg
    """
    settings, script = opened(prompts)
    language = language_of(script, language)
    if output.suffix not in {".svg", ".pdf"}:
        raise IvrError(f"{output}: name a file that ends in .svg or .pdf")
    address = settings.public_url if url is None else url
    sheet = lay_out(card_of(script, language, address), size)  # type: ignore[arg-type] # click's
    with report_unwritable(output):
        output.write_bytes(_file(sheet, output.suffix))
    click.echo(f"Written to {output}")
    if not address:
        click.echo("It has no QR code: set IVR_PUBLIC_URL, or give --url.", err=True)
    if not draft:
        today = dt.datetime.now(dt.UTC).date()
        record.note_printed(settings.prompts, printed(script, language, today))
        click.echo(f"Noted in {settings.prompts / record.FILE}: ivr check warns if its keys move.")


def _file(sheet: Sheet, suffix: str) -> bytes:
    if suffix == ".svg":
        from ivr.paper.svg import svg

        return svg(sheet).encode()
    from ivr.paper.pdf import pdf

    return pdf(sheet)
