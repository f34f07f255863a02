"""`ivr call`: call the line from this terminal, by hand or without."""

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from ivr.errors import PhoneError
from ivr.phone.call import Call, Ended
from ivr.phone.files import listed
from ivr.phone.scenario.play import Outcome, unattended, write
from ivr.phone.terminal import converse, show
from ivr.phone.transport import HttpTransport

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@click.command()
@click.argument("url", required=False)
@click.option("--keys", help="Call without hands: acts with commas between.")
@click.option("--at", metavar="TIME", help="Call this machine's line as if it were then.")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the call to a file, to be played again as a test.",
)
def call(url: str | None, keys: str | None, at: str | None, save: Path | None) -> None:
    """Call the line at URL, or without one the line of this machine's script, and nobody else.

    Shows what a caller hears and takes keys, words and silence. Who is dialled is only shown. A
    line that asks for the carrier's signature gets it, from the token in TWILIO_AUTH_TOKEN.

    With --keys nobody is asked. An act is keys (1, *, 12#), - for silence, say:words,
    record:seconds:key for a recording, or how a dialled call ends: completed, busy, no-answer,
    failed, canceled, absent; where the line first asks who is rung: taken, declined. After the last
    the caller stays silent; if that leaves them without a person or a whole number, the exit status
    is 1.

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
        raise click.UsageError("--at is for the line of this machine's script: leave out URL")
    with _line(url, at) as (address, token), closing(HttpTransport(token)) as line:
        made = Call(line, address)
        made.audio.update(listed(address))
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
    """Yield the URL to call and the token to sign with; without a URL, serve the line meanwhile."""
    from ivr.settings import Settings

    settings = Settings.from_env()
    if url:
        yield url, settings.auth_tokens[0] if settings.auth_tokens else None
        return
    from ivr.cli.hours import moment_of
    from ivr.cli.local_server import on_loopback
    from ivr.script.load import load
    from ivr.web import create_app
    from ivr.web.app import utcnow

    then = moment_of(at, load(settings.prompts).line.time_zone) if at else None
    token = secrets.token_hex(16)
    # Nobody else can call this line, and behind no proxy its own address is what is signed.
    served = replace(settings, auth_tokens=(token,), public_url="", demo=False)
    app = create_app(served, utcnow if then is None else lambda: then)
    app.services.duty.refresh()
    with on_loopback(_rehearsed(app)) as address:
        yield address, token


def _rehearsed(app: "WSGIApplication") -> "WSGIApplication":
    """Mark calls as tried out, so that no record counts them."""
    return lambda environ, start: app({**environ, "ivr.rehearsal": True}, start)


def _without_hands(made: Call, keys: str, console: Console) -> Outcome:
    tokens = [token.strip() for token in keys.split(",")] if keys.strip() else []
    try:
        return unattended(made, tokens)
    finally:
        show(made.events, console)


def _save(made: Call, path: Path, keys: str | None) -> None:
    about = "A call made by hand" if keys is None else f"A call with --keys {keys}"
    try:
        path.write_text(write(made, about), encoding="utf-8")
    except OSError as e:
        raise PhoneError(f"{path} cannot be written: {e.strerror}") from None
    click.echo(f"Saved to {path}")
