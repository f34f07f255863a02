"""A table of what can break, each with a call in progress: the caller always reaches a person.

Faults last a few seconds here; `make faults` lets them last as long as in earnest. Those that need
the same of a line happen to one line, one after the other.
"""

import errno
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ivr.cli.local_server import on_loopback
from ivr.speech.clips import TRUSTED_SECONDS
from ivr.web.voice.webhooks import CLIPS_SECONDS
from tests.carrier.stand_in import StandIn
from tests.faults.conftest import FULL, Line, Proxy, served
from tests.lines import ALWAYS_ON_CALL, ON_CALL, SHIPPED, TOKEN, VARIANTS, change, english_alone
from tests.serving import Proves, free_port, until

HOTLINE = "+18883737888"
SHIPPED_CLIPS = SHIPPED.parent / "audio"
LONG = 10.0 if FULL else 3.0
"""Seconds that a fault lasts."""


@contextmanager
def database_stopped(line: Line) -> Iterator[None]:
    assert line.server is not None
    line.server.stop()
    yield
    time.sleep(LONG)
    line.server.start()


@contextmanager
def database_slow(line: Line) -> Iterator[None]:
    """It takes connections and statements, and does nothing for ten seconds."""
    assert line.server is not None
    with line.server.frozen():
        yield
        time.sleep(LONG)


