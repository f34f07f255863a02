"""A table of what can break, each with a call in progress: the caller always reaches a person.

Faults last a few seconds here; `make faults` lets them last as long as in earnest.
"""

import os
import resource
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.conftest import FULL, Line, Proxy, served
from tests.serving import until

HOTLINE = "+18883737888"
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
def script_garbage(line: Line) -> Iterator[None]:
    for path in line.prompts.glob("*.yaml"):
        path.write_bytes(b"\x00\xff {[: garbage")
    assert line.process is not None
    line.process.send_signal(signal.SIGHUP)
    until(lambda: "the script was refused" in line.log.read_text(), line.log)
    yield


@contextmanager
def script_gone(line: Line) -> Iterator[None]:
    for path in line.prompts.glob("*.yaml"):
        path.unlink()
    yield


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
    proxy.close()


@contextmanager
def slow_clients(line: Line) -> Iterator[None]:
    """A hundred clients send a byte now and then, and never come to an end."""
    opened = [socket.create_connection(("127.0.0.1", line.port)) for _ in range(100)]
    for client in opened:
        client.sendall(b"POST /voice HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nDigits=")
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


@dataclass(frozen=True)
class Fault:
    """What breaks, in which database the records are, and how many turns may be lost."""

    breaks: Callable[[Line], "contextmanager[None]"]
    postgresql: bool = False
    lost: int = 0
    mounts: bool = False
    env: dict[str, str] = field(default_factory=dict)


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
}

if FULL:
    FAULTS["the disk is full"] = Fault(disk_full, mounts=True)


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.timeout(300)
def test_a_call_in_progress_reaches_a_person_though(
    name: str, tmp_path: Path, prompts: Path, checked: Path, request: pytest.FixtureRequest
) -> None:
    fault = FAULTS[name]
    server = request.getfixturevalue("postgresql") if fault.postgresql else None
    with (
        small_disk(tmp_path / "state") if fault.mounts else nullcontext(),
        served(tmp_path, prompts, checked, server, **fault.env) as line,
    ):
        _call_through(line, fault)
        _recorded(line, fault)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=True)
    yield
    subprocess.run(["umount", str(folder)], check=True)


def _call_through(line: Line, fault: Fault) -> None:
    """Make a call in which something breaks; every answer is TwiML, or the phone would refuse."""
    caller = line.call().dial().press("1").hears("press 1")
    with fault.breaks(line):
        other = line.call().dial().press("2")  # a new call comes in meanwhile, in Spanish
        caller.press("#").is_listened_to()
        caller.press("0").is_connected_to(HOTLINE)
        caller.ends("busy").is_listened_to()
        other.press("0").is_connected_to(HOTLINE)
    caller.press("0").is_connected_to(HOTLINE)
    caller.ends("completed").is_listened_to()
    other.ends("completed").is_listened_to()


def _recorded(line: Line, fault: Fault) -> None:
    """Nothing is lost beyond the stated bound; what the carrier sent again may count once more."""
    line.stop()
    asked, again = line.carrier.answered, line.carrier.unanswered
    assert asked - fault.lost <= line.steps() <= asked + again, line.log.read_text()[-3000:]
