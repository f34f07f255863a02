"""Starts the process of the pages, watches it, replaces it at a reload, and ends it with the line.

It is started anew after a pause whenever it ends or does not answer; that is counted and alerted
like any failure of a worker (ivr.background), and calls go on.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path

from ivr import priority
from ivr.background import PeriodicWorker
from ivr.cli import page_server
from ivr.errors import IvrError
from ivr.web.page_proxy import UnixConnection

LOOK_SECONDS, START_SECONDS, ANSWER_SECONDS = 2.0, 120.0, 60.0
"""Seconds between two looks at the process; how long it may take to start, since it has the lowest
priority; and how long to say that it answers."""

STOP_SECONDS, CLOSE_SECONDS = 10.0, 2.0
"""Seconds that it may take to end: when another one takes over, and with the line."""

IS_AVAILABLE = sys.platform != "win32"
"""Whether pages have a process of their own: Windows has no Unix sockets for it."""


class PagesDownError(IvrError):
    """The process of the pages has ended or does not answer."""


@dataclass(frozen=True)
class _Process:
    """A process of the pages: its own session, in which its worker is, too."""

    process: "subprocess.Popen[bytes]"
    socket: Path

    def end(self, seconds: float = STOP_SECONDS) -> None:
        """End it, its worker too, within so many seconds, and wait for that."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.socket.unlink(missing_ok=True)


class PageSupervisor:
    """Keeps a process of the pages behind `socket`, in a private folder.

    A new process listens on a socket of its own, which takes the name `socket` once it answers. So
    the one before it serves until then, and stays if the new one does not start.
    """

    def __init__(self, folder: Path, alert: Callable[[str, str], None]) -> None:
        self.socket = folder / "pages.sock"
        self._count = 0
        self._starting: deque[_Process] = deque()
        self._serving: _Process | None = None
        self._is_outdated = False
        self._closing = threading.Event()
        self._worker = PeriodicWorker("pages", self._look, LOOK_SECONDS, alert=alert)

    def start(self) -> None:
        """Start a process for the script that is published now; at a reload, another one."""
        self._starting.append(self._spawn())
        self._worker.start()
        self._worker.wake()

    def close(self) -> None:
        """End all processes of the pages."""
        self._closing.set()
        self._worker.stop(STOP_SECONDS * 2)
        for process in (*self._starting, *filter(None, [self._serving])):
            process.end(CLOSE_SECONDS)

    def _spawn(self) -> _Process:
        self._count += 1
        path = self.socket.with_name(f"pages-{self._count}.sock")
        command = [sys.executable, "-m", page_server.__name__, str(path), str(os.getpid())]
        return _Process(priority.start_process(command), path)

    def _look(self) -> None:
        """Bring a new process into service, or see whether the present one works."""
        if not self._starting and (self._serving is None or self._is_outdated):
            self._starting.append(self._spawn())
        if self._starting:
            self._put_in_service(self._starting[0])
        elif self._serving is not None and not _answers(
            self._serving.process, self.socket, ANSWER_SECONDS
        ):
            process, self._serving = self._serving, None
            code = process.process.poll()
            process.end()
            ended = "does not answer" if code is None else f"has ended with code {code}"
            raise PagesDownError(f"the process of the pages {ended}")

    def _put_in_service(self, process: _Process) -> None:
        """Wait until a new process answers, and end the one before it. Raises PagesDownError."""
        self._is_outdated = True
        end = time.monotonic() + START_SECONDS
        while not _answers(process.process, process.socket, 1.0):
            if self._closing.is_set():
                return
            if time.monotonic() > end or process.process.poll() is not None:
                self._starting.popleft()
                process.end()
                raise PagesDownError("the process of the pages did not start; see the log")
            self._closing.wait(0.05)
        self._is_outdated = False
        process.socket.rename(self.socket)
        before, self._serving = self._serving, self._starting.popleft()
        if before is not None:
            before.end()


def _answers(process: "subprocess.Popen[bytes]", path: Path, seconds: float) -> bool:
    """Tell whether a process says on a socket, within so many seconds, that it is alive."""
    if process.poll() is not None:
        return False
    connection = UnixConnection(path, seconds)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
