"""What all pages of the editor need: the draft, what is on the air, and what the checks say."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache

from flask import abort
from sqlalchemy import Connection

from ivr.accounts import revision_copy
from ivr.editing import draft_recordings, revisions, workflow
from ivr.editing.changes import Change, text_changes, value_changes
from ivr.editing.examine import Examined, examine
from ivr.editing.revisions import Revision
from ivr.script.version import version
from ivr.transcript.labels import heading
from ivr.web.auth import current_operator
from ivr.web.console import Console


class Drafts(Console):
    """The console, and the draft of its line. `script` is what this process answers calls with."""

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

    @contextmanager
    def editing(self) -> Iterator[tuple[Connection, Revision]]:
        """Open a transaction that changes the draft, or begins one. Raises EditError."""
        name, now = current_operator().name, self.clock()
        with self.database.writing() as connection:
            yield (
                connection,
                workflow.begin(connection, self._own_files, name, now, version(self.script)),
            )

    def examined(self, files: Mapping[str, str]) -> Examined:
        """Return what the checks say of files; the same files are examined once a day."""
        return _examined(tuple(sorted(files.items())), self.clock().date())

    def compared(self, revision: Revision | None) -> "Comparison":
        """Return a revision beside what is on the air; without one, what is on the air twice."""
        live = self.live_files()
        files = revision.files if revision else live
        return Comparison(revision, live, files, self.examined(live), self.examined(files))

    def title(self, node: str) -> str:
        """Return what a node is called; its id if the script on the air does not have it."""
        if node not in self.script.graph.nodes:
            return node
        return heading(self.script, self.script.line.default_language, node)

    def _own_files(self) -> dict[str, str]:
        try:
            return revision_copy.files_in(self.settings.prompts)
        except (OSError, UnicodeDecodeError):
            abort(404, "The files of the script on the air cannot be read here.")


@dataclass(frozen=True)
class Comparison:
    """A revision beside what is on the air: the files of both, and what the checks say of them."""

    revision: Revision | None
    live: Mapping[str, str]
    files: Mapping[str, str]
    before: Examined
    after: Examined

    @cached_property
    def texts(self) -> list[Change]:
        """The texts that differ."""
        return text_changes(self.before, self.after)

    @cached_property
    def values(self) -> list[Change]:
        """The values that differ in files without words."""
        return value_changes(self.live, self.files)


@lru_cache(maxsize=6)
def _examined(files: tuple[tuple[str, str], ...], today: dt.date) -> Examined:
    return examine(dict(files), today)
