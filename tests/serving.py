"""The production server, started as an operator starts it, for the tests that need a process."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.lines import SHIPPED

IVR = [sys.executable, "-m", "ivr"]
PATIENCE_SECONDS = 40


def environment(state: Path, **more: str) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("IVR_", "TWILIO_"))}
    return {**clean, "IVR_STATE": str(state), "IVR_AUDIO": "off", **more}


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    return shutil.copytree(SHIPPED, tmp_path / "prompts")


@pytest.fixture
def serve(state: Path, tmp_path: Path) -> Callable[..., "contextmanager[str]"]:
    @contextmanager
    def serving(
        prompts: Path, *options: str, within: tuple[str, ...] = (), **env: str
    ) -> Iterator[tuple[str, Path]]:
        port = free_port()
        log = tmp_path / "serve.log"
        command = [*within, *IVR, "serve", "--port", str(port), "--prompts", str(prompts), *options]
        with log.open("w") as out:
            process = subprocess.Popen(
                command, env=environment(state, **env), stdout=out, stderr=out
            )
            try:
                until(lambda: answers(port), log)
                yield f"http://127.0.0.1:{port}", log
            finally:
                process.send_signal(signal.SIGTERM)
                assert process.wait(PATIENCE_SECONDS) == 0, log.read_text()

    return serving


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).ok
    except requests.ConnectionError:
        return False


def until(true: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.1)
