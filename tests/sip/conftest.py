"""A line on a PBX of this machine, callers with real telephones, and an ear that listens."""

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ivr.phone.hearing import plain
from ivr.phone.verbs import Say, Words
from ivr.sip.sounds import Sounds
from ivr.speech.hearing import Ear
from ivr.speech.plan import DIGITS
from ivr.speech.sound import Sound
from tests.lines import TOKEN
from tests.serving import IVR, environment, free_port, until
from tests.sip.telephones import RATE, Telephone, Telephones

HERE = Path(__file__).parent
KEPT = HERE.parent.parent / "build" / "calls"
"""Where the recordings of a failed test are kept."""

NUMBER = "+12025550100"
SID = "AC" + "0" * 32
HOTLINE, NCMEC = "18883737888", "18008435678"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker have all calls: the SIP library is one a process, and calls mostly wait."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.xdist_group("sip"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep what was heard, where a test of calls failed."""
    report = yield
    phones = getattr(item, "funcargs", {}).get("phones")
    if report.when == "call" and report.failed and isinstance(phones, Telephones):
        name = re.sub(r"\W+", "-", item.name)
        for i, phone in enumerate(phones.made):
            phone.save(KEPT / name / f"{i:02}.wav")
        report.sections.append(("recordings", str(KEPT / name)))
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
    def told(self) -> str:
        return self.log.read_text()

    def memory(self) -> float:
        """Return how much memory it has, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1]) / 1024


Opens = Callable[..., "contextmanager[Opened]"]


@contextmanager
def opened(room: Path, app: str, pbx: int, *options: str, **env: str) -> Iterator[Opened]:
    """Open a line as an operator does; it must end well."""
    room.mkdir(parents=True, exist_ok=True)
    port = free_port()
    log = room / "sip.log"
    told = " ".join(options)
    command = [*IVR, "sip", "--app", app, "--recordings", str(free_port()), *options]
    command += (
        [] if "--listen" in told or "--account" in told else ["--listen", f"127.0.0.1:{port}"]
    )
    command += [] if "--dial" in told else ["--dial", f"sip:{{digits}}@127.0.0.1:{pbx}"]
    command += [] if "--number" in told else ["--number", NUMBER]
    known = {"TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_ACCOUNT_SID": SID, **env}
    with log.open("w") as out:
        process = subprocess.Popen(
            command, env=environment(room / "state", **known), stdout=out, stderr=out
        )
        try:
            until(lambda: "The line is open" in log.read_text() or process.poll() is not None, log)
            assert process.poll() is None, log.read_text()
            yield Opened(f"sip:ivr@127.0.0.1:{port}", port, process, log, room / "state")
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGTERM)  # calls that are still on do not matter
            assert process.wait(20) == 0, log.read_text()


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


@pytest.fixture(scope="session")
def line(urls: Callable[..., str], opens: Opens) -> Iterator[Opened]:
    """Return the shipped line, with its clips, on this machine's PBX."""
    with opens(urls("shipped", audio=True)) as made:
        yield made


class Listener:
    """An ear for recordings, in words and digits as people say them."""

    def __init__(self, models: Path) -> None:
        self._ear = Ear(models)
        self._said = Sounds()

    def hears(self, phone: Telephone, language: str, since: float = 0, to: float = 1e9) -> str:
        """Return what is heard in a recording between two seconds of it, plainly: no accents."""
        samples = np.frombuffer(bytes(phone.sound), "<i2").astype(np.float32) / 32768
        part = samples[int(since * RATE) : int(min(to, phone.seconds) * RATE)]
        return _digits(language, plain(self._ear.hear(Sound(part, RATE), language)))

    def says(self, words: str, language: str = "en-US") -> bytes:
        """Return words as speech, for telephones to say."""
        return self._said.said(Say((Words(words),), language))


def _digits(language: str, text: str) -> str:
    names = {name: str(i) for i, name in enumerate(DIGITS[language])}
    return " ".join(names.get(word, word) for word in text.split())


@pytest.fixture(scope="session")
def ear(tmp_path_factory: pytest.TempPathFactory) -> Listener:
    """Return an ear; where it is not installed, the test fails and tells how to."""
    return Listener(tmp_path_factory.mktemp("models"))


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


__all__ = ["HOTLINE", "NCMEC", "NUMBER", "SID", "Listener", "Opened", "Opens", "opened"]
