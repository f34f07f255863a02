"""Error pages for people; webhooks and monitors get plain answers."""

import logging

from flask import Flask, Response, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from ivr.database.engine import reason
from ivr.errors import RecordsError
from ivr.web.access import ACCESS
from ivr.web.paths import is_of_call

log = logging.getLogger("ivr.web")

TITLES = {
    400: "That did not work",
    401: "Please sign in again",
    403: "You cannot open this page",
    404: "Page not found",
    405: "That cannot be done here",
    413: "That was too much",
}
"""The title of the page for each status that has one."""

NOT_FOUND = "There is no page at this address. It may be mistyped, or the script has changed."
_TEXTS = {404: NOT_FOUND, 405: "This address takes another kind of request."}
_NO_DATABASE = (
    "Its database cannot be reached. The line goes on answering calls, and the console works again"
    " when the database does."
)


def install(app: Flask) -> None:
    """Give an application its error pages."""

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> HTTPException | tuple[str, int] | Response:
        status = error.code or 500
        if not _is_page() or status not in TITLES:
            return error
        has_own_text = error.description != type(error).description
        text = str(error.description) if has_own_text else _TEXTS.get(status, NOT_FOUND)
        return render_template("error.html", title=TITLES[status], text=text), status

    @app.errorhandler(SQLAlchemyError)
    @app.errorhandler(RecordsError)
    def no_database(error: SQLAlchemyError | RecordsError) -> tuple[str, int]:
        log.error("%s", reason(error) if isinstance(error, SQLAlchemyError) else error)
        if not _is_page():
            raise error  # a webhook's: the lifeboat answers
        title = "The console cannot be used now"
        typed = request.form.get("text", "")
        return render_template("error.html", title=title, text=_NO_DATABASE, typed=typed), 503


def _is_page() -> bool:
    return request.blueprint not in ACCESS and not is_of_call(request.path)
