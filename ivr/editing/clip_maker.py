"""Each server makes the clips of the draft for itself, and adds them to the line's at publication.

It looks every two seconds, in the process of the pages, and one renderer works at a time: of a
draft that has changed meanwhile it is ended, and begun anew for what is the draft by then. So
nothing waits in a queue. Clips of a draft that is no more are deleted.
"""

import datetime as dt
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ivr import priority
from ivr.accounts.revision_copy import write_files
from ivr.atomic_file import write_atomically
from ivr.background import PeriodicWorker
from ivr.database.engine import Database
from ivr.editing import draft_recordings, revisions
from ivr.editing.draft_recordings import state_digest
from ivr.editing.logged_once import LoggedOnce
from ivr.local_time import utcnow
from ivr.settings import Settings
from ivr.speech import revision_clips
from ivr.speech.manifest import read_manifest
from ivr.speech.render_lock import is_busy
from ivr.speech.revision_clips import Status

POLL_SECONDS = 2.0
"""How often a server looks for a draft that has changed."""

QUIET = dt.timedelta(seconds=4)
"""How long nobody has typed into a draft before its clips are made."""

MAX_SECONDS = 2 * 3600.0
"""How long a renderer may work on one draft; then the carrier's voice says the rest."""

_LOG = "revision-clips.log"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The revision whose clips are wanted, and the digest of its files and recordings.

    `changed` is None if it is published.
    """

    number: int
    digest: str
    changed: dt.datetime | None


class ClipMaker:
    """Makes the clips of the draft, or else those that the newest publication still lacks."""

    def __init__(
        self, settings: Settings, database: Database, clock: Callable[[], dt.datetime] = utcnow
    ) -> None:
        self.worker = PeriodicWorker("draft-clips", self.poll, POLL_SECONDS)
        self._settings = settings
        self._database = database
        self._clock = clock
        self._job: subprocess.Popen[bytes] | None = None
        self._job_digest = ""
        self._began = 0.0
        self._failures = LoggedOnce("clips of the draft are not made now")

    @property
    def renderer(self) -> int | None:
        """The process that makes clips for this server; None without one."""
        return self._job.pid if self._job is not None else None

    def poll(self) -> None:
        """Look once; nothing waits for the renderer."""
        if not self._settings.audio:
            return
        with self._failures.attempt():
            self._look()

    def _look(self) -> None:
        wanted = self._wanted()
        if self._is_working(wanted.digest if wanted else ""):
            return
        state = self._settings.state
        if wanted is None:
            if revision_clips.folder(state).exists() and not is_busy(revision_clips.folder(state)):
                revision_clips.remove(state)
            return
        status = revision_clips.read_status(state)
        if status is not None and status.digest == wanted.digest and status.is_done:
            if wanted.changed is None and status.utterances:
                # Callers hear the clips of what is on the air from among the line's.
                revision_clips.adopt(state, status.digest, self._settings.clips)
                revision_clips.settle(state, status)
            return
        if wanted.changed is None or self._clock() - wanted.changed >= QUIET:
            self._start(wanted)

    def _wanted(self) -> _Wanted | None:
        """Return the revision whose clips are to be made: the draft, or the newest publication."""
        with self._database.reading() as connection:
            draft = revisions.open_revision(connection, files=False)
            wanted = draft or revisions.newest_published(connection, files=False)
            if wanted is None:
                return None
            digest = state_digest(connection, wanted.id, wanted.digest)
            return _Wanted(wanted.id, digest, draft.changed if draft else None)

    def _is_working(self, digest: str) -> bool:
        """Return whether clips are being made; a renderer for another draft is ended."""
        job = self._job
        if job is None:
            return False
        is_late = time.monotonic() - self._began > MAX_SECONDS
        if job.poll() is None and digest == self._job_digest and not is_late:
            return True
        if job.poll() is None:
            job.kill()
            job.wait()
        if job.returncode != 0 and digest == self._job_digest:
            self._report_failure()
        self._job = None
        return False

    def _report_failure(self) -> None:
        """Note in the status that the renderer failed, so that it is not tried for ever."""
        status = revision_clips.read_status(self._settings.state)
        if status is None or status.digest != self._job_digest:
            status = Status(self._job_digest)
        why = f"the renderer ended early: {_LOG} in IVR_STATE says why"
        ended = replace(status, trouble=why, is_done=True)
        revision_clips.write_status(self._settings.state, ended)

    def _start(self, wanted: _Wanted) -> None:
        settings, state = self._settings, self._settings.state
        if is_busy(revision_clips.folder(state)):
            # A renderer of the process of the pages before this one ends once it reads this.
            status = revision_clips.read_status(state)
            if status is None or status.digest != wanted.digest:
                revision_clips.write_status(state, Status(wanted.digest))
            return
        if not self._fill_room(wanted):
            return
        command = [sys.executable, "-m", "ivr.editing.make_clips", wanted.digest]
        rooms: list[Path] = [state, settings.clips, settings.models]
        with (state / _LOG).open("wb") as output:
            job = [*command, *map(str, rooms)]
            self._job = priority.start_process(job, out=output, errors=output)
        self._job_digest, self._began = wanted.digest, time.monotonic()

    def _fill_room(self, wanted: _Wanted) -> bool:
        """Write the script and recordings of a revision for a renderer; False if it has changed."""
        settings, state = self._settings, self._settings.state
        with self._database.reading() as connection:
            revision = revisions.get(connection, wanted.number)
            if revision is None:
                return False
            digest = state_digest(connection, revision.id, revision.digest)
            present = read_manifest(settings.clips).clips
            sounds = draft_recordings.sounds(connection, present)
        if digest != wanted.digest:
            return False
        script, inbox = revision_clips.begin(state)
        write_files(revision.files, script)
        for key, sound in sounds.items():
            write_atomically(inbox / key, sound)
        return True
