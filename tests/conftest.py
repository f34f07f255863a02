"""A line over HTTP, and callers who dial it: the words in which the tests speak."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivr.cli.loopback import on_loopback
from ivr.phone.call import Call
from ivr.phone.line import HttpLine
from ivr.settings import Settings
from ivr.web import create_app
from tests.caller import Caller
from tests.carrier.stand_in import carrier
from tests.lines import TOKEN, VARIANTS, clock, variant
from tests.serving import prompts, serve

Dials = Callable[[str], Caller]


@pytest.fixture(scope="session", autouse=True)
def _state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what services keep in a folder of this run, never in the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state-home")))
        yield


@pytest.fixture(scope="session")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Open a line for a variant of the shipped script, once; return its URL."""
    room = tmp_path_factory.mktemp("scripts")
    opened: dict[str, str] = {}
    exits = []

    def open_line(name: str) -> str:
        if name not in opened:
            settings = Settings(auth_tokens=(TOKEN,), prompts=variant(name, room))
            serving = on_loopback(create_app(settings, clock(name)))
            exits.append(serving)
            opened[name] = serving.__enter__()
        return opened[name]

    yield open_line
    for serving in exits:
        serving.__exit__(None, None, None)


@pytest.fixture
def call_to(urls: Callable[[str], str]) -> Iterator[Callable[[str], Call]]:
    """Make a phone for a variant of the line; it has not dialled yet."""
    lines = []

    def make(name: str = "shipped") -> Call:
        line = HttpLine(TOKEN)
        lines.append(line)
        return Call(line, urls(name))

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


__all__ = ["VARIANTS", "carrier", "prompts", "serve"]
