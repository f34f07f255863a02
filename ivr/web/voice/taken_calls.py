"""Which of the people who were asked to press 1 pressed it, for carriers that do not report it.

Twilio reports "DialBridged" (https://www.twilio.com/docs/voice/twiml/dial). SignalWire does not, so
a voicemail box that answered looks like a person who took the call.
"""

import datetime as dt
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, select

from ivr.atomic_file import make_private_folder
from ivr.database.engine import Database
from ivr.database.schema import calls, steps
from ivr.records.day_keys import DAY
from ivr.records.facts import ACCEPTED
from ivr.records.pseudonyms import Digest
from ivr.web.voice.timeouts import LimitedWork

log = logging.getLogger("ivr.voice")

WAIT_SECONDS = 1.0
"""How long a caller waits for the database, and for the disk."""

MAX_REMEMBERED = 1000
"""How many calls a process remembers that were taken."""


FOLDER = "taken"
"""In IVR_DAY_KEYS: an empty file for each call that was taken, named by its hash of the day."""

FORGET_SECONDS = 86_400.0
"""How old a file may be: no call lasts longer."""


class TakenCalls:
    """The calls that somebody took: those of this process, and those that others have noted.

    Others note them in a file and in the records: either may be silent. `folder` holds the files,
    which the processes of a line share.
    """

    def __init__(self, digest: Digest, database: Database, folder: Path) -> None:
        self._digest = digest
        self._database = database
        self._folder = folder
        self._lookups, self._notes = LimitedWork(), LimitedWork()
        self._remembered: OrderedDict[tuple[str, str], None] = OrderedDict()

    def remember(self, form: Mapping[str, str], moment: dt.datetime) -> None:
        """Remember that somebody pressed 1; `form` is that of the call to them."""
        sid, callee = form["ParentCallSid"], form.get("CallSid", "")
        self._remembered[sid, callee] = None
        while len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
        marks = [self._mark(moment, sid, one) for one in {callee, ""}]
        noted = self._notes.run_with_timeout(
            WAIT_SECONDS, lambda: self._note(marks), if_busy=False, if_late=False
        )
        if not noted:
            log.error("that a call was taken cannot be noted in %s", self._folder)

    def has(self, form: Mapping[str, str], moment: dt.datetime) -> bool:
        """Return whether the person took the call that has ended; `form` is the caller's."""
        sid, callee = form.get("CallSid", ""), form.get("DialCallSid", "")
        if (sid, callee) in self._remembered:
            return True
        if not callee and any(parent == sid for parent, _ in list(self._remembered)):
            return True
        marks = [self._mark(at, sid, callee) for at in (moment, moment - DAY)]
        if self._notes.run_with_timeout(
            WAIT_SECONDS,
            lambda: any((self._folder / mark).exists() for mark in marks),
            if_busy=False,
            if_late=False,
        ):
            return True
        today = moment.astimezone(dt.UTC).date()

        def look() -> bool:
            with self._database.reading() as connection:
                return self._is_recorded(connection, sid, callee, today)

        return self._lookups.run_with_timeout(WAIT_SECONDS, look, if_busy=False, if_late=False)

    def _mark(self, moment: dt.datetime, sid: str, callee: str) -> str:
        return self._digest.event(moment.astimezone(dt.UTC).date(), sid, "taken", callee)

    def _note(self, marks: list[str]) -> bool:
        """Make the files, and remove those that are too old. Raises OSError."""
        make_private_folder(self._folder)
        for mark in marks:
            (self._folder / mark).touch(mode=0o600)
        oldest = time.time() - FORGET_SECONDS
        for file in self._folder.iterdir():
            with suppress(FileNotFoundError):  # another process was faster
                if file.stat().st_mtime < oldest:
                    file.unlink()
        return True

    def _is_recorded(self, connection: Connection, sid: str, callee: str, today: dt.date) -> bool:
        query = (
            select(steps.c.id)
            .join(calls, calls.c.id == steps.c.call_id)
            .where(calls.c.hash.in_(self._digest.call(sid, today)), steps.c.what == ACCEPTED)
        )
        if callee:
            days = (today, today - DAY)
            marks = [self._digest.event(day, sid, ACCEPTED, callee) for day in days]
            query = query.where(steps.c.mark.in_(marks))
        return connection.execute(query).first() is not None
