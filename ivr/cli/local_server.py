"""The line on this machine alone: an application served on a free loopback port, for a while."""

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

    Without a `port` it is a free one.
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
    """Logs nothing: the phone shows what happens. Answers go out at once, in one piece or two."""

    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 werkzeug's name
        pass
