"""`ivr call`: call the line from this terminal, by hand or unattended."""

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from ivr.cli.options import FILE
from ivr.errors import PhoneError, report_unwritable
from ivr.phone.call import Call, Ended
from ivr.phone.files import list_audio
from ivr.phone.scenario.run import Outcome, unattended
from ivr.phone.scenario.save import write
from ivr.phone.terminal import converse, show
from ivr.phone.transport import HttpTransport


@click.command()
@click.argument("url", required=False)
@click.option("--keys", help="Call unattended: acts, separated by commas.")
@click.option("--at", metavar="TIME", help="Call this machine's line as if it were that time.")
@click.option(
    "--save", type=FILE, help="Save the call to a file that can be played again as a test."
)
def call(url: str | None, keys: str | None, at: str | None, save: Path | None) -> None:
    """Call the line at URL, or the line of this machine's script if there is no URL.

    Shows what a caller hears, and takes keys, words and silence. Numbers are shown, never dialled.
    Requests are signed with the token in TWILIO_AUTH_TOKEN.

    With --keys the call runs unattended. An act is keys (1, *, 12#), - for silence, say:words,
    record:seconds:key for a recording, or the end of a dialled call: completed, busy, no-answer,
    failed, canceled, absent. If the line asks the called person first, their answer is an act:
    taken, declined. After the last act the caller stays silent. Exits 1 if the caller is left
    without a person and without a whole number.

    \b
    Example:
      ivr call
      ivr call --keys 1,2,#
      ivr call --keys 0,busy,- --save busy.yaml
      ivr call --at 2026-12-25T10:00
      ivr call https://line.example.org/voice
    """
    console = Console(highlight=False)
    outcome = None
    if url and at:
        raise click.UsageError("--at works with this machine's line only: leave out URL")
    with _line(url, at) as (address, token), closing(HttpTransport(token)) as line:
        made = Call(line, address)
        made.audio.update(list_audio(address))
        if keys is None:
            converse(made, input, console)
        else:
            outcome = _without_hands(made, keys, console)
    if save and made.state != Ended("refused"):
        _save(made, save, keys)
    if outcome and not outcome.safe:
        raise PhoneError(f"the caller is left without a person or a number: {outcome.reason}")
    if outcome:
        click.echo(f"The caller is not left alone: {outcome.reason}.")


@contextmanager
def _line(url: str | None, at: str | None) -> Iterator[tuple[str, str | None]]:
    """Yield the URL to call and the token; without a URL, serve the line on loopback."""
    from ivr.settings import Settings

    settings = Settings.from_env()
    if url:
        yield url, settings.auth_tokens[0] if settings.auth_tokens else None
        return
    from ivr.cli.local_server import on_loopback
    from ivr.cli.options import moment_of
    from ivr.script.load import load
    from ivr.web import create_app
    from ivr.web.phone.views import rehearsed

    then = moment_of(at, load(settings.prompts).line.time_zone) if at else None
    token = secrets.token_hex(16)
    # Nobody else has this token, and without a proxy the signed URL is the line's own address.
    served = replace(settings, auth_tokens=(token,), public_url="", demo=False)
    app = create_app(served)
    app.services.duty.refresh()
    with on_loopback(rehearsed(app, "", then)) as address:
        yield address, token


def _without_hands(made: Call, keys: str, console: Console) -> Outcome:
    tokens = [token.strip() for token in keys.split(",")] if keys.strip() else []
    try:
        return unattended(made, tokens)
    finally:
        show(made.events, console)


def _save(made: Call, path: Path, keys: str | None) -> None:
    about = "A call made by hand" if keys is None else f"A call with --keys {keys}"
    with report_unwritable(path, PhoneError):
        path.write_text(write(made, about), encoding="utf-8")
    click.echo(f"Saved to {path}")
