"""A line over HTTP, and callers who dial it: the words in which the tests speak."""

import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.cli.local_server import on_loopback
from ivr.phone.call import Call
from ivr.phone.files import listed
from ivr.phone.parties import CALLER
from ivr.phone.transport import HttpTransport
from ivr.settings import Settings
from ivr.web import create_app
from tests.caller import Caller
from tests.carrier.stand_in import SID, StandIn, carrier
from tests.lines import TOKEN, VARIANTS, clock, variant
from tests.post import post
from tests.serving import checked, prompts, serve
from tests.walked import walked

Dials = Callable[[str], Caller]

TEXTS: dict[str, Callable[[StandIn], object]] = {
    "texts": lambda _: None,
    "landline": lambda carrier: carrier.line_types.update({CALLER: "landline"}),
    "slow": lambda carrier: carrier.hangs_at("/PhoneNumbers", 3),
    "down": lambda carrier: carrier.fails_at("/PhoneNumbers", 503),
}
"""What the carrier's API does where a line's callers can be sent texts."""


HERE = Path(__file__).parent
SLOW = {"browser", "deploy", "faults", "fuzz", "mutations", "sip"}
"""Folders whose tests need programs, chance or patience; `make test-fast` leaves them out."""

PROCESSES = {"checked", "description", "postgresql", "serve"}
"""Fixtures that start a program of its own; so do the tests with them take seconds."""


LEFT_OUT = pytest.StashKey[int]()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say how many tests were left out, and why."""
    if count := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(f"{count} tests left out: they need Linux ({', '.join(LINUX)})")


LINUX = {"sip", "deploy", "faults"}
"""Folders of tests that need systemd, SIPp or the kernel's own means: other systems lack them."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests as slow by their folder and what they start; others are marked one by one."""
    if sys.platform != "linux":
        left_out = [i for i in items if i.path.relative_to(HERE).parts[0] in LINUX]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
        config.stash[LEFT_OUT] = len(left_out)
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.path.relative_to(HERE).parts[0] in SLOW or fixtures & PROCESSES:
            item.add_marker("slow")


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
    opened: dict[tuple[str, bool, bool], str] = {}
    with ExitStack() as serving:

        def settings(name: str, *, audio: bool, fast_path: bool) -> Settings:
            script, _, how = name.partition("@")
            here = (
                room / f"{name}{'-with-clips' if audio else ''}{'' if fast_path else '-by-flask'}"
            )
            folder = variant(script, here)
            if how not in TEXTS and not how.isdigit():
                return Settings((TOKEN,), prompts=folder, audio=audio, fast_path=fast_path)
            stand_in = StandIn(token=TOKEN)
            if how.isdigit():
                stand_in.fails_at("/Messages", 400, code=int(how))
            else:
                TEXTS[how](stand_in)
            at = serving.enter_context(on_loopback(stand_in.app())).removesuffix("/voice")
            state = here / "state"
            account = Settings((TOKEN,), SID, prompts=folder, carrier_api=at, state=state)
            return replace(account, audio=audio, fast_path=fast_path)

        def open_line(name: str, *, audio: bool = False, fast_path: bool = True) -> str:
            key = name, audio, fast_path
            if key not in opened:
                app = create_app(settings(name, audio=audio, fast_path=fast_path), clock(name))
                opened[key] = serving.enter_context(on_loopback(app))
            return opened[key]

        yield open_line


@pytest.fixture
def call_to(urls: Callable[..., str]) -> Iterator[Callable[..., Call]]:
    """Make a phone for a variant of the line; it has not dialled yet."""
    lines = []

    def make(name: str = "shipped", *, audio: bool = False) -> Call:
        line = HttpTransport(TOKEN)
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


__all__ = ["VARIANTS", "carrier", "checked", "post", "prompts", "serve", "walked"]
