"""The audit log: which operator did what, and when. Entries are added, never changed or removed.

The database refuses to change or remove an entry (the triggers of migration 0004). Each entry has
a hash over itself and the hash of the entry before it, so that a change around the triggers shows.
The log of the service has each hash, too: who keeps that log elsewhere sees if the end was cut off.

All functions raise SQLAlchemyError if the database fails.
"""

import datetime as dt
import getpass
import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, insert, select

from ivr.database.schema import deeds

log = logging.getLogger("ivr.deeds")

Row = Mapping[str, Any] | RowMapping
"""The columns of an entry."""

MAX_OPERATOR = 80
"""Characters of the longest name of an operator."""

MAX_ABOUT = 200
"""Characters of the longest text about what was done."""

_CHECKED_AT_ONCE = 1000
"""Entries that are read at once to check the chain."""


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Something that an operator does.

    `about`: with what, in words. `message_id`: the message, if it is one. `before`: the state
    before, if it can be undone.
    """

    action: str
    about: str = ""
    message_id: int | None = None
    before: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Entry(AuditEvent):
    """What an operator did, and when: an entry of the log."""

    _: KW_ONLY
    id: int
    moment: dt.datetime
    operator: str
    hash: str


def add(connection: Connection, operator: str, event: AuditEvent, now: dt.datetime) -> Entry:
    """Add an entry, in a transaction of `writing`, and return it."""
    last = connection.execute(select(deeds).order_by(deeds.c.id.desc()).limit(1)).first()
    number, previous = (last.id + 1, last.hash) if last else (1, "")
    about = event.about[:MAX_ABOUT]
    values = {
        "id": number,
        "moment": now,
        "operator": operator,
        "deed": event.action,
        "about": about,
        "message_id": event.message_id,
        "before": event.before,
    }
    values["hash"] = _hash(previous, values)
    connection.execute(insert(deeds).values(values))
    fields = {name: values[name] for name in ("deed", "operator", "about", "hash")}
    log.info(
        "%s %s %s", operator, event.action, about, extra={"fields": fields | {"entry": number}}
    )
    return _entry(values)


def newest(connection: Connection, most: int = 50, before_id: int | None = None) -> list[Entry]:
    """Return the newest entries, or those before an entry, at most `most`; the newest first."""
    return _newest(connection, most, *([deeds.c.id < before_id] if before_id is not None else []))


def newest_of(connection: Connection, actions: Sequence[str], most: int = 1) -> list[Entry]:
    """Return the newest entries of some actions, the newest first."""
    return _newest(connection, most, deeds.c.deed.in_(actions))


def about_messages(connection: Connection, most: int = 50) -> list[Entry]:
    """Return the newest entries about messages, the newest first."""
    return _newest(connection, most, deeds.c.message_id.is_not(None))


def _newest(connection: Connection, most: int, *where: ColumnElement[bool]) -> list[Entry]:
    query = select(deeds).where(*where).order_by(deeds.c.id.desc()).limit(most)
    return [_entry(row) for row in connection.execute(query).mappings()]


def first_broken(connection: Connection) -> int | None:
    """Return the number of the first entry that was changed, or whose predecessor was removed.

    None if there is no such entry.
    """
    last, previous = 0, ""
    while True:
        query = select(deeds).where(deeds.c.id > last).order_by(deeds.c.id).limit(_CHECKED_AT_ONCE)
        rows = connection.execute(query).mappings().all()
        for row in rows:
            if row["hash"] != _hash(previous, row):
                return int(row["id"])
            last, previous = row["id"], row["hash"]
        if not rows:
            return None


def of_command_line() -> str:
    """Return the name of an operator who uses a command: that of their account on this machine."""
    try:
        return f"{getpass.getuser()} (command line)"[:MAX_OPERATOR]
    except (OSError, KeyError):
        return "command line"


def _hash(previous: str, values: Row) -> str:
    """Return the hash of an entry: SHA-256 over the hash before it and all of its columns."""
    moment = values["moment"].astimezone(dt.UTC).isoformat()
    names = ("id", "operator", "deed", "about", "message_id", "before")
    text = json.dumps([previous, moment, *(values[name] for name in names)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _entry(row: Row) -> Entry:
    values = {key: value for key, value in row.items() if key != "deed"}
    return Entry(row["deed"], **values)
