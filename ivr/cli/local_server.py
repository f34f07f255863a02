"""Serves an application on a loopback port, for as long as a command runs."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socket import create_connection
from threading import Event, Thread
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@contextmanager
def on_loopback(app: "WSGIApplication", port: int = 0) -> Iterator[str]:
    """Serve an application over HTTP on 127.0.0.1; yield the URL that the carrier would call.

    Port 0 stands for any free port.
    """
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    stopping = Event()

    def serve() -> None:  # unlike serve_forever, it does not look many times a second for its end
        while not stopping.is_set():
            server.handle_request()

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}/voice"
    finally:
        stopping.set()
        with suppress(OSError):
            create_connection(("127.0.0.1", server.port), timeout=1).close()  # it waits for one
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    """Logs nothing, since the phone shows what happens, and sends small answers without delay."""

    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 werkzeug's name
        pass
