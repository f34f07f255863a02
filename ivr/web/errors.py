"""Pages for what went wrong, in words; webhooks and monitors get their own answers."""

import logging

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from ivr.errors import RecordsError
from ivr.web.auth import OPEN_PARTS

log = logging.getLogger("ivr.web")

TITLES = {
    400: "That did not work",
    401: "Please sign in again",
    403: "Not for this visitor",
    404: "This page is not here",
    405: "That cannot be done here",
    413: "That was too much",
}

NOT_HERE = "The address leads nowhere on this line. It may be mistyped, or the script has changed."


def install(app: Flask) -> None:
    """Give an application pages for errors."""

    @app.errorhandler(HTTPException)
    def told(error: HTTPException) -> HTTPException | tuple[str, int] | Response:
        status = error.code or 500
        if not _is_page() or status not in TITLES:
            return error
        own = error.description != type(error).description
        text = str(error.description) if own else _TEXTS.get(status, NOT_HERE)
        return render_template("error.html", title=TITLES[status], text=text), status

    @app.errorhandler(RecordsError)
    def no_records(error: RecordsError) -> tuple[str, int]:
        log.error("%s", error)
        title = "The records cannot be reached now"
        return render_template("error.html", title=title, text=_NO_RECORDS), 503


def _is_page() -> bool:
    return request.blueprint not in OPEN_PARTS and not request.path.startswith("/voice")


_TEXTS = {404: NOT_HERE, 405: "This address takes another kind of request."}
_NO_RECORDS = "The line goes on answering calls. Signing in works again when the database does."
