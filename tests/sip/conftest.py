"""A line on a PBX of this machine, callers with real telephones, and an ear that listens."""

import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from flask import Flask

from ivr.cli.local_server import on_loopback
from ivr.database.engine import open_and_migrate as records
from ivr.explore.events import step
from ivr.phone.normalize import plain
from ivr.phone.twiml.verbs import Say, Words
from ivr.script.load import load
from ivr.settings import Settings
from ivr.sip.audio_cache import AudioCache
from ivr.speech import clip_key
from ivr.speech.asr_check import SpeechRecognizer
from ivr.speech.clip_key import DIGITS
from ivr.speech.engines.engine import Speaker
from ivr.speech.engines.pico import Pico
from ivr.speech.render import Rendering, render
from ivr.speech.sound import Sound
from ivr.twiml import voice as twiml
from ivr.web import create_app
from tests.lines import SHIPPED, TOKEN, clock, variant
from tests.many_languages import add_languages
from tests.serving import IVR, environment, free_port, until
from tests.sip.exchange import exchange
from tests.sip.scenarios import OPENING_SECONDS, SCENARIOS, TimedCall, people
from tests.sip.telephones import RATE, Telephone, Telephones
from tests.small_script import small

FOLDER = Path(__file__).parent
SAVED_CALLS = FOLDER.parent.parent / "build" / "calls"
"""Where the recordings of a failed test are kept."""

NUMBER = "+12025550100"
SID = "AC" + "0" * 32


IN_ONE_WORKER = [pytest.mark.xdist_group("sip"), pytest.mark.timeout(300)]
"""One worker has all calls: the SIP library is one a process, and calls mostly wait."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep what was heard, where a test of calls failed."""
    report = yield
    phones = getattr(item, "funcargs", {}).get("phones")
    if report.when == "call" and report.failed and isinstance(phones, Telephones):
        name = re.sub(r"\W+", "-", item.name)
        for i, phone in enumerate(phones.made):
            phone.save(SAVED_CALLS / name / f"{i:02}.wav")
        report.sections.append(("recordings", str(SAVED_CALLS / name)))
    return report


@dataclass(frozen=True)
class Opened:
    """A line that is open: its SIP address and port, the process, and its log."""

    address: str
    port: int
    process: "subprocess.Popen[bytes]"
    log: Path
    state: Path

    @property
    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    def memory(self) -> float:
        """Return how much memory it has, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        size = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert size
        return int(size[1]) / 1024


Opens = Callable[..., "contextmanager[Opened]"]

Expected = str | tuple[str, ...] | Callable[[str], bool]
"""Words, of which one is enough, or what tells whether a transcript is right."""


@contextmanager
def opened(room: Path, app: str, pbx: int, *options: str, **env: str) -> Iterator[Opened]:
    """Open a line as an operator does; it must end well."""
    room.mkdir(parents=True, exist_ok=True)
    port = free_port()
    log = room / "sip.log"
    usual = {
        "--listen": f"127.0.0.1:{port}",
        "--dial": f"sip:{{digits}}@127.0.0.1:{pbx}",
        "--number": NUMBER,
        "--recordings": str(free_port()),
    }
    if "--account" in options:
        del usual["--dial"]
    more = [word for pair in usual.items() if pair[0] not in options for word in pair]
    command = [*IVR, "sip", "--app", app, *options, *more]
    variables = {"TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_ACCOUNT_SID": SID, **env}
    with log.open("w") as out:
        process = subprocess.Popen(
            command, env=environment(room / "state", **variables), stdout=out, stderr=out
        )
        try:
            until(lambda: "The line is open" in log.read_text() or process.poll() is not None, log)
            assert process.poll() is None, log.read_text()
            yield Opened(f"sip:ivr@127.0.0.1:{port}", port, process, log, room / "state")
            assert process.poll() is None or process.returncode == 0, log.read_text()
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGTERM)  # calls that are still on do not matter
            process.wait(20)


@pytest.fixture(scope="session")
def phones() -> Iterator[Telephones]:
    """Return the telephones of this process: it has one SIP library, which starts once."""
    made = Telephones(free_port())
    yield made
    made.close()


@pytest.fixture(scope="session")
def opens(
    tmp_path_factory: pytest.TempPathFactory, phones: Telephones
) -> Callable[..., "contextmanager[Opened]"]:
    """Open a line for an app's URL, with options and settings."""

    def open_line(app: str, *options: str, **env: str) -> "contextmanager[Opened]":
        return opened(tmp_path_factory.mktemp("sip"), app, phones.port, *options, **env)

    return open_line


