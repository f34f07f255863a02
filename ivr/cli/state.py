"""`ivr state`: the child-abuse hotline of a state, with the pages that it is from."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import click

from ivr.cli.options import prompts_option, settings_with
from ivr.script.state_choice import choose, row_of, write_choice, write_state
from ivr.script.state_hotlines import StateHotline, state_hotlines


@click.command()
@click.argument("states", nargs=-1, metavar="[STATE]...")
@click.option("--write", is_flag=True, help="Write it into line.yaml, for a person to dial.")
@click.option("--number", help="With --write: this number of the row, as that of an area.")
@prompts_option
def state(
    states: tuple[str, ...], number: str | None, prompts: Path | None, *, write: bool
) -> None:
    """Print where child abuse is reported in a STATE or territory, and which pages say so.

    Nobody has dialled the numbers of this list. With --write, the number and its page go into
    line.yaml, with verified_on empty: dial it, hear who answers, and write the day. With several
    states, callers choose between them before the line dials; the line never guesses the state.
    Without a STATE, all states are listed.

    \b
    Example:
      ivr state
      ivr state OH
      ivr state OH --write
      ivr state NH --write --number +16032716562
      ivr state KY OH --write
    """
    if not states:
        for code, row in sorted(state_hotlines().items()):
            click.echo(f"{code}  {row.name['en']:<24}{row.number or _without_number(row)}")
        return
    codes = tuple(dict.fromkeys(code.upper() for code in states))
    rows = {code: row_of(code) for code in codes}
    if not write:
        if number:
            raise click.UsageError("--number goes with --write")
        today = dt.datetime.now(dt.UTC).date()
        click.echo("\n\n".join("\n".join(_shown(code, row, today)) for code, row in rows.items()))
        return
    if number and len(rows) > 1:
        raise click.UsageError("--number is for one state")
    chosen = tuple(choose(code, number) for code in codes)
    folder = settings_with(prompts).prompts
    if len(chosen) == 1:
        write_state(folder, chosen[0])
    else:
        write_choice(folder, chosen)
    for one in chosen:
        click.echo(f"{folder / 'line.yaml'}: {one.code}, {one.number}, from {one.source}")
    click.echo("Dial each, hear who answers, and write verified_on: the day. Then: ivr check")


def _without_number(row: StateHotline) -> str:
    return f"by area: {', '.join(row.areas)}" if row.areas else "by county"


def _shown(code: str, row: StateHotline, today: dt.date) -> Iterator[str]:
    """Yield the lines that show a row: each number with the pages that give it."""
    yield f"{row.name['en']} ({code})"
    if row.number is None:
        yield "  no number for the whole state"
    numbers = [("number", row.number), *row.areas.items(), ("from other states", row.elsewhere)]
    for label, number in [*numbers, ("text", row.text)]:
        if number:
            pages = row.pages(number)
            alone = "" if len(pages) > 1 else "   (one page alone: look for a second)"
            yield f"  {label}: {number}{alone}"
            yield from (f"      {page}" for page in pages)
    if row.tty:
        yield f"  TTY: {row.tty}{' (relay service)' if row.tty == '711' else ''}"
    yield f"  hours: {row.hours or 'not stated on the pages that were read'}"
    if row.note:
        yield f"  {row.note}"
    if not (row.number or row.areas):
        yield from (f"      {source.page}" for source in row.sources)
    old = ": more than a year ago, read them again" if row.is_old(today) else ""
    yield f"  The pages were read on {row.read_on}{old}. Nobody has dialled: do so first."
