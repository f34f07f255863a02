"""Servers to measure: the line as `ivr serve` starts it, and its rivals on the same server."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from bench.rivals import TOKEN
from ivr.cli.serve import THREADS
from tests.serving import free_port

ROOT = Path(__file__).parent.parent
PATIENCE_SECONDS = 60
"""Seconds that a server may take to start or to stop."""


@dataclass(frozen=True)
class Served:
    """A running server: its port, its process, and the folder of its state."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    state: Path

    def workers(self) -> list[int]:
        """Return the process ids of its workers; of those that answer calls, if it is the line."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        pids = [int(pid) for pid in children.read_text().split()]
        others = (b"resource_tracker", b"ivr.cli.page_server")
        return [pid for pid in pids if not any(other in _command(pid) for other in others)]

    def wait_for_pages(self) -> None:
        """Wait until its pages are shown, which come a moment after its first answer to a call."""
        end = time.monotonic() + PATIENCE_SECONDS
        while "pages: ok" not in self._text("/readyz"):
            if time.monotonic() > end:
                raise SystemExit("the pages of the line do not start")
            time.sleep(0.1)

    def memory(self) -> list[float]:
        """Return the memory of each worker in MiB (its PSS)."""
        return [_pss(pid) for pid in self.workers()]

    def cpu(self) -> float:
        """Return the CPU seconds that its workers have used."""
        return sum(cpu_seconds(pid) for pid in self.workers())

    def waiting(self) -> float:
        """Return how many facts wait to be written to the database."""
        lines = [
            x for x in self._text("/metrics").splitlines() if x.startswith("ivr_records_waiting")
        ]
        return sum(float(line.split()[-1]) for line in lines)

    def _text(self, path: str) -> str:
        return requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=30).text


@contextmanager
def line(workers: int = 2, **env: str) -> Iterator[Served]:
    """Serve the shipped script with records, as an operator does."""
    variables = {"TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_ACCOUNT_SID": "AC" + "0" * 32, **env}
    variables.setdefault("IVR_METRICS", "exact")
    port = free_port()
    command = [sys.executable, "-m", "ivr", "serve", "--port", str(port)]
    with running("ours", [*command, "--workers", str(workers)], port, variables) as served:
        yield served


@contextmanager
def rival(name: str, workers: int = 2) -> Iterator[Served]:
    """Serve a rival with the options that `ivr serve` gives to the same server."""
    port = free_port()
    command = [sys.executable, "-m", "granian", f"bench.rivals:{name}", "--factory"]
    options = ["--interface", "wsgi", "--port", str(port), "--workers", str(workers), "--no-ws"]
    options += ["--blocking-threads", str(THREADS)]
    with running(name, [*command, *options], port, {}) as served:
        yield served


@contextmanager
def running(
    name: str, command: list[str], port: int, variables: dict[str, str]
) -> Iterator[Served]:
    """Run a server's command, with its own variables and its own folder of state."""
    with tempfile.TemporaryDirectory() as state:
        env = {**os.environ, "IVR_STATE": state, **variables}  # noqa: TID251 the child's
        log = Path(state) / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=out, stderr=out)  # noqa: S603 ours
        try:
            end = time.monotonic() + PATIENCE_SECONDS
            while not _answers(port):
                if time.monotonic() > end or process.poll() is not None:
                    raise SystemExit(f"{name} does not start:\n{log.read_text()}")
                time.sleep(0.02)
            yield Served(name, port, process, Path(state))
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _answers(port: int) -> bool:
    try:
        requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
    except requests.ConnectionError:
        return False
    return True


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pss(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(x.split()[1]) for x in lines if x.startswith("Pss:")) / 1024
