"""A line over HTTP, and callers who dial it: the words in which the tests speak."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivr.cli.loopback import on_loopback
from ivr.phone.call import Call
from ivr.phone.files import listed
from ivr.phone.line import HttpLine
from ivr.settings import Settings
from ivr.web import create_app
from tests.caller import Caller
from tests.lines import TOKEN, VARIANTS, variant
from tests.serving import prompts, serve

Dials = Callable[[str], Caller]


@pytest.fixture(scope="session", autouse=True)
def _state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what services keep in a folder of this run, never in the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state-home")))
        yield


@pytest.fixture(scope="session")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Open a line for a variant of the shipped script, once; return its URL.

    Without `audio` the carrier's voice says everything.
    """
    room = tmp_path_factory.mktemp("scripts")
    opened: dict[tuple[str, bool], str] = {}
    exits = []

    def open_line(name: str, *, audio: bool = False) -> str:
        if (name, audio) not in opened:
            prompts = room / name
            prompts = prompts if prompts.exists() else variant(name, room)
            settings = Settings(auth_tokens=(TOKEN,), prompts=prompts, audio=audio)
            serving = on_loopback(create_app(settings))
            exits.append(serving)
            opened[name, audio] = serving.__enter__()
        return opened[name, audio]

    yield open_line
    for serving in exits:
        serving.__exit__(None, None, None)


@pytest.fixture
def call_to(urls: Callable[..., str]) -> Iterator[Callable[..., Call]]:
    """Make a phone for a variant of the line; it has not dialled yet."""
    lines = []

    def make(name: str = "shipped", *, audio: bool = False) -> Call:
        line = HttpLine(TOKEN)
        lines.append(line)
        call = Call(line, urls(name, audio=audio))
        if audio:
            call.audio.update(listed(call.url))
        return call

    yield make
    for line in lines:
        line.close()


@pytest.fixture
def caller(call_to: Callable[[str], Call]) -> Caller:
    """Return somebody with a phone who is about to dial the shipped line."""
    return Caller(call_to("shipped"))


@pytest.fixture
def caller_of(call_to: Callable[[str], Call]) -> Dials:
    """Return somebody with a phone who is about to dial a variant of the line."""
    return lambda name: Caller(call_to(name))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return an empty folder for what a service keeps."""
    return tmp_path / f"state-{secrets.token_hex(4)}"


__all__ = ["VARIANTS", "prompts", "serve"]
