"""`/publishing/undo`: with one touch, callers hear the script before the last one again."""

import datetime as dt

from flask import Response, abort, request

from ivr.accounts import publication, revision_copy
from ivr.accounts.publication import Published
from ivr.editing import workflow
from ivr.editing.revisions import EditError
from ivr.web.auth import current_operator
from ivr.web.console import Console, ConsolePages
from ivr.web.routes import post, redirected


def undoable(console: Console) -> Published | None:
    """Return the script that was published last, if the console can undo that; else None."""
    state = console.settings.state
    past = publication.history(state)
    if len(past) < 2 or publication.parent_line(state, console.parent) is None:  # noqa: PLR2004 as there
        return None
    return past[-1]


class PublishingPages(ConsolePages, name="publishing"):
    """What operators can do about a published script."""

    @post("/publishing/undo")
    def undo(self) -> Response:
        """Let the line use the script before the one that the form names."""
        by, now = current_operator().name, self.console.clock()
        state, digest = self.console.settings.state, request.form.get("digest", "")
        line = publication.parent_line(state, self.console.parent)
        if line is not None and revision_copy.in_force(state):
            return self._undo_revision(by, digest, now)
        if line is None or not publication.ask_undo(state, digest, by):
            abort(400, "The script was published anew in the meantime. Look at it again.")
        self.console.log("undid a publication", f"of {digest}")
        publication.reread(line)
        self.console.notify("published", f"{by} has undone the last publication", f"{digest} {now}")
        return redirected("console.home")

    def _undo_revision(self, by: str, digest: str, now: dt.datetime) -> Response:
        """Publish the revision before the newest one again, on all servers."""
        try:
            with self.database.writing() as connection:
                revision = workflow.undo(connection, by, digest, now)
        except EditError as e:
            abort(400, f"That was not undone: {e}.")
        text = f"{by} has undone the last publication: revision {revision.id} is on the air"
        self.console.notify("published", text, f"revision {revision.id}")
        return redirected("console.home")