LINES: dict[str, tuple[str, tuple[str, ...]]] = {
    "plain": ("shipped", ()),
    "busy": ("bridge", ()),
    "away": ("bridge", ("--emergency", "sip:emergency@127.0.0.1:{port}")),
    "lost": ("bridge", ("--emergency", "sip:lost-emergency@127.0.0.1:{port}")),
    "languages": ("", ()),
    "walks": ("shipped", ()),
    "refer": ("shipped", ("--transfer", "refer")),
    "refer-busy": ("shipped", ("--transfer", "refer")),
    "one-at-a-time": ("shipped", ("--calls", "1")),
    "on-call": ("on-call", ()),
    "voicemail": ("", ()),
    "nonsense": ("", ()),
    "hangs": ("", ()),
    "down": ("", ("--lifeboat", "{lifeboat}")),
}
"""By name: the variant of the script that a line has, and the options it is opened with."""


@pytest.fixture(scope="session")
def apps(
    urls: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], str]]:
    """Return the URL of the app behind a line."""
    with ExitStack() as serving:
        room = tmp_path_factory.mktemp("apps")

        def url(name: str) -> str:
            script = LINES[name][0]
            if script:
                return urls(script, audio=True)
            if name == "languages":
                twelve = Recording(create_app(in_twelve_languages(room)))
                return serving.enter_context(on_loopback(twelve))
            if name == "down":
                return f"http://127.0.0.1:{free_port()}/voice"
            served = Settings((TOKEN,), prompts=variant("shipped", room / name))
            return serving.enter_context(on_loopback(Broken(create_app(served), name)))

        yield url


FEW = ("zh", "vi", "ko", "ru", "pt", "tl", "hi", "ht")


def in_twelve_languages(room: Path) -> Settings:
    """Return a line in twelve languages; one of them has clips alone, for what is heard on a call.

    English and Spanish are in the opening. The last on the second page has no voice.
    """
    folder, clips = small(room, spanish=True), room / "clips"
    add_languages(folder, full=("fr", "ar"), bridge=FEW)
    script = load(folder)
    turn, turns = step(script, None, ""), []
    for key in ("3", "6", "5", "0"):
        turn = step(script, turn.place, key)
        turns.append(turn)
    wanted = {k: w for k, w in clip_key.wanted(turns).items() if w.language == "ht"}
    render(clips, wanted, Rendering(Speaker(Pico(), {"ht": "en-GB"})))
    return Settings((TOKEN,), prompts=folder, clips=clips)


class Recording:
    """A line that notes which clips are fetched from it."""

    fetched: ClassVar[list[str]] = []

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        if environ["PATH_INFO"].startswith("/audio/"):
            self.fetched.append(environ["PATH_INFO"])
        return self._app(environ, start)


class Broken:
    """A line that answers its first request, and fails in its own way from then on."""

    def __init__(self, app: Any, how: str) -> None:
        self._app = app
        self._how = how
        self._asked = 0

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        if environ["PATH_INFO"].startswith("/voice/") and environ["REQUEST_METHOD"] == "POST":
            self._asked += 1
        if not self._asked:
            return self._app(environ, start)
        if self._how == "hangs":
            time.sleep(20)
        start("200 OK", [("Content-Type", "text/html")])
        return [b"<html><body>It works!</body></html>"]


@dataclass
class Inbox:
    """The app of the line with voicemail, and where its recordings are fetched."""

    app: Flask
    settings: Settings


@pytest.fixture(scope="session")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Inbox:
    room = tmp_path_factory.mktemp("inbox")
    settings = Settings(
        (TOKEN,),
        SID,
        prompts=variant("voicemail", room),
        state=room / "state",
        carrier_api=f"http://127.0.0.1:{free_port()}",
    )
    return Inbox(create_app(settings, clock("voicemail")), settings)


@pytest.fixture(scope="session")
def lines(
    apps: Callable[[str], str],
    inbox: Inbox,
    opens: Opens,
    phones: Telephones,
    tmp_path_factory: Any,
) -> Iterator[dict[str, Opened]]:
    """Open all lines at once."""
    lifeboat = tmp_path_factory.mktemp("lifeboat") / "lifeboat.xml"
    script = load(SHIPPED)
    lifeboat.write_bytes(twiml.lifeboat(script, NUMBER))
    # Alembic brings one database forward at a time; the apps here share a process.
    for settings in (Settings(), inbox.settings):
        records(settings).dispose()
    with ExitStack() as stack, ThreadPoolExecutor(3) as pool:
        at = stack.enter_context(on_loopback(inbox.app))

        def opening(name: str) -> "AbstractContextManager[Opened]":
            prefix = "" if name == "plain" else f"{name}-"
            options = [o.format(port=phones.port, lifeboat=lifeboat) for o in LINES[name][1]]
            options += ["--dial", f"sip:{prefix}{{digits}}@127.0.0.1:{phones.port}"]
            if name == "voicemail":
                port = inbox.settings.carrier_api.rpartition(":")[2]
                return opens(at, *options, "--recordings", port)
            return opens(apps(name), *options)

        ready: dict[str, Any] = {name: opening(name) for name in LINES}
        made = {name: pool.submit(line.__enter__) for name, line in ready.items()}
        for name, line in ready.items():
            made[name].result()
            stack.push(line.__exit__)
        yield {name: future.result() for name, future in made.items()}


