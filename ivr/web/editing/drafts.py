"""What all pages of the editor need: the draft, what is on the air, and what the checks say."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import abort
from sqlalchemy import Connection

from ivr.accounts import revision_copy
from ivr.database.engine import Database
from ivr.editing import draft_recordings, revisions, workflow
from ivr.editing.examine import Examined, examine
from ivr.editing.revisions import Revision
from ivr.local_time import short_local
from ivr.script.model import Script
from ivr.script.version import version
from ivr.settings import Settings
from ivr.web.auth import current_operator


@dataclass(frozen=True)
class Drafts:
    """The draft of one line. `script` is what this process answers calls with."""

    script: Script
    settings: Settings
    database: Database
    clock: Callable[[], dt.datetime]

    @property
    def is_alone(self) -> bool:
        """Whether one person may approve their own changes: a setting, and the demo, say so."""
        return self.settings.one_editor or self.settings.demo

    def present(self) -> Revision | None:
        """Return the draft, or what waits for approval; None if there is neither."""
        with self.database.reading() as connection:
            return revisions.open_revision(connection)

    def state_digest(self, draft: Revision) -> str:
        """Return the digest of a draft's files and recordings: what somebody approves."""
        with self.database.reading() as connection:
            return draft_recordings.state_digest(connection, draft.id, draft.digest)

    def live_files(self) -> dict[str, str]:
        """Return the files of the script that is on the air."""
        with self.database.reading() as connection:
            newest = revisions.newest_published(connection)
        return dict(newest.files) if newest else self._own_files()

    def shown(self) -> tuple[Revision | None, Mapping[str, str]]:
        """Return the draft and its files; without one, None and the files that are on the air."""
        draft = self.present()
        return draft, draft.files if draft else self.live_files()

    def begun(self, connection: Connection) -> Revision:
        """Return the draft, or begin one, in the transaction that changes it. Raises EditError."""
        name, now = current_operator().name, self.clock()
        return workflow.begin(connection, self._own_files, name, now, version(self.script))

    def examined(self, files: Mapping[str, str]) -> Examined:
        """Return what the checks say of files; the same files are examined once a day."""
        return _examined(tuple(sorted(files.items())), self.clock().date())

    def both(self) -> tuple[Revision | None, Examined, Examined]:
        """Return the draft, what is on the air, and what would be after it."""
        draft, live = self.present(), self.live_files()
        before = self.examined(live)
        return draft, before, self.examined(draft.files) if draft else before

    def local(self, moment: dt.datetime | None) -> str:
        """Return a moment as an operator reads it."""
        return short_local(moment, ZoneInfo(self.script.line.time_zone)) if moment else ""

    def _own_files(self) -> dict[str, str]:
        try:
            return revision_copy.files_in(self.settings.prompts)
        except (OSError, UnicodeDecodeError):
            abort(404, "The files of the script on the air cannot be read here.")


@lru_cache(maxsize=6)
def _examined(files: tuple[tuple[str, str], ...], today: dt.date) -> Examined:
    return examine(dict(files), today)
