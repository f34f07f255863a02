"""The path of IVR_PUBLIC_URL, below which a proxy shows the pages: https://agency.example.org/line.

The proxy takes the path away before it passes a request on, so only the setting knows of it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ivr.web.paths import is_of_call, public_path

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class PublicPath:
    """WSGI middleware by which the links of pages, styles and redirects stay below the path.

    Nothing changes for the carrier: its signature is of the URL that it called.
    """

    def __init__(self, app: "WSGIApplication", public_url: str) -> None:
        self._app = app
        self._path = public_path(public_url)

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Answer a request, with or without the path before it."""
        asked = environ.get("PATH_INFO", "")
        if self._path and not environ.get("SCRIPT_NAME") and not is_of_call(asked):
            environ["SCRIPT_NAME"] = self._path
            if asked.startswith(f"{self._path}/"):
                environ["PATH_INFO"] = asked.removeprefix(self._path)
        return self._app(environ, start)
