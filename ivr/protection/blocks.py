"""Callers who are blocked: they hear the whole line, the hotline and 911, but ring no staff.

An operator sets a block without seeing a number. It ends by itself after a day. All functions raise
SQLAlchemyError if the database fails.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from ivr.database import schema

LENGTH = dt.timedelta(days=1)
"""How long a block lasts. A caller's hash has the key of a day, which is destroyed a day later."""

BY_PERSON_ON_CALL: Final = "person on call"
"""In place of an operator's name: the person on call pressed a key while the caller was ringing."""

CHALLENGE: Final = "challenge"
"""The switch of the keys that callers have to press before the agency's people are rung."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block as operators see it."""

    id: int
    begins: dt.datetime
    until: dt.datetime
    operator: str


def add(connection: Connection, caller: str, mark: str, operator: str, now: dt.datetime) -> bool:
    """Block a caller by their hash; return False if a block for the same `mark` was set before."""
    t = schema.blocks
    connection.execute(delete(t).where(t.c.begins < now - 2 * LENGTH))
    if connection.execute(select(t.c.id).where(t.c.mark == mark)).first():
        return False
    values = {"hash": caller, "mark": mark, "begins": now, "until": now + LENGTH}
    connection.execute(insert(t).values(**values, operator=operator))
    return True


def is_blocked(connection: Connection, hashes: tuple[str, ...], now: dt.datetime) -> bool:
    """Return whether a caller is blocked."""
    t = schema.blocks.c
    holds = select(t.id).where(t.hash.in_(hashes), t.until > now)
    return connection.execute(holds).first() is not None


def holding(connection: Connection, now: dt.datetime) -> Sequence[Block]:
    """Return the blocks that hold now, the newest first."""
    t = schema.blocks.c
    query = select(t.id, t.begins, t.until, t.operator).where(t.until > now)
    return [Block(*row) for row in connection.execute(query.order_by(t.begins.desc()))]


def end(connection: Connection, block: int, now: dt.datetime) -> bool:
    """End a block now; return whether it was in force."""
    t = schema.blocks
    ended = update(t).where(t.c.id == block, t.c.until > now).values(until=now)
    return connection.execute(ended).rowcount > 0


def is_on(connection: Connection, switch: str) -> bool:
    """Return whether a switch is on; all are off at first."""
    t = schema.switches.c
    return bool(connection.execute(select(t.is_on).where(t.name == switch)).scalar())


def set_switch(
    connection: Connection, switch: str, operator: str, now: dt.datetime, *, is_on: bool
) -> None:
    """Switch something on or off. The transaction must be one of `Database.writing`."""
    t = schema.switches
    connection.execute(delete(t).where(t.c.name == switch))
    values = {"name": switch, "is_on": int(is_on), "moment": now, "operator": operator}
    connection.execute(insert(t).values(values))
