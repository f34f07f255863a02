"""Requests for pages go to a process of their own; the process that answers calls only passes on.

Calls and pages share nothing that one of them can use up: at most PLACES requests for pages are in
a process of calls at a time, and all further ones are refused at once. The server in front has read
a whole request before it comes here, and sends an answer of up to MAX_HELD bytes by itself, so a
slow visitor holds no thread. The two processes speak over a Unix socket in a private folder, so
nobody else can claim to be the proxy, which tells the pages the visitor's address.
"""

import logging
import socket
import string
import threading
import time
from collections.abc import Iterable, Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from werkzeug.datastructures import EnvironHeaders
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import is_hop_by_hop_header
from werkzeug.wsgi import get_host, get_input_stream

from ivr.logs import Throttle
from ivr.web.page_limit import BUSY, SentBody, refused
from ivr.web.paths import call_path_test

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("ivr.pages")

PLACES = 8
"""Requests for pages that a process of calls passes on at a time; it has 16 threads."""

MAX_BODY = 1_000_000
"""Largest form for a page, in bytes."""

MAX_HELD = 256 * 1024
"""Largest page that is held in memory, in bytes, so that its place is free while it is sent."""

PAGE_SECONDS = 30.0
"""How long a page may take."""

DOWN = b"The pages cannot be shown now. Calls are answered as ever; please try again in a moment.\n"
"""What a browser shows if the process of the pages does not answer."""

_FORWARDED = ("X-FORWARDED-", "FORWARDED")
"""How the headers begin by which a client claims another address. The line believes none of them.
"""

_OWN = frozenset({"host", "content-length", "expect"})
"""Headers of a request that the proxy sets by itself."""

_PATH_CHARACTERS = "/!$&'()*+,:;=@~"
_QUERY_CHARACTERS = "%" + string.punctuation


class UnixConnection(HTTPConnection):
    """An HTTP connection to a Unix socket."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        """Connect. Raises OSError if nobody listens."""
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(self.timeout)
            connection.connect(str(self._path))
        except BaseException:
            connection.close()
            raise
        self.sock = connection


class PageProxy:
    """Passes requests for pages on to the process that listens on a socket.

    A request waits `start_seconds` for a process that is being started.
    """

    def __init__(
        self, path: Path, start_seconds: float, public_url: str = "", places: int = PLACES
    ) -> None:
        self._path = path
        self._is_of_call = call_path_test(public_url)
        self._places = threading.BoundedSemaphore(places)
        self._start_seconds = start_seconds
        self._log_throttle = Throttle()

    @property
    def trouble(self) -> str:
        """Why the pages are down, in a few words; empty if somebody listens."""
        connection = UnixConnection(self._path, 0)
        try:
            connection.connect()
        except OSError as e:
            return f"down, calls go on ({e.strerror})"
        connection.close()
        return ""

    def in_front_of(self, calls: "WSGIApplication") -> "WSGIApplication":
        """Return an application that lets another one answer calls, and passes on all else."""

        def application(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
            if self._is_of_call(environ.get("PATH_INFO", "")):
                return calls(environ, start)
            return self._page(environ, start)

        return application

    def _page(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        if not self._places.acquire(blocking=False):
            return refused(start, BUSY)
        try:
            body = self._passed_on(environ, start)
        except RequestEntityTooLarge:
            body = refused(start, b"That was too much.\n", "413 Content Too Large")
        except (OSError, HTTPException) as e:
            if self._log_throttle.count():
                log.error("the pages do not answer, calls go on: %s", e or type(e).__name__)  # noqa: TRY400
            body = refused(start, DOWN)
        except BaseException:
            self._places.release()
            raise
        if isinstance(body, list):
            self._places.release()
            return body
        return SentBody(body, self._places.release)

    def _passed_on(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Ask the pages; return a list if the whole answer is here. Raises OSError, HTTPException.

        Nothing of the answer is sent before all that can fail at once has gone well.
        """
        stream = get_input_stream(environ, max_content_length=MAX_BODY)
        body = stream.read()
        connection = self._connected()
        try:
            _send(connection, environ, body)
            response = connection.getresponse()
            first = response.read(MAX_HELD)
        except BaseException:
            connection.close()
            raise
        headers = [(k, v) for k, v in response.getheaders() if not is_hop_by_hop_header(k)]
        start(f"{response.status} {response.reason}", headers)
        if response.isclosed():
            connection.close()
            return [first]
        return _pieces(first, response, connection)

    def _connected(self) -> UnixConnection:
        """Return a connection to the pages; wait a moment for those that are being started."""
        end = time.monotonic() + self._start_seconds
        while True:
            connection = UnixConnection(self._path, PAGE_SECONDS)
            try:
                connection.connect()
            except (FileNotFoundError, ConnectionRefusedError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
            else:
                return connection


def _send(connection: UnixConnection, environ: "WSGIEnvironment", body: bytes) -> None:
    """Send a request on, with the visitor's address and without what belongs to a connection."""
    path = quote(environ.get("PATH_INFO", "").encode("latin-1"), safe=_PATH_CHARACTERS)
    query = quote(environ.get("QUERY_STRING", "").encode("latin-1"), safe=_QUERY_CHARACTERS)
    target = f"{path or '/'}?{query}" if query else path or "/"
    connection.putrequest(
        environ["REQUEST_METHOD"], target, skip_host=True, skip_accept_encoding=True
    )
    connection.putheader("Host", get_host(environ))
    for name, value in EnvironHeaders(environ).items():
        is_ours = name.lower() in _OWN or name.upper().startswith(_FORWARDED)
        if not is_ours and not is_hop_by_hop_header(name):
            connection.putheader(name, value)
    connection.putheader("X-Forwarded-For", environ.get("REMOTE_ADDR", ""))
    connection.putheader("Connection", "close")
    if body or environ["REQUEST_METHOD"] in {"POST", "PUT", "PATCH"}:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)


def _pieces(first: bytes, response: HTTPResponse, connection: UnixConnection) -> Iterator[bytes]:
    """Yield the parts of a long answer."""
    try:
        yield first
        while piece := response.read(MAX_HELD):
            yield piece
    finally:
        connection.close()
