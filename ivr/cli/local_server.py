"""Serves an application on a loopback port, for as long as a command runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
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
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}/voice"
    finally:
        server.shutdown()
        thread.join()


class _Quiet(WSGIRequestHandler):
    """Logs nothing, since the phone shows what happens, and sends small answers without delay."""

    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 werkzeug's name
        pass
