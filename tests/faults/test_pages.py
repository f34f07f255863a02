"""The process of the pages is killed, hangs, is replaced, and ends with the line; calls go on."""

import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import requests

from tests.faults.test_isolation import calls
from tests.serving import PATIENCE_SECONDS, REAL, environment, until, until_pages_answer

UNFINISHED = 1500
"""More connections than the server's own default for a worker."""


def children(pid: int) -> set[int]:
    """Return the processes that a process has started, and those that they have."""
    own: set[int] = set()
    with suppress(OSError):  # it may end meanwhile
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            own.update(map(int, task.read_text().split()))
    return own.union(*map(children, own))


def page_servers(supervisor: int) -> set[int]:
    return {pid for pid in children(supervisor) if is_page_server(pid)}


def is_page_server(pid: int) -> bool:
    with suppress(OSError):  # it may end meanwhile
        return b"ivr.cli.page_server" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def text(url: str) -> str:
    return requests.get(url, timeout=60).text


def unfinished(stack: ExitStack, url: str) -> None:
    """Connect and send half a request: by turns in its head and in its form."""
    port = int(url.rpartition(":")[2])
    connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
    head = b"POST /sign-in HTTP/1.1\r\nHost: line\r\n"
    connection.sendall(head if connection.fileno() % 2 else head + b"Content-Length: 9\r\n\r\nna")


@pytest.fixture
def _files() -> Iterator[None]:
    """Let this process open as many files as it has connections to the line."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("_files")
def test_calls_go_on_whatever_becomes_of_the_process_of_the_pages(
    serve, prompts: Path, state: Path
) -> None:
    with serve(prompts, "--workers", "1", **REAL) as (url, log):
        supervisor = int(next(state.glob("serve-*.pid")).read_text())
        until_pages_answer(url, log)
        assert "Sign in" in text(f"{url}/sign-in")
        assert {os.sched_getscheduler(pid) for pid in page_servers(supervisor)} == {os.SCHED_IDLE}

        first = page_servers(supervisor)
        for pid in first:
            os.kill(pid, signal.SIGKILL)
        calls(url)
        until(lambda: "pages: down, calls go on" in text(f"{url}/readyz"), log)
        until_pages_answer(url, log)
        assert "Sign in" in text(f"{url}/sign-in")
        assert 'ivr_worker_restarts_total{worker="pages"} 1.0' in text(f"{url}/metrics")
        assert "the process of the pages has ended" in log.read_text()

        second = page_servers(supervisor)
        assert not first & second
        os.kill(supervisor, signal.SIGHUP)
        until(lambda: page_servers(supervisor) and not second & page_servers(supervisor), log)
        assert "Sign in" in text(f"{url}/sign-in")
        calls(url)

        with ExitStack() as visitors:
            for _ in range(UNFINISHED):
                unfinished(visitors, url)
            calls(url)
        left = children(supervisor)
    assert not [pid for pid in left if Path(f"/proc/{pid}").exists()]


@contextmanager
def page_server(line: int, prompts: Path, state: Path, log: Path) -> Iterator[subprocess.Popen]:
    """Start a process of the pages that is to end with a process of `ivr serve`."""
    command = [sys.executable, "-m", "ivr.cli.page_server", str(log.with_name("s")), str(line)]
    env = environment(state, IVR_PROMPTS=str(prompts), **REAL)
    with log.open("w") as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def test_the_worker_of_the_pages_ends_when_the_process_above_it_is_killed(
    prompts: Path, state: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with page_server(os.getpid(), prompts, state, log) as process:
        until(lambda: children(process.pid), log)
        until((tmp_path / "s").exists, log)
        left = children(process.pid)
        process.kill()
        process.wait()
        until(lambda: not [pid for pid in left if Path(f"/proc/{pid}").exists()], log)


def test_the_process_of_the_pages_ends_if_the_line_ended_before_it_looked(
    prompts: Path, state: Path, tmp_path: Path
) -> None:
    line = subprocess.Popen(["true"])
    line.wait()
    with page_server(line.pid, prompts, state, tmp_path / "log") as process:
        process.wait(PATIENCE_SECONDS)