def nine_and_silence(port: int, status: int) -> int:
    """Press 9, and send nothing more; answer with a status when the line asks about the call.

    Return how many packets of sound came in the end.
    """
    with exchange(port) as pbx:
        pbx.invite("ivr")
        assert pbx.status("INVITE") == 200
        pbx.speak(OPENING_SECONDS)
        assert pbx.info("application/dtmf-relay", "Signal=1\r\nDuration=160\r\n") == 200
        pbx.speak(3)
        assert pbx.info("application/dtmf-relay", "Signal=9\r\nDuration=160\r\n") == 200
        pbx.answers("INVITE", status, 60)
        if status != 481:
            pbx.answers("INVITE", status, 10)  # off hold again
        list(pbx.messages(1))  # and what was under way
        pbx.packets = 0
        list(pbx.messages(2))
        count = pbx.packets
        if status != 481:
            pbx.hang_up()
        return count


@pytest.fixture(scope="session")
def silent(lines: dict[str, Opened]) -> Iterator[dict[int, "Future[int]"]]:
    """Begin calls whose PBX sends no packets after their 9, by its answer to whether it has them.

    481: it was killed and started again. 200: the caller is silent. 488: it changes no session.
    """
    with ThreadPoolExecutor(3) as pool:
        port = lines["lost"].port
        yield {status: pool.submit(nine_and_silence, port, status) for status in (481, 200, 488)}


@pytest.fixture(scope="session")
def scenario_call(
    phones: Telephones,
    lines: dict[str, Opened],
    ear: "Listener",
    silent: dict[int, "Future[int]"],  # which then goes on at the same time
) -> Iterator[Callable[[str], TimedCall]]:
    """Begin all calls at once; return how one of them went, by its name."""
    hotline = ear.says("Hello. This is the hotline. How can I help you today?")
    phones.people |= people(hotline, ear.says("My name is not important."))
    calls = {
        name: phones.begin(scenario(phones, lines[line].address))
        for name, (line, scenario) in SCENARIOS.items()
    }
    yield lambda name: calls[name].result(240)
    for call in calls.values():
        call.cancel()


class Listener:
    """An ear for recordings, in words and digits as people say them."""

    def __init__(self, models: Path) -> None:
        self._ear = SpeechRecognizer(models, threads=1)  # others keep the cores busy
        self._audio = AudioCache()
        self._transcripts: dict[tuple[bytes, int, str], str] = {}

    def hears(self, phone: Telephone, language: str, since: float = 0, to: float = 1e9) -> str:
        """Return what is heard in a recording between two seconds of it, plainly: no accents."""
        part = phone.sound[int(since * RATE) * 2 : int(min(to, phone.seconds) * RATE) * 2]
        return self.in_sound(part, RATE, language)

    def expect(
        self,
        phone: Telephone,
        language: str,
        expected: Expected,
        since: float = 0,
        to: float = 1e9,
    ) -> None:
        """Assert that one of some words is heard, or what a function accepts, in a part of a call.

        The ear takes one word for another in a sound that is cut a moment later, so it listens up
        to three times.
        """
        accepts = expected if callable(expected) else partial(_has_one_of, expected)
        transcripts = []
        for moment in (0, -0.3, 0.3):
            transcripts.append(self.hears(phone, language, max(0, since + moment), to))
            if accepts(transcripts[-1]):
                return
        raise AssertionError(f"{expected} is not heard in {transcripts}")

    def in_sound(self, sound: bytes | bytearray, rate: int, language: str) -> str:
        """Return what is heard in 16-bit sound."""
        key = (bytes(sound), rate, language)
        if key not in self._transcripts:
            samples = np.frombuffer(key[0], "<i2").astype(np.float32) / 32768
            words = plain(self._ear.transcribe(Sound(samples, rate), language))
            self._transcripts[key] = _digits(language, words)
        return self._transcripts[key]

    def says(self, words: str, language: str = "en-US") -> bytes:
        """Return words as speech, for telephones to say."""
        return self._audio.speech(Say((Words(words),), language))


def _has_one_of(expected: str | tuple[str, ...], transcript: str) -> bool:
    phrases = (expected,) if isinstance(expected, str) else expected
    return any(phrase in transcript for phrase in phrases)


def _digits(language: str, text: str) -> str:
    """Return words with each digit by itself: the ear writes 911, 9 1 1, or -911 after a noise."""
    names = {name: str(i) for i, name in enumerate(DIGITS[language])}
    words = (names.get(word, word) for word in text.split())
    return " ".join(re.sub(r"(\d)", r" \1 ", " ".join(words)).split())


@pytest.fixture(scope="session")
def ear(tmp_path_factory: pytest.TempPathFactory) -> Listener:
    """Return an ear; where it is not installed, the test fails and tells how to."""
    return Listener(tmp_path_factory.mktemp("models"))


@pytest.fixture
def line(lines: dict[str, Opened]) -> Opened:
    """Return the shipped line, with its clips, on this machine's PBX."""
    return lines["plain"]
