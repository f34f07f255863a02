"""A line over HTTP, and callers who dial it: the words in which the tests speak."""

import gc
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from ivr import priority
from ivr.background import PeriodicWorker
from ivr.checks.engine.report import save
from ivr.cli.local_server import on_loopback
from ivr.phone.call import Call
from ivr.phone.files import Audio, list_audio
from ivr.phone.parties import CALLER
from ivr.phone.transport import HttpTransport
from ivr.settings import Settings
from ivr.web import create_app
from tests import left_out
from tests.caller import Caller
from tests.carrier.stand_in import SID, StandIn, carrier
from tests.lines import SHIPPED, TOKEN, VARIANTS, change, clock, variant
from tests.post import post
from tests.prepared import _files, _passwords, _routes, _tables, _templates, explored_once
from tests.published import report_once
from tests.serving import prompts, proves, serve
from tests.small_clips import clips_of_first_turns, first_render
from tests.walked import walked

Dials = Callable[[str], Caller]

TEXTS: dict[str, Callable[[StandIn], object]] = {
    "texts": lambda _: None,
    "landline": lambda carrier: carrier.line_types.update({CALLER: "landline"}),
    "slow": lambda carrier: carrier.hangs_at("/PhoneNumbers", 3),
    "down": lambda carrier: carrier.fails_at("/PhoneNumbers", 503),
}
"""What the carrier's API does where a line's callers can be sent texts."""


MANY_CALLS = {
    "rings_per_caller": 1000,
    "rings": 1000,
    "messages_per_caller": 1000,
    "messages": 1000,
    "texts_per_caller": 100,
    "texts": 1000,
}
"""Limits for a line that one number calls in all tests of a run."""

TESTS = Path(__file__).parent
SLOW = {"browser", "deploy", "faults", "fuzz", "mutations", "sip"}
"""Folders whose tests need programs, chance or patience; `make test-fast` leaves them out."""

QUICK = "not slow"
"""What `make test-fast` asks for."""

TAKE_SECONDS = {"description", "postgresql", "serve", "walked"}
"""Fixtures that start a program of its own, or walk through the whole script."""


def pytest_configure(config: pytest.Config) -> None:
    """Leave out what cannot run on this system, and say so."""
    config.pluginmanager.register(left_out)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import the folders that `make test-fast` leaves out: it takes a second."""
    is_slow = collection_path.parent == TESTS and collection_path.name in SLOW
    return True if is_slow and config.option.markexpr == QUICK else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests as slow by their folder and their fixtures; others are marked one by one.

    Slow tests come first, so that no process waits at the end for one that began last.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.path.relative_to(TESTS).parts[0] in SLOW or fixtures & TAKE_SECONDS:
            item.add_marker("slow")
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave the thousands of tests that were collected out of every later garbage collection.

    Quick tests do with a seventieth of the collections, which took a sixth of their time; among the
    slow ones are some that measure memory.
    """
    gc.collect()
    gc.freeze()
    if session.config.option.markexpr == QUICK:
        gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session", autouse=True)
def _state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what services keep in a folder of this run, never in the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state-home")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _priorities() -> Iterator[None]:
    """Let what this process starts compute beside the tests, which never leave the processor."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(priority, "_lower", lambda _: None)
        yield


@pytest.fixture(autouse=True)
def _workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """End the workers that a test started, or they would poll for the rest of the run.

    All start again when their line needs them, except the recorder, which ends with the process.
    """
    started: list[PeriodicWorker] = []
    start = PeriodicWorker.start

    def noted(worker: PeriodicWorker) -> None:
        start(worker)
        started.append(worker)

    monkeypatch.setattr(PeriodicWorker, "start", noted)
    yield
    running = [worker for worker in started if worker.name != "records"]
    if running:
        with ThreadPoolExecutor(len(running)) as executor:
            list(executor.map(PeriodicWorker.stop, running))


@pytest.fixture(scope="session")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Open a line for a variant of the shipped script, once; return its URL.

    Without `audio` the carrier's voice says everything. With `published` the checks have run on it,
    as in `ivr serve`, and its pages show what they reported.
    """
    room = tmp_path_factory.mktemp("scripts")
    opened: dict[tuple[str, bool, bool, bool], str] = {}
    with ExitStack() as serving:

        def settings(name: str, *, audio: bool, fast_path: bool, published: bool) -> Settings:
            script, _, how = name.partition("@")
            kind = f"{name}{'-with-clips' if audio else ''}{'' if fast_path else '-by-flask'}"
            variant_room = room / f"{kind}{'-published' if published else ''}"
            folder = variant(script, variant_room)
            change(folder / "line.yaml", {"limits": MANY_CALLS})
            if published:  # the shipped line alone is
                made = report_once(tmp_path_factory, SHIPPED)
                save(replace(made, folder=str(folder)), folder)
            if how not in TEXTS and not how.isdigit():
                return Settings((TOKEN,), prompts=folder, audio=audio, fast_path=fast_path)
            stand_in = StandIn(token=TOKEN)
            if how.isdigit():
                stand_in.fails_at("/Messages", 400, code=int(how))
            else:
                TEXTS[how](stand_in)
            at = serving.enter_context(on_loopback(stand_in.app())).removesuffix("/voice")
            state = variant_room / "state"
            account = Settings((TOKEN,), SID, prompts=folder, carrier_api=at, state=state)
            return replace(account, audio=audio, fast_path=fast_path)

        def open_line(
            name: str, *, audio: bool = False, fast_path: bool = True, published: bool = False
        ) -> str:
            key = name, audio, fast_path, published
            if key not in opened:
                made = settings(name, audio=audio, fast_path=fast_path, published=published)
                app = create_app(made, clock(name))
                opened[key] = serving.enter_context(on_loopback(app))
            return opened[key]

        yield open_line


@pytest.fixture(scope="session")
def audio_of() -> Callable[[str], dict[str, Audio]]:
    """Return the audio files of a line, asked for once: no test changes those that ship."""
    return cache(list_audio)


@pytest.fixture
def call_to(
    urls: Callable[..., str], audio_of: Callable[[str], dict[str, Audio]]
) -> Iterator[Callable[..., Call]]:
    """Make a phone for a variant of the line; it has not dialled yet."""
    lines = []

    def make(name: str = "shipped", *, audio: bool = False) -> Call:
        line = HttpTransport(TOKEN)
        lines.append(line)
        call = Call(line, urls(name, audio=audio))
        if audio:
            call.audio.update(audio_of(call.url))
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


__all__ = [
    "VARIANTS",
    "_files",
    "_passwords",
    "_routes",
    "_tables",
    "_templates",
    "carrier",
    "clips_of_first_turns",
    "explored_once",
    "first_render",
    "post",
    "prompts",
    "proves",
    "serve",
    "walked",
]
