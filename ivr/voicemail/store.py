"""Messages as operators see them, and what is still due.

The audit log (ivr.accounts.audit_log) names who listened, called back or deleted, and nothing of
what a message says.
All functions raise SQLAlchemyError if the database fails.
"""

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, insert, or_, select, update

from ivr.accounts import audit_log
from ivr.accounts.audit_log import AuditEvent
from ivr.database import schema
from ivr.voicemail.facts import CALLER

AuditAction = Literal[
    "listened",
    "called back",
    "deleted",
    "restored",
    "ended a hold",
    "blocked the caller",
    "rang the caller",
]

RANG: Final = "rang the caller"
"""The action of an operator who calls back as the line (ivr.voicemail.call_back)."""

BY_KEEP_DAYS: Final = "keep_days"
"""In place of an operator's name: the message was older than keep_days in line.yaml."""

BY_RECORDING_MENU: Final = "recording menu"
"""In place of an operator's name: the recording is of the recording menu, and no message."""

DELETION_RETRY = dt.timedelta(minutes=1)
"""Time until a recording that could not be deleted at the carrier is tried again."""

NOTIFY_RETRY = dt.timedelta(seconds=60)
"""Time until the agency is notified again, if no notification arrived or the process ended."""

ONE_LISTENING = dt.timedelta(minutes=10)
"""How long the requests of a player for further parts belong to one listening."""

HOLD = dt.timedelta(days=7)
"""How long a message that an operator deleted is kept: only an admin can end the hold sooner."""

REMEMBERED = dt.timedelta(days=2)
"""How long a deleted message's row stays, so that a late request does not bring it back."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message. `recording` is the carrier's name (RE…); `seconds` its length, None if unknown.

    `safe`: whether the caller says that it is safe to call back; None if they did not say.
    """

    id: int
    recording: str
    left: dt.datetime
    language: str
    seconds: int | None
    urgent: bool
    safe: bool | None
    called_back: dt.datetime | None
    called_back_by: str
    caller: str = ""
    """The hash of the caller; empty once it is erased, two days after the message."""

    @property
    def returned_in(self) -> dt.timedelta | None:
        """How long it took until somebody called back; None if nobody has."""
        return self.called_back - self.left if self.called_back else None


_UNDELETED = select(schema.messages).where(schema.messages.c.deleted.is_(None))


def listed(connection: Connection) -> list[Message]:
    """Return all messages: those to be called back first, urgent ones first, then the newest."""
    t = schema.messages.c
    order = (t.called_back.is_not(None), t.urgent.desc(), t.left.desc())
    rows = connection.execute(_UNDELETED.order_by(*order)).mappings()
    return [_message(row) for row in rows]


def get(connection: Connection, message_id: int) -> Message | None:
    """Return a message, or None if it does not exist, or no longer."""
    row = connection.execute(_UNDELETED.where(schema.messages.c.id == message_id)).mappings()
    first = row.one_or_none()
    return _message(first) if first else None


def log_action(
    connection: Connection, operator: str, action: AuditAction, message_id: int, now: dt.datetime
) -> None:
    """Add to the audit log what an operator did with a message."""
    audit_log.add(connection, operator, AuditEvent(action, message_id=message_id), now)


def log_listening(
    connection: Connection, operator: str, message_id: int, now: dt.datetime, *, is_continued: bool
) -> None:
    """Add to the audit log that an operator listens to a message.

    `is_continued`: the request asks for a later part of the sound, as a player does while it plays.
    Within ONE_LISTENING of an entry, such a request is part of what that entry records.
    """
    t = schema.deeds.c
    if is_continued:
        same = (t.operator == operator, t.deed == "listened", t.message_id == message_id)
        recent = select(t.id).where(*same, t.moment > now - ONE_LISTENING, t.moment <= now)
        if connection.execute(recent.limit(1)).first():
            return
    log_action(connection, operator, "listened", message_id, now)


def mark_called_back(
    connection: Connection, message: Message, operator: str, now: dt.datetime
) -> None:
    """Mark a message as called back; if several operators do, the first one stays."""
    t = schema.messages
    where = (t.c.id == message.id, t.c.called_back.is_(None))
    values = {"called_back": now, "called_back_by": operator}
    if connection.execute(update(t).where(*where).values(values)).rowcount:
        log_action(connection, operator, "called back", message.id, now)


def remove(
    connection: Connection,
    message: Message,
    operator: str,
    now: dt.datetime,
    keep: dt.timedelta,
) -> None:
    """Delete a message. Its recording is kept for HOLD, but not for longer than `keep` in all."""
    t = schema.messages
    where = (t.c.id == message.id, t.c.deleted.is_(None))
    due = min(now + HOLD, max(message.left + keep, now))
    values = {"deleted": now, "deleted_by": operator, "erase_after": due, "due": now}
    if connection.execute(update(t).where(*where).values(values)).rowcount:
        log_action(connection, operator, "deleted", message.id, now)


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """A message that an operator deleted, and that is still kept until `due`."""

    id: int
    left: dt.datetime
    deleted_by: str
    due: dt.datetime


def held(connection: Connection, now: dt.datetime) -> list[HeldMessage]:
    """Return the messages that are on hold, those first that go first."""
    t = schema.messages.c
    rows = connection.execute(select(schema.messages).where(*_is_held(now)).order_by(t.erase_after))
    return [HeldMessage(r.id, r.left, r.deleted_by, r.erase_after) for r in rows]


