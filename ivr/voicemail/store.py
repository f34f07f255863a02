"""The inbox: messages as operators see them, what they do with them, and what is still to be done.

Whoever listens, calls back or deletes is written down beside it, without what was heard.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    delete,
    insert,
    or_,
    select,
    update,
)

from ivr.database import schema

Deed = Literal["listened", "called back", "deleted"]

OLD: Final = "keep_days"
"""Who deleted a message that has been kept for as long as line.yaml says."""

AGAIN = dt.timedelta(minutes=1)
"""When a recording that could not be deleted at the carrier is tried once more."""

TOLD_AGAIN = dt.timedelta(seconds=60)
"""When the agency is told once more, whom nothing has reached, or if who told has ended."""

FORGOTTEN = dt.timedelta(days=2)
"""How long a deleted message is remembered, so that what comes late does not bring it back."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message. `recording` is what the carrier calls it; `safe`: to call back; None: not told."""

    id: int
    recording: str
    left: dt.datetime
    language: str
    seconds: int | None
    urgent: bool
    safe: bool | None
    called_back: dt.datetime | None
    called_back_by: str

    @property
    def returned_in(self) -> dt.timedelta | None:
        """How long it took until somebody called back."""
        return self.called_back - self.left if self.called_back else None


def listed(connection: Connection) -> list[Message]:
    """Return all messages that are not deleted: those to be called back first, urgent ones first.

    Raises SQLAlchemyError, as all in this module.
    """
    t = schema.messages.c
    order = (t.called_back.is_not(None), t.urgent.desc(), t.left.desc())
    rows = connection.execute(_there().order_by(*order)).mappings()
    return [_message(row) for row in rows]


def found(connection: Connection, message_id: int) -> Message | None:
    """Return a message, or None where there is none (any more)."""
    row = connection.execute(_there().where(schema.messages.c.id == message_id)).mappings()
    first = row.one_or_none()
    return _message(first) if first else None


def note(
    connection: Connection, operator: str, deed: Deed, message_id: int, now: dt.datetime
) -> None:
    """Write down who did what with a message."""
    values = {"moment": now, "operator": operator, "deed": deed, "message_id": message_id}
    connection.execute(insert(schema.deeds).values(values))


@dataclass(frozen=True, slots=True)
class Done:
    """Something that an operator has done with a message."""

    moment: dt.datetime
    operator: str
    deed: str
    message_id: int


def done(connection: Connection, most: int = 50) -> list[Done]:
    """Return what operators have done last, the newest first."""
    t = schema.deeds
    rows = connection.execute(select(t).order_by(t.c.moment.desc(), t.c.id.desc()).limit(most))
    return [Done(r.moment, r.operator, r.deed, r.message_id) for r in rows]


def mark(connection: Connection, message: Message, operator: str, now: dt.datetime) -> None:
    """Take it that somebody has called back; the first who did stays."""
    t = schema.messages
    where = (t.c.id == message.id, t.c.called_back.is_(None))
    values = {"called_back": now, "called_back_by": operator}
    if connection.execute(update(t).where(*where).values(values)).rowcount:
        note(connection, operator, "called back", message.id, now)


def remove(connection: Connection, message: Message, operator: str, now: dt.datetime) -> None:
    """Take a message out of the inbox; its sound is deleted at the carrier soon."""
    t = schema.messages
    where = (t.c.id == message.id, t.c.deleted.is_(None))
    values = {"deleted": now, "deleted_by": operator}
    if connection.execute(update(t).where(*where).values(values)).rowcount:
        note(connection, operator, "deleted", message.id, now)


# ── What is still to be done ──────────────────────────────────────────────────


def waiting(connection: Connection, now: dt.datetime) -> list[Message]:
    """Return the messages of which the agency is to be told now."""
    rows = connection.execute(_there().where(*_untold(now))).mappings()
    return [_message(row) for row in rows]


def claim(connection: Connection, recording: str, now: dt.datetime) -> Message | None:
    """Return a message that is to be told of by who asks, who then says that it is `told`.

    None where it is not to be told of. If it is not said to be told, it is due again soon.
    """
    t = schema.messages
    where = (t.c.recording == recording, t.c.deleted.is_(None), *_untold(now))
    if not connection.execute(update(t).where(*where).values(due=now + TOLD_AGAIN)).rowcount:
        return None
    row = connection.execute(select(t).where(t.c.recording == recording)).mappings().one()
    return _message(row)


def is_known(connection: Connection, recording: str) -> bool:
    """Tell whether there is a message, or was."""
    t = schema.messages.c
    return connection.execute(select(t.id).where(t.recording == recording)).first() is not None


def told(connection: Connection, message: Message, now: dt.datetime) -> None:
    """Take it that the agency has been told of a message."""
    t = schema.messages
    connection.execute(update(t).where(t.c.id == message.id).values(alerted=now))


def _untold(now: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    t = schema.messages.c
    return t.alerted.is_(None), t.due <= now, or_(t.seconds.is_(None), t.seconds > 0)


def expire(connection: Connection, before: dt.datetime, now: dt.datetime) -> int:
    """Delete the messages that were left before a moment, and return how many."""
    t = schema.messages
    old = (t.c.left < before, t.c.deleted.is_(None))
    values = {"deleted": now, "deleted_by": OLD}
    return connection.execute(update(t).where(*old).values(values)).rowcount


def to_erase(connection: Connection, now: dt.datetime) -> Sequence[str]:
    """Return the recordings that are deleted here and still at the carrier."""
    t = schema.messages.c
    due = or_(t.erase_after.is_(None), t.erase_after <= now)
    wanted = select(t.recording).where(t.deleted.is_not(None), t.erased.is_(None), due)
    return connection.execute(wanted.order_by(t.deleted)).scalars().all()


def erased(connection: Connection, recording: str, now: dt.datetime) -> None:
    """Take it that the carrier has a recording no more."""
    t = schema.messages
    connection.execute(update(t).where(t.c.recording == recording).values(erased=now))


def put_off(connection: Connection, recording: str, now: dt.datetime) -> None:
    """Take it that the carrier could not be asked to delete a recording."""
    t = schema.messages
    later = {"erase_after": now + AGAIN}
    connection.execute(update(t).where(t.c.recording == recording).values(later))


def forget(connection: Connection, now: dt.datetime, deeds_before: dt.datetime) -> None:
    """Remove what is left of messages that the carrier has no more, and old deeds."""
    t = schema.messages
    connection.execute(delete(t).where(t.c.erased < now - FORGOTTEN))
    connection.execute(delete(schema.deeds).where(schema.deeds.c.moment < deeds_before))


def _there() -> "Select[Any]":
    return select(schema.messages).where(schema.messages.c.deleted.is_(None))


def _message(row: RowMapping) -> Message:
    return Message(
        id=row["id"],
        recording=row["recording"],
        left=row["left"],
        language=row["language"],
        seconds=row["seconds"],
        urgent=bool(row["urgent"]),
        safe=None if row["safe"] is None else bool(row["safe"]),
        called_back=row["called_back"],
        called_back_by=row["called_back_by"],
    )
