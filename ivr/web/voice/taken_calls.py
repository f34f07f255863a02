"""Which of the people who were asked to press 1 pressed it, for carriers that do not report it.

Twilio reports "DialBridged" (https://www.twilio.com/docs/voice/twiml/dial). SignalWire does not, so
a voicemail box that answered looks like a person who took the call.
"""

import datetime as dt
from collections import OrderedDict
from collections.abc import Mapping

from sqlalchemy import Connection, select

from ivr.database.engine import Database
from ivr.database.schema import calls, steps
from ivr.records.day_keys import DAY
from ivr.records.facts import ACCEPTED
from ivr.records.pseudonyms import Digest
from ivr.web.voice.timeouts import LimitedWork

WAIT_SECONDS = 1.0
"""How long a caller waits for the database."""

MAX_REMEMBERED = 1000
"""How many calls a process remembers that were taken."""


class TakenCalls:
    """The calls that somebody took: those of this process, and those that others have recorded."""

    def __init__(self, digest: Digest, database: Database) -> None:
        self._digest = digest
        self._database = database
        self._work = LimitedWork()
        self._remembered: OrderedDict[tuple[str, str], None] = OrderedDict()

    def remember(self, form: Mapping[str, str]) -> None:
        """Remember that somebody pressed 1; `form` is that of the call to them."""
        self._remembered[form["ParentCallSid"], form.get("CallSid", "")] = None
        while len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)

    def has(self, form: Mapping[str, str], moment: dt.datetime) -> bool:
        """Return whether the person took the call that has ended; `form` is the caller's.

        If the database does not answer, only this process's own calls are known.
        """
        sid, callee = form.get("CallSid", ""), form.get("DialCallSid", "")
        if (sid, callee) in self._remembered:
            return True
        if not callee and any(parent == sid for parent, _ in list(self._remembered)):
            return True
        today = moment.astimezone(dt.UTC).date()

        def look() -> bool:
            with self._database.reading() as connection:
                return self._is_recorded(connection, sid, callee, today)

        return self._work.run_with_timeout(WAIT_SECONDS, look, if_busy=False, if_late=False)

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
