"""The production server, started as an operator starts it, for the tests that need a process."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from ivr.checks.engine.report import stored
from ivr.checks.engine.result_cache import fingerprint, save_cached
from ivr.database.engine import open_and_migrate
from ivr.settings import Settings
from tests.lines import SHIPPED, TOKEN
from tests.published import report_once

IVR = [sys.executable, "-m", "ivr"]
PATIENCE_SECONDS = 60
UNPROVED_SECONDS = 110
"""How long a line may take to start that proves its script first, on a busy machine."""
REAL = {"TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_ACCOUNT_SID": "AC" + "0" * 32}


def environment(state: Path, **more: str) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("IVR_", "TWILIO_"))}
    return {**clean, "IVR_STATE": str(state), "IVR_AUDIO": "off", **more}


UDP = socket.SOCK_DGRAM


def free_port() -> int:
    """Return a port that nobody uses now; below those that outgoing connections are given."""
    while True:
        # No seed: other processes have it.
        address = ("127.0.0.1", 10_000 + secrets.randbelow(20_000))
        with (
            suppress(OSError),
            socket.socket() as tcp,
            socket.socket(type=socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind(address)
            udp.bind(address)
            return address[1]


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    return shutil.copytree(SHIPPED, tmp_path / "prompts")


Proves = Callable[[Path, Path], None]


@pytest.fixture(scope="session")
def proves(tmp_path_factory: pytest.TempPathFactory) -> Proves:
    """Cache the report of a script in a line's state; its checks run once in a run of the tests.

    The state has its tables, too: bringing a new database forward takes each process half a second.
    """

    def prove(script: Path, state: Path) -> None:
        report = report_once(tmp_path_factory, script)
        save_cached(state, fingerprint(script, report.at.date(), state), stored(report))
        open_and_migrate(Settings(state=state)).dispose()

    return prove


@pytest.fixture
def serve(
    state: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Callable[..., "contextmanager[str]"]:
    """Serve a line, whose script is proved once in a run; by the line itself with proved=False."""

    @contextmanager
    def serving(
        prompts: Path,
        *options: str,
        within: tuple[str, ...] = (),
        proved: bool = True,
        **env: str,
    ) -> Iterator[tuple[str, Path]]:
        if proved:
            request.getfixturevalue("proves")(prompts, state)
        port = free_port()
        log = tmp_path / "serve.log"
        command = [*within, *IVR, "serve", "--port", str(port), "--prompts", str(prompts), *options]
        with log.open("w") as out:
            # A session of its own has a share of the processor that no test can use up.
            process = subprocess.Popen(
                command,
                env=environment(state, **env),
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
            has_started = False
            try:
                until(lambda: answers(port), log, PATIENCE_SECONDS if proved else UNPROVED_SECONDS)
                has_started = True
                yield f"http://127.0.0.1:{port}", log
            finally:
                process.send_signal(signal.SIGTERM)
                code = process.wait(PATIENCE_SECONDS)
                # Before it serves, SIGTERM just ends it, and its exit code would hide what failed.
                assert code == 0 or not has_started, f"exit code {code}: {log.read_text()}"

    return serving


def until_pages_answer(url: str, log: Path | None = None) -> None:
    """Wait for the process of the pages; a worker that is being replaced may drop a connection."""

    def answer() -> bool:
        with suppress(requests.RequestException):
            return "pages: ok" in requests.get(f"{url}/readyz", timeout=30).text
        return False

    until(answer, log)


def end_processes(argument: str) -> None:
    """End the processes that have something among their arguments."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if argument.encode() in (process / "cmdline").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGTERM)


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).ok
    except (requests.ConnectionError, requests.Timeout):  # a busy machine may take long
        return False


def until(
    true: Callable[[], object], log: Path | None = None, seconds: float = PATIENCE_SECONDS
) -> None:
    """Look again and again until something is so; where it never is, show the log.

    A look that takes long rests as long: the machine is left to what is waited for.
    """
    end = time.monotonic() + seconds
    looked = time.monotonic()
    while not true():
        now = time.monotonic()
        assert now < end, log.read_text() if log else "it was waited for in vain"
        time.sleep(max(0.05, now - looked))
        looked = time.monotonic()