@contextmanager
def database_locked(line: Line) -> Iterator[None]:
    other = sqlite3.connect(line.state / "records.db", timeout=10, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield
    time.sleep(LONG)
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def no_file_may_grow(line: Line) -> Iterator[None]:
    """As on a full disk: not a byte is written, into records or log."""
    for pid in line.workers():
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
    yield
    time.sleep(LONG)
    for pid in line.workers():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def disk_full(line: Line) -> Iterator[None]:
    """A file system of one megabyte, filled to the last byte. `make faults`, as root."""
    filler = line.state / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    yield
    time.sleep(LONG)
    filler.unlink()


@contextmanager
def disk_fails(line: Line) -> Iterator[None]:
    """Every read, write and sync of the records ends in an input/output error. `make faults`."""
    points = "posix/io/rw/p*", "posix/io/sync/*"
    _control(line, [f"enable name={point},failinfo={errno.EIO}" for point in points])
    yield
    time.sleep(LONG)
    assert "I/O error" in line.log.read_text()
    _control(line, [f"disable name={point}" for point in points])


def _control(line: Line, commands: list[str]) -> None:
    """Tell each of the line's workers what fails from now on (libfiu)."""
    control = ["fiu-ctrl", "-f", str(line.room / "fiu")]
    for command in commands:
        control += ["-c", command]
    subprocess.run([*control, *map(str, line.workers())], check=True)


@contextmanager
def script_garbage(line: Line) -> Iterator[None]:
    for path in line.prompts.glob("*.yaml"):
        path.write_bytes(b"\x00\xff {[: garbage")
    assert line.process is not None
    replaced = line.log.read_text().count("Stopped old worker-")
    line.process.send_signal(signal.SIGHUP)
    until(lambda: "the script was refused" in line.log.read_text(), line.log)
    yield
    shutil.copytree(SHIPPED, line.prompts, dirs_exist_ok=True)
    # The next fault happens to this line when its workers are the new ones.
    until(lambda: line.log.read_text().count("Stopped old worker-") == replaced + 2, line.log)


@contextmanager
def script_gone(line: Line) -> Iterator[None]:
    for path in line.prompts.glob("*.yaml"):
        path.unlink()
    yield
    shutil.copytree(SHIPPED, line.prompts, dirs_exist_ok=True)


@contextmanager
def worker_killed(line: Line) -> Iterator[None]:
    time.sleep(1)  # what came in the last second may be lost
    os.kill(line.workers()[0], signal.SIGKILL)
    yield
    time.sleep(6)  # granian takes two crashes within 5.5 s for a loop


@contextmanager
def stopped_and_started(line: Line) -> Iterator[None]:
    """SIGTERM during a call; what waits is written before the end."""
    line.stop()
    line.start()
    yield


@contextmanager
def proxy_drops(line: Line) -> Iterator[None]:
    """A proxy cuts answers in the middle; the carrier asks again."""
    proxy = Proxy(line.port)
    line.through, proxy.drops = proxy.port, 2
    yield
    line.through = 0
    proxy.close()


@contextmanager
def slow_clients(line: Line) -> Iterator[None]:
    """A hundred clients never come to an end: one half within the form, one within the head."""
    opened = [socket.create_connection(("127.0.0.1", line.port)) for _ in range(100)]
    for i, client in enumerate(opened):
        head = b"POST /voice HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n"
        client.sendall(head + (b"\r\nDigits=" if i % 2 else b"X-Slow: "))
    yield
    for client in opened:
        client.close()


@contextmanager
def nobody_takes_alerts(line: Line) -> Iterator[None]:
    """The mail server is down and the webhook deaf, and there is something to tell."""
    caller = line.call().dial().press("1")
    for _ in range(2):
        caller.press("0").ends("failed")
    yield


@contextmanager
def request_truncated(line: Line) -> Iterator[None]:
    """A request ends in the middle of its form."""
    with socket.create_connection(("127.0.0.1", line.port)) as cut:
        cut.sendall(b"POST /voice HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nDigits=")
    yield


@contextmanager
def clips_gone(line: Line) -> Iterator[None]:
    assert line.carrier.played
    away = line.clips.rename(line.room / "away")
    time.sleep(2 * CLIPS_SECONDS)
    yield
    away.rename(line.clips)
    _plays_again(line)


@contextmanager
def clips_a_file(line: Line) -> Iterator[None]:
    """Where the folder was there is a file, as after a copy that went wrong."""
    with clips_gone(line):
        line.clips.write_bytes(b"")
        yield
        line.clips.unlink()


@contextmanager
def clips_shut(line: Line) -> Iterator[None]:
    """Nobody may look into the folder."""
    assert line.carrier.played
    line.clips.chmod(0)
    time.sleep(TRUSTED_SECONDS + CLIPS_SECONDS)
    yield
    line.clips.chmod(0o755)
    _plays_again(line)


@contextmanager
def clips_unreadable(line: Line) -> Iterator[None]:
    """The clips are there, whole, and nobody may read them."""
    assert line.carrier.played
    for clip in line.clips.rglob("*.mp3"):
        clip.chmod(0)
    time.sleep(TRUSTED_SECONDS + CLIPS_SECONDS)
    yield
    for clip in line.clips.rglob("*.mp3"):
        clip.chmod(0o644)
    _plays_again(line)


def _plays_again(line: Line) -> None:
    time.sleep(TRUSTED_SECONDS + CLIPS_SECONDS)
    before = line.carrier.played
    line.call().dial()
    assert line.carrier.played > before


@contextmanager
def carriers_api_down(line: Line) -> Iterator[None]:
    """No text goes out and no recording is played: to callers, and to who is on call."""
    caller = line.call().dial().press("1", "8", "1")
    assert "could not be sent" in caller.heard or "may take a while" in caller.heard
    caller.waits().press("1").waits(4).press("1", "4", "1", "1", "1")  # a message; it is safe
    caller.call.record(20, "#")
    caller.press("2").hears("marked as urgent")
    yield
    if FULL:
        carrier = StandIn(token=TOKEN)
        with on_loopback(carrier.app(), line.api):
            end = time.monotonic() + TOLD_SECONDS
            while len(carrier.messages) < len(ON_CALL["people"]):
                assert time.monotonic() < end, line.log.read_text()[-3000:]
                time.sleep(0.5)


TOLD_SECONDS = 150
"""Staff are told once more after a minute; each of three tries may find the carrier silent."""


@contextmanager
def clock_jumps(line: Line) -> Iterator[None]:
    """The clock of the line's processes jumps by a day, forward, and back after a while."""
    clock = line.room / "clock"
    _set(clock, "+1d")
    yield
    _set(clock, "-1d")
    line.call().dial().press("1").press("0").is_connected_to(HOTLINE)
    _set(clock, "+0")


def _set(clock: Path, offset: str) -> None:
    """Replace the file at once: read half-written, it would be another clock."""
    new = clock.with_suffix(".new")
    new.write_text(offset)
    new.rename(clock)
    time.sleep(1.5)  # it is looked at once a second


@dataclass(frozen=True)
class Fault:
    """What breaks, in which database the records are, and how many turns may be lost.

    `untold`: turns that are no answers, since something was tried for them in vain.
    """

    breaks: Callable[[Line], "contextmanager[None]"]
    postgresql: bool = False
    lost: int = 0
    untold: int = 0
    mounts: bool = False
    env: dict[str, str] = field(default_factory=dict)
    prepare: Callable[[Line], None] = lambda _: None
    """What the line has besides, before it is started."""

    @property
    def line(self) -> str:
        """The name of the line to which it happens; where turns may be lost, one of its own."""
        own = self.breaks.__name__ if self.lost or self.mounts or self.env else ""
        return f"{'postgresql' if self.postgresql else 'sqlite'} {self.prepare.__name__} {own}"


def with_clips(line: Line) -> None:
    """Let the line have clips of its own, and file permissions hold for it."""
    shutil.copytree(SHIPPED_CLIPS, line.clips)
    line.env |= {"IVR_AUDIO": "auto", "IVR_CLIPS": str(line.clips)}
    if os.getuid() == 0:
        line.within = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--")


def with_texts_and_messages(line: Line) -> None:
    """Let the line text callers, take messages, and tell who is on call, where nobody answers."""
    line.api = free_port()
    line.env["IVR_CARRIER_API"] = f"http://127.0.0.1:{line.api}"
    change(line.prompts / "line.yaml", VARIANTS["voicemail"])
    change(line.prompts / "line.yaml", ALWAYS_ON_CALL)
    english_alone(line.prompts / "line.yaml")


def with_a_clock(line: Line) -> None:
    """Let a file say what time it is for the line."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    assert library, "libfaketime is missing: apt-get install -y libfaketime"
    clock = line.room / "clock"
    clock.write_text("+0")
    # With the monotonic clock left alone, libfaketime lets no sleep to a moment of it pass.
    site = line.room / "site" / "sitecustomize.py"
    site.parent.mkdir()
    site.write_text("import select, time\ntime.sleep = lambda s: select.select([], [], [], s)\n")
    line.env |= {
        "PYTHONPATH": str(site.parent),
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


def with_a_disk_that_can_fail(line: Line) -> None:
    """Let what reads and writes files be told to fail, while it runs."""
    assert shutil.which("fiu-ctrl"), "fiu-ctrl is missing: apt-get install -y fiu-utils"
    line.within = ("fiu-run", "-x", "-f", str(line.room / "fiu"))


DEAF = {
    "IVR_ALERT_EMAIL": "operator@example.org",
    "IVR_SMTP_URL": "smtp://127.0.0.1:1",
    "IVR_ALERT_WEBHOOK": "http://127.0.0.1:1/",
}

FAULTS = {
    "the database is stopped": Fault(database_stopped, postgresql=True),
    "the database is slow": Fault(database_slow, postgresql=True),
    "the database is locked": Fault(database_locked),
    "no file may grow": Fault(no_file_may_grow),
    "the script is garbage, and reloaded": Fault(script_garbage),
    "the script is gone": Fault(script_gone),
    "a worker is killed": Fault(worker_killed, lost=1),
    "the line is stopped and started": Fault(stopped_and_started),
    "a proxy drops connections": Fault(proxy_drops),
    "clients are slow": Fault(slow_clients),
    "nobody takes alerts": Fault(nobody_takes_alerts, env=DEAF),
    "a request is truncated": Fault(request_truncated),
    "the clips are gone": Fault(clips_gone, prepare=with_clips),
    "the clips cannot be read": Fault(clips_unreadable, prepare=with_clips),
    "the carrier's API is down": Fault(
        carriers_api_down, untold=1, prepare=with_texts_and_messages
    ),
}

if FULL:
    FAULTS |= {
        "the disk is full": Fault(disk_full, mounts=True),
        "the disk fails": Fault(disk_fails, prepare=with_a_disk_that_can_fail),
        "the clock jumps": Fault(clock_jumps, prepare=with_a_clock),
        "a file is where the clips were": Fault(clips_a_file, prepare=with_clips),
        "the clips' folder is shut": Fault(clips_shut, prepare=with_clips),
    }


class Lines:
    """The lines to which faults happen, each opened once; one that fails a test is used no more."""

    def __init__(self, opened: Callable[[Fault], AbstractContextManager[Line]]) -> None:
        self._opened = opened
        self._open: dict[str, tuple[Line, ExitStack]] = {}

    @contextmanager
    def of(self, fault: Fault) -> Iterator[Line]:
        line, stack = self._open.pop(fault.line, None) or self._anew(fault)
        with stack:
            yield line
            self._open[fault.line] = line, stack.pop_all()

    def _anew(self, fault: Fault) -> tuple[Line, ExitStack]:
        stack = ExitStack()
        return stack.enter_context(self._opened(fault)), stack

    def close(self) -> None:
        with ExitStack() as ending:
            for _, stack in self._open.values():
                ending.push(stack)


@pytest.fixture(scope="module")
def lines(
    tmp_path_factory: pytest.TempPathFactory, proves: Proves, request: pytest.FixtureRequest
) -> Iterator[Lines]:
    @contextmanager
    def opened(fault: Fault) -> Iterator[Line]:
        room = tmp_path_factory.mktemp("line")
        prompts = shutil.copytree(SHIPPED, room / "prompts")
        server = request.getfixturevalue("postgresql") if fault.postgresql else None
        with ExitStack() as stack:
            if fault.mounts:
                stack.enter_context(small_disk(room / "state"))
            yield stack.enter_context(
                served(room, prompts, proves, server, fault.prepare, **fault.env)
            )

    made = Lines(opened)
    yield made
    made.close()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xdist_group(f"faults {fault.line}"))
        for name, fault in FAULTS.items()
    ],
)
@pytest.mark.timeout(300)
def test_a_call_in_progress_reaches_a_person_though(name: str, lines: Lines) -> None:
    fault = FAULTS[name]
    with lines.of(fault) as line:
        steps, answered = line.steps(), line.carrier.answered
        _call_through(line, fault)
        _recorded(line, fault, steps, line.carrier.answered - answered + fault.untold)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=True)
    yield
    subprocess.run(["umount", str(folder)], check=True)


def _call_through(line: Line, fault: Fault) -> None:
    """Make a call in which something breaks; every answer is TwiML, or the phone would refuse."""
    caller = line.call().dial().press("1").hears("Welcome")
    with fault.breaks(line):
        other = line.call().dial().press("2")  # a new call comes in meanwhile, in Spanish
        caller.press("#").is_listened_to()
        caller.press("0").is_connected_to(HOTLINE)
        caller.ends("busy").is_listened_to()
        other.press("0").is_connected_to(HOTLINE)
    caller.press("0").is_connected_to(HOTLINE)
    caller.ends("completed").is_listened_to()
    other.ends("completed").is_listened_to()


def _recorded(line: Line, fault: Fault, before: int, asked: int) -> None:
    """Nothing is lost beyond the stated bound; what the carrier sent again may count once more."""
    until(lambda: line.steps() - before >= asked - fault.lost, line.log)
    line.untold += fault.untold
    most = line.carrier.answered + line.untold + line.carrier.unanswered
    assert line.steps() <= most, line.log.read_text()[-3000:]
