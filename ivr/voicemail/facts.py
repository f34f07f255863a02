"""Facts about the messages that callers leave: what became of each, never its sound or a number.

What becomes of a message is reported in several facts, which may come late, twice and in any order:
a key of the caller, the end of the call, the carrier's callback. Each fact only adds to the row of
its message, so that the order makes no difference, and a deleted message stays deleted.
"""

import datetime as dt
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Final, Literal, cast, get_args

from sqlalchemy import Connection, insert, select, update

from ivr.database.schema import messages
from ivr.dialog import Place, Turn
from ivr.phone_numbers import RECORDING_SID
from ivr.records.facts import seconds_of

What = Literal["left", "kept", "urgent", "deleted", "silent"]

WAIT = dt.timedelta(seconds=40)
"""How long the agency is not notified of a message, because the caller may still delete it."""

CALLER: Final = "caller"
"""`deleted_by` of a message that the caller deleted, not an operator."""


@dataclass(frozen=True, slots=True)
class MessageFact:
    """One thing that became of a message; `recording` is the carrier's id of its recording.

    `what`: the caller left it, kept it, marked it as urgent or deleted it, or the carrier found it
    silent. If it is kept or urgent, the agency is notified at once. `seconds` is its length; `safe`
    is whether it is safe to call back. Both are None if the fact does not say so.
    """

    recording: str
    what: What
    moment: dt.datetime
    language: str
    seconds: int | None = None
    safe: bool | None = None
    caller: str = ""
    """The hash of the caller, with the key of the day; empty if it is not known."""

    def store(self, connection: Connection) -> bool:
        """Add the fact to its message; return whether that is new. Raises SQLAlchemyError."""
        columns = [messages.c[field.name] for field in fields(_Row)]
        stored = connection.execute(
            select(*columns).where(messages.c.recording == self.recording)
        ).one_or_none()
        row = _Row(*stored) if stored else self._new_row()
        values = asdict(_merged(row, self))
        if stored is None:
            connection.execute(insert(messages).values(values))
        else:
            connection.execute(update(messages).where(messages.c.id == row.id).values(values))
        return stored is None

    def _new_row(self) -> "_Row":
        due = self.moment + WAIT
        return _Row(secrets.randbits(53), self.recording, self.moment, self.language, due)


@dataclass(frozen=True, slots=True)
class _Row:
    """Those columns of `messages` that facts change."""

    id: int
    recording: str
    left: dt.datetime
    language: str
    due: dt.datetime
    seconds: int | None = None
    urgent: int = 0
    safe: int | None = None
    deleted: dt.datetime | None = None
    deleted_by: str = ""
    caller: str | None = None


def message_facts(
    place: Place | None, turn: Turn, form: Mapping[str, str], caller: str = ""
) -> Iterator[MessageFact]:
    """Yield the facts of a turn about messages; `place` is where the caller was."""
    if place is None:
        return
    for fact in turn.facts:
        if fact.kind in get_args(What) and RECORDING_SID.fullmatch(fact.detail):
            message = MessageFact(fact.detail, cast("What", fact.kind), fact.at, place.language)
            if message.what == "left":
                seconds = seconds_of(form.get("RecordingDuration", ""))
                message = replace(message, seconds=seconds, safe=place.safe, caller=caller)
            yield message


def callback_fact(
    form: Mapping[str, str], language: str, *, safe: bool, moment: dt.datetime
) -> MessageFact | None:
    """Return the fact of the carrier's callback about a recording; None if it has not ended."""
    recording, status = form.get("RecordingSid", ""), form.get("RecordingStatus", "")
    if not RECORDING_SID.fullmatch(recording) or status not in {"completed", "absent"}:
        return None
    if status == "absent":
        return MessageFact(recording, "silent", moment, language, 0, safe)
    seconds = seconds_of(form.get("RecordingDuration", ""))
    return MessageFact(recording, "left", moment, language, seconds, safe)


def write(connection: Connection, facts: Iterable[MessageFact]) -> int:
    """Store facts; return how many messages were new. Raises SQLAlchemyError."""
    return sum(fact.store(connection) for fact in facts)


def _merged(row: _Row, fact: MessageFact) -> _Row:
    """Return a row with a fact added. A length replaces a shorter one: "silent" says 0 seconds."""
    is_new_deletion = fact.what == "deleted" and row.deleted is None
    is_due = fact.what in {"kept", "urgent"} or is_new_deletion
    return replace(
        row,
        left=min(row.left, fact.moment),
        seconds=row.seconds if fact.seconds is None else max(fact.seconds, row.seconds or 0),
        urgent=int(row.urgent or fact.what == "urgent"),
        safe=int(fact.safe) if row.safe is None and fact.safe is not None else row.safe,
        due=min(row.due, fact.moment) if is_due else row.due,
        deleted=fact.moment if is_new_deletion else row.deleted,
        deleted_by=CALLER if is_new_deletion else row.deleted_by,
        caller=fact.caller or row.caller,
    )