def restore(connection: Connection, message_id: int, operator: str, now: dt.datetime) -> bool:
    """Bring a message that is on hold back into the inbox; return whether there was one."""
    values = {"deleted": None, "deleted_by": "", "erase_after": None}
    return _change_held(connection, message_id, values, operator, "restored", now)


def end_hold(connection: Connection, message_id: int, operator: str, now: dt.datetime) -> bool:
    """Have a message that is on hold deleted at the carrier now; return whether there was one."""
    return _change_held(connection, message_id, {"erase_after": now}, operator, "ended a hold", now)


def _change_held(
    connection: Connection,
    message_id: int,
    values: dict[str, Any],
    operator: str,
    action: AuditAction,
    now: dt.datetime,
) -> bool:
    t = schema.messages
    same = (t.c.id == message_id, *_is_held(now))
    if is_held := connection.execute(update(t).where(*same).values(values)).rowcount > 0:
        log_action(connection, operator, action, message_id, now)
    return is_held


def _is_held(now: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    t = schema.messages.c
    by_operator = t.deleted_by.not_in(("", BY_KEEP_DAYS, BY_RECORDING_MENU, CALLER))
    return t.deleted.is_not(None), t.erased.is_(None), by_operator, t.erase_after > now


# ── What is due ───────────────────────────────────────────────────────────────


def to_notify(connection: Connection, now: dt.datetime) -> list[Message]:
    """Return the messages of which the agency is to be notified now."""
    rows = connection.execute(_UNDELETED.where(*_is_unnotified(now))).mappings()
    return [_message(row) for row in rows]


def claim(connection: Connection, recording: str, now: dt.datetime) -> Message | None:
    """Return a message that the calling process is to notify the agency of; None if it is not due.

    Unless `mark_notified` follows, it is due again after NOTIFY_RETRY.
    """
    t = schema.messages
    where = (t.c.recording == recording, t.c.deleted.is_(None), *_is_unnotified(now))
    if not connection.execute(update(t).where(*where).values(due=now + NOTIFY_RETRY)).rowcount:
        return None
    row = connection.execute(select(t).where(t.c.recording == recording)).mappings().one()
    return _message(row)


def is_known(connection: Connection, recording: str) -> bool:
    """Return whether there is or was a message with that recording."""
    t = schema.messages.c
    return connection.execute(select(t.id).where(t.recording == recording)).first() is not None


def mark_notified(connection: Connection, message: Message, now: dt.datetime) -> None:
    """Record that the agency was notified of a message."""
    t = schema.messages
    connection.execute(update(t).where(t.c.id == message.id).values(alerted=now))


def _is_unnotified(now: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    t = schema.messages.c
    return t.alerted.is_(None), t.due <= now, or_(t.seconds.is_(None), t.seconds > 0)


def expire(connection: Connection, before: dt.datetime, now: dt.datetime) -> int:
    """Delete the messages that were left before a moment, and return how many."""
    t = schema.messages
    old = (t.c.left < before, t.c.deleted.is_(None))
    values = {"deleted": now, "deleted_by": BY_KEEP_DAYS, "due": now}
    return connection.execute(update(t).where(*old).values(values)).rowcount


def discard(connection: Connection, recording: str, now: dt.datetime, due: dt.datetime) -> None:
    """Have a recording that is no message deleted at the carrier when it is `due`.

    It is stored as a message that was deleted from the start, so that one mechanism deletes all
    recordings. The recording of a message is left alone.
    """
    t = schema.messages
    ours = (t.c.recording == recording, t.c.deleted_by == BY_RECORDING_MENU)
    if connection.execute(update(t).where(*ours).values(erase_after=due)).rowcount:
        return
    if is_known(connection, recording):
        return
    values = {
        "id": secrets.randbits(53),
        "recording": recording,
        "left": now,
        "language": "",
        "due": now,
        "deleted": now,
        "deleted_by": BY_RECORDING_MENU,
        "erase_after": due,
    }
    connection.execute(insert(t).values(values))


def recordings_to_delete(connection: Connection, now: dt.datetime) -> Sequence[str]:
    """Return the recordings that are deleted here, still at the carrier, and due."""
    t = schema.messages.c
    is_hold_over = or_(t.erase_after.is_(None), t.erase_after <= now)
    query = select(t.recording).where(
        t.deleted.is_not(None), t.erased.is_(None), is_hold_over, t.due <= now
    )
    return connection.execute(query.order_by(t.deleted)).scalars().all()


def mark_recording_deleted(connection: Connection, recording: str, now: dt.datetime) -> None:
    """Record that the carrier has deleted a recording."""
    t = schema.messages
    connection.execute(update(t).where(t.c.recording == recording).values(erased=now))


def postpone_deletion(connection: Connection, recording: str, now: dt.datetime) -> None:
    """Record that the carrier did not delete a recording; it is due again after DELETION_RETRY."""
    t = schema.messages
    later = {"due": now + DELETION_RETRY}
    connection.execute(update(t).where(t.c.recording == recording).values(later))


def purge(connection: Connection, now: dt.datetime) -> None:
    """Remove the rows of messages deleted at the carrier. The audit log stays.

    Erases the hashes of the callers of messages that are two days old.
    """
    t = schema.messages
    connection.execute(update(t).where(t.c.left < now - REMEMBERED).values(caller=None))
    connection.execute(delete(t).where(t.c.erased < now - REMEMBERED))


def _message(row: RowMapping) -> Message:
    values = {key: row[key] for key in row if key in Message.__dataclass_fields__}
    values["safe"] = None if row["safe"] is None else bool(row["safe"])
    values["urgent"], values["caller"] = bool(row["urgent"]), row["caller"] or ""
    return Message(**values)
