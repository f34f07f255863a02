"""`/publishing/undo`: with one touch, callers hear the script before the last one again."""

import datetime as dt
from collections.abc import Callable

from flask import Blueprint, Response, abort, redirect, request, url_for

from ivr.accounts import audit_log, publication, revision_copy
from ivr.accounts.audit_log import Deed
from ivr.accounts.publication import Published
from ivr.database.engine import Database
from ivr.editing import workflow
from ivr.editing.revisions import EditError
from ivr.settings import Settings
from ivr.web.auth import current_operator


def undoable(settings: Settings, parent: int) -> Published | None:
    """Return the script that was published last, if the console can undo that; else None."""
    past = publication.history(settings.state)
    if len(past) < 2 or publication.parent_line(settings.state, parent) is None:  # noqa: PLR2004 as there
        return None
    return past[-1]


class PublishingPages:
    """What operators can do about a published script; `parent` may be the `ivr serve` to tell."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Callable[[], dt.datetime],
        notify: Callable[[str, str, str], object],
        parent: int,
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._notify = notify
        self._parent = parent

    def blueprint(self) -> Blueprint:
        """Return the route."""
        pages = Blueprint("publishing", __name__)
        pages.add_url_rule("/publishing/undo", view_func=self.undo, methods=["POST"])
        return pages

    def undo(self) -> Response:
        """Let the line use the script before the one that the form names."""
        by, now = current_operator().name, self._clock()
        line = publication.parent_line(self._settings.state, self._parent)
        digest = request.form.get("digest", "")
        if line is not None and revision_copy.in_force(self._settings.state):
            return self._undo_revision(by, digest, now)
        if line is None or not publication.ask_undo(self._settings.state, digest, by):
            abort(400, "The script was published anew in the meantime. Look at it again.")
        with self._database.writing() as connection:
            audit_log.add(connection, by, Deed("undid a publication", f"of {digest}"), now)
        publication.reread(line)
        self._notify("published", f"{by} has undone the last publication", f"{digest} {now}")
        return redirect(url_for("console.home"), 303)  # type: ignore[return-value]

    def _undo_revision(self, by: str, digest: str, now: dt.datetime) -> Response:
        """Publish the revision before the newest one again, on all servers."""
        try:
            with self._database.writing() as connection:
                revision = workflow.undo(connection, by, digest, now)
        except EditError as e:
            abort(400, f"That was not undone: {e}.")
        text = f"{by} has undone the last publication: revision {revision.id} is on the air"
        self._notify("published", text, f"revision {revision.id}")
        return redirect(url_for("console.home"), 303)  # type: ignore[return-value]
