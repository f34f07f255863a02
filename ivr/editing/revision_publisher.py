"""Each server follows the database: it publishes the newest published revision for itself.

It looks once a second, in the process of the pages, so that no call waits. What waits for approval
is checked beforehand, and so is what an undo would bring back: a revision is on the air seconds
after it is published. One that this server refuses is not used: the one before stays on the air.
"""

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml
from sqlalchemy import Connection

from ivr.accounts import publication, revision_copy
from ivr.background import PeriodicWorker
from ivr.database.engine import Database
from ivr.editing import revisions
from ivr.editing.draft_recordings import state_digest
from ivr.editing.logged_once import LoggedOnce
from ivr.editing.revisions import Revision
from ivr.editing.script_check import CheckOutcome, check_in_process, check_script, passed_before
from ivr.errors import SpeechError
from ivr.local_time import utcnow
from ivr.problem import ScriptError
from ivr.script.yaml_source import plain_data
from ivr.settings import Settings
from ivr.speech import revision_clips
from ivr.speech.recorded import ENGINE

log = logging.getLogger("ivr.editing")

POLL_SECONDS = 1.0
"""How often a server looks for a new revision."""


def take_newest(settings: Settings, database: Database, now: dt.datetime) -> None:
    """Put the newest published revision in force here, as a line that starts does.

    Raises ScriptError if this server refuses it; SQLAlchemyError, OSError or RecordsError if the
    database or IVR_STATE cannot be used.
    """
    with database.reading() as connection:
        newest = revisions.newest_published(connection, files=False)
        if newest is None or _is_in_force(settings, newest.digest):
            return
        revision = revisions.get(connection, newest.id)
    if revision is None:
        return
    folder = revision_copy.keep(settings.state, revision.digest, revision.files)
    from ivr.checks.engine.result_cache import report_once

    clips = settings.clips_in_use
    report_once(folder, folder, settings.state, now, clips, starts=True)
    revision_copy.put_in_force(settings.state, revision.digest, revision.id)


def _is_in_force(settings: Settings, digest: str) -> bool:
    current = revision_copy.in_force(settings.state)
    has_copy = revision_copy.folder(settings.state) is not None
    return has_copy and current is not None and current[1] == digest


