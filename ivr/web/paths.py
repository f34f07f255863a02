"""Which paths belong to calls, and which to pages. The two share nothing that can be used up."""

from collections.abc import Callable, Iterable
from urllib.parse import unquote, urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

CALL_ROOTS = frozenset({"voice", "audio", "record", "text-in", "healthz", "readyz", "metrics"})
"""First segments of the paths that the carrier asks for in a call, and monitors at any time."""


def is_of_call(path: str) -> bool:
    """Tell whether a path is the carrier's or a monitor's; all others are pages."""
    return path[1:].partition("/")[0] in CALL_ROOTS


def public_path(public_url: str) -> str:
    """Return the path of IVR_PUBLIC_URL, below which a proxy shows the line; empty if none."""
    return unquote(urlsplit(public_url).path).rstrip("/")


def call_path_test(public_url: str) -> Callable[[str], bool]:
    """Return `is_of_call`, for a proxy that leaves the path of IVR_PUBLIC_URL in place, too."""
    prefix = public_path(public_url)
    if not prefix:
        return is_of_call
    return lambda path: (
        is_of_call(path)
        or (path.startswith(f"{prefix}/") and is_of_call(path.removeprefix(prefix)))
    )


class PublicPath:
    """WSGI middleware by which the links of pages, styles and redirects stay below a public path.

    The proxy takes the path away before it passes a request on, so only IVR_PUBLIC_URL knows of it.
    Nothing changes for the carrier: its signature is of the URL that it called.
    """

    def __init__(self, app: WSGIApplication, public_url: str) -> None:
        self._app = app
        self._path = public_path(public_url)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request, with or without the path before it."""
        asked = environ.get("PATH_INFO", "")
        if self._path and not environ.get("SCRIPT_NAME") and not is_of_call(asked):
            environ["SCRIPT_NAME"] = self._path
            if asked.startswith(f"{self._path}/"):
                environ["PATH_INFO"] = asked.removeprefix(self._path)
        return self._app(environ, start)
