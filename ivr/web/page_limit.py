"""Pages never use up the threads that calls need.

A worker process has a fixed number of threads. Requests that belong to a call pass straight
through; of all others, a few run at a time, a few more wait for a moment, and the rest are told at
once to come back. So however many pages are asked for, and however slow the database behind them
is, most threads stay free for calls.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CALL_PATHS = ("/voice", "/audio/", "/assistant/", "/healthz", "/readyz")
"""What the carrier asks for in a call, what an assistant asks for (it has a limit of its own), and
what keeps a worker in service."""

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
        app: "WSGIApplication",
        running: int = RUNNING,
        waiting: int = WAITING,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._app = app
        self._places = threading.BoundedSemaphore(running + waiting)
        self._turns = threading.BoundedSemaphore(running)
        self._wait_seconds = wait_seconds

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Answer a call's request at once, and a page's when it is its turn."""
        if environ.get("PATH_INFO", "").startswith(CALL_PATHS):
            return self._app(environ, start)
        if not self._places.acquire(blocking=False):
            return _busy(start)
        if not self._turns.acquire(timeout=self._wait_seconds):
            self._places.release()
            return _busy(start)
        try:
            body = self._app(environ, start)
        except BaseException:
            self._end()
            raise
        if environ.get(STREAMED):
            return _Body(body, self._end)
        self._end()  # nothing more is computed while it is sent
        return body

    def _end(self) -> None:
        self._turns.release()
        self._places.release()


class _Body:
    """A page that is still being made while it is sent: its turn ends when it is closed."""

    def __init__(self, body: Iterable[bytes], end: Callable[[], None]) -> None:
        self._body = body
        self._end = end
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        """End the turn, once."""
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            if self._is_open:
                self._is_open = False
                self._end()


def _busy(start: "StartResponse") -> list[bytes]:
    text = b"The console is busy. Calls are answered as ever; please try again in a moment.\n"
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(text))),
        ("Retry-After", "2"),
    ]
    start("503 Service Unavailable", headers)
    return [text]
