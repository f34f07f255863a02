"""Pages never use up the threads of a process.

A process has a fixed number of threads. Requests that belong to a call pass straight through; of
all others, a few run at a time, a few more wait for a moment, and the rest are told at once to
come back. So however many pages are asked for, and however slow the database behind them is, some
threads stay free: for calls where pages and calls share a process (Gunicorn), and for the question
whether the process still answers.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from ivr.web.paths import is_of_call

STREAMED = "ivr.streamed"
"""Set in the WSGI environment of a page that is still being made while it is sent."""

RUNNING = 3
"""Pages that a process works on at a time."""

WAITING = 5
"""Further page requests that wait for their turn."""

WAIT_SECONDS = 5.0
"""How long a page request waits for its turn."""


class PageLimit:
    """WSGI middleware that bounds how many threads of a process pages take."""

    def __init__(
        self,
        app: WSGIApplication,
        running: int = RUNNING,
        waiting: int = WAITING,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._app = app
        self._places = threading.BoundedSemaphore(running + waiting)
        self._turns = threading.BoundedSemaphore(running)
        self._wait_seconds = wait_seconds

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a call's request at once, and a page's when it is its turn."""
        if is_of_call(environ.get("PATH_INFO", "")):
            return self._app(environ, start)
        if not self._places.acquire(blocking=False):
            return refused(start, BUSY)
        if not self._turns.acquire(timeout=self._wait_seconds):
            self._places.release()
            return refused(start, BUSY)
        try:
            body = self._app(environ, start)
        except BaseException:
            self._end()
            raise
        if environ.get(STREAMED):
            return SentBody(body, self._end)
        self._end()  # nothing more is computed while it is sent
        return body

    def _end(self) -> None:
        self._turns.release()
        self._places.release()


@dataclass
class SentBody:
    """A page that is still being made while it is sent: `end` is called once it is closed."""

    body: Iterable[bytes]
    end: Callable[[], None]
    is_open: bool = True

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.body)

    def close(self) -> None:
        """End the turn, once."""
        try:
            close = getattr(self.body, "close", None)
            if close is not None:
                close()
        finally:
            if self.is_open:
                self.is_open = False
                self.end()


BUSY = b"The console is busy. Calls are answered as ever; please try again in a moment.\n"
"""What a browser shows if too many pages are asked for."""


def refused(
    start: StartResponse, text: bytes, status: str = "503 Service Unavailable"
) -> list[bytes]:
    """Answer with a plain text in place of a page."""
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(text))),
        ("Retry-After", "2"),
    ]
    start(status, headers)
    return [text]