class RevisionPublisher:
    """Looks for revisions that were published or submitted. `line` is the `ivr serve` to signal."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        alert: Callable[[str, str], object],
        line: int,
        clock: Callable[[], dt.datetime] = utcnow,
        checker: Callable[[Path, Path, frozenset[str]], CheckOutcome] | None = None,
    ) -> None:
        self.worker = PeriodicWorker("revisions", self.poll, POLL_SECONDS)
        self._settings = settings
        self._database = database
        self._alert = alert
        self._line = line
        self._clock = clock
        self._checker = checker or partial(check_in_process, clips=settings.clips_in_use)
        self._outcomes: dict[tuple[str, dt.date], CheckOutcome] = {}
        self._refused: tuple[str, dt.date] | None = None
        self._former_of: tuple[str, dt.date] | None = None
        self._on_air = publication.digest_of(settings.prompts)
        self._failures = LoggedOnce("revisions cannot be followed, what is on the air stays")

    def poll(self) -> None:
        """Look once: publish what is newer than what is on the air; else check what may come."""
        with self._failures.attempt():
            self._look()

    def _look(self) -> None:
        with self._database.reading() as connection:
            present = revisions.newest_published(connection, files=False)
            is_new = present is not None and not self._has(present.digest)
            newest = self._read(
                connection, revisions.newest_published(connection) if is_new else None
            )
            waiting = self._read(connection, revisions.submitted(connection))
        if newest is not None:
            self._publish(newest)
        if waiting is not None:
            self._check_waiting(waiting)
        elif newest is None and present is not None:
            self._check_former(present)

    def _read(self, connection: Connection, revision: Revision | None) -> "_Candidate | None":
        if revision is None:
            return None
        return _Candidate(revision, state_digest(connection, revision.id, revision.digest))

    def _has(self, digest: str) -> bool:
        """Return whether a digest is on the air here, or was refused here today."""
        is_refused = self._refused == (digest, self._clock().date())
        return is_refused or (digest == self._on_air and _is_in_force(self._settings, digest))

    def _publish(self, one: "_Candidate") -> None:
        revision, state = one.revision, self._settings.state
        if self._awaits_clips(one):
            return
        outcome = self._outcome(one)
        if outcome.errors:
            self._refused = revision.digest, self._clock().date()
            log.error("revision %d was refused: %s", revision.id, "\n".join(outcome.errors))
            text = f"revision {revision.id} of the script was refused here; the old one stays"
            self._alert("script", text)
            return
        self._hand_over_clips(one)
        revision_copy.keep(state, revision.digest, revision.files)
        if not _is_in_force(self._settings, revision.digest):
            revision_copy.put_in_force(state, revision.digest, revision.id)
        if not revision_copy.ask_once(state, self._line, f"{revision.id} {revision.digest}"):
            return
        line = publication.parent_line(state, self._line)
        if line is None:
            log.warning("revision %d waits for a restart: no `ivr serve` is above", revision.id)
            return
        log.info("revision %d is published here", revision.id)
        publication.ask_reload(state, revision.published_by)
        publication.reread(line)

    def _awaits_clips(self, one: "_Candidate") -> bool:
        """Return whether people recorded words of a revision whose clips are still being made."""
        if not self._settings.audio or not one.is_recorded:
            return False
        status = revision_clips.read_status(self._settings.state)
        return status is None or status.digest != one.digest or not status.is_done

    def _hand_over_clips(self, one: "_Candidate") -> None:
        """Let callers hear the clips of a revision that is published; those of others wait."""
        if self._settings.audio:
            try:
                revision_clips.adopt(self._settings.state, one.digest, self._settings.clips)
            except SpeechError as e:  # the maker of the clips tries again
                if one.is_recorded:  # no voice could say its words meanwhile
                    raise
                log.warning("the carrier's voice says what has changed: %s", e)

    def _check_waiting(self, one: "_Candidate") -> None:
        if self._awaits_clips(one):
            return
        outcome, revision = self._outcome(one), one.revision
        if revision.errors is None:
            with self._database.writing() as connection:
                # Somebody may have recorded a text anew while the checks ran.
                if state_digest(connection, revision.id, revision.digest) == one.digest:
                    errors, version = outcome.errors, outcome.version
                    revisions.store_checked(connection, revision.digest, errors, version)

    def _check_former(self, newest: Revision) -> None:
        """Check what an undo of the newest publication would bring back, once a day."""
        if self._former_of == (newest.digest, self._clock().date()):
            return
        with self._database.reading() as connection:
            former = revisions.published_before(connection, newest)
        if former is not None:
            self._outcome(_Candidate(former, former.digest))
        self._former_of = newest.digest, self._clock().date()

    def _outcome(self, one: "_Candidate") -> CheckOutcome:
        """Return what the checks say of a revision; what passed them here today is not checked."""
        now, state, revision = self._clock(), self._settings.state, one.revision
        key = one.digest, now.date()
        if key not in self._outcomes:
            folder = revision_copy.keep(state, revision.digest, revision.files)
            made, clips = self._made(one), self._settings.clips_in_use
            if revision.version and passed_before(folder, state, now, clips, made):
                outcome = CheckOutcome((), revision.version)
            else:
                log.info("revision %d is being checked", revision.id)
                outcome = self._checker(folder, state, made)
            of_today = {k: outcome for k, outcome in self._outcomes.items() if k[1] == key[1]}
            self._outcomes = {**of_today, key: outcome}
        return self._outcomes[key]

    def _made(self, one: "_Candidate") -> frozenset[str]:
        """Return the keys of the clips of recordings that a revision adds to the line's."""
        status = revision_clips.read_status(self._settings.state)
        if status is None or status.digest != one.digest or not self._settings.audio:
            return frozenset()
        clips = revision_clips.made(self._settings.state)
        return frozenset(key for key, clip in clips.items() if clip.engine == ENGINE)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A revision, and the digest of its files and recordings."""

    revision: Revision
    digest: str

    @property
    def is_recorded(self) -> bool:
        """Whether callers hear a language of it by recordings alone."""
        try:
            line = plain_data(self.revision.files.get("line.yaml", ""))
        except yaml.YAMLError:
            return False
        languages = line.get("languages") if isinstance(line, Mapping) else None
        entries = languages.values() if isinstance(languages, Mapping) else ()
        return any(
            entry.get("recorded") is True and entry.get("on_air") is not False
            for entry in entries
            if isinstance(entry, Mapping)
        )


def check_here(settings: Settings, revision: Revision, now: dt.datetime) -> CheckOutcome:
    """Run every check on a revision in this process, for a command."""
    folder = revision_copy.keep(settings.state, revision.digest, revision.files)
    try:
        return check_script(folder, settings.state, now, settings.clips_in_use)
    except ScriptError as e:
        return CheckOutcome((str(e),), "")
