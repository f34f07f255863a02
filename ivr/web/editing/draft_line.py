"""A line that answers with a draft, for the phone in the browser alone.

It is an application that no server has: only the browser phone calls it, in this process. So no
caller can come to it. Nothing of its calls is recorded, and nobody is dialled.
"""

import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from flask import abort

from ivr.accounts.revision_copy import write_files
from ivr.editing import revisions
from ivr.problem import ScriptError
from ivr.speech.clips import Clips
from ivr.web.calls import Application, answer_calls
from ivr.web.editing.drafts import Drafts
from ivr.web.waits import Waits


class DraftLine:
    """The application of the draft that was asked for last, with these clips."""

    def __init__(self, drafts: Drafts, clips: Clips) -> None:
        self._drafts = drafts
        self._clips = clips
        self._lock = threading.Lock()
        self._digest = ""
        self._application: Application | None = None

    def application(self, number: int) -> Application:
        """Return the line of a revision. Aborts with 404 without one, with 409 if it is broken."""
        with self._drafts.database.reading() as connection:
            revision = revisions.get(connection, number)
        if revision is None:
            abort(404, f"There is no revision {number}.")
        with self._lock:
            if self._application is None or self._digest != revision.digest:
                with tempfile.TemporaryDirectory(prefix="ivr-draft-") as room:
                    folder = Path(room) / "script"
                    write_files(revision.files, folder)
                    settings = replace(self._drafts.settings, prompts=folder)
                    try:
                        self._application = answer_calls(
                            settings, self._drafts.clock, Waits(), clips=self._clips
                        )
                    except ScriptError as e:
                        why = str(e.problems[0]).removeprefix(f"{folder}/")
                        abort(409, f"This draft cannot be called yet: {why}")
                self._digest = revision.digest
            return self._application
