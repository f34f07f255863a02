"""What callers have used of the limits: rings of the agency's people, messages, texts.

A use has a mark, by which the same request is recognised when it is sent again. Uses are removed
after two days. All functions raise SQLAlchemyError if the database fails.
"""

import datetime as dt
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, select

from ivr.database import schema

STORED = dt.timedelta(days=2)
"""How long a use is stored."""

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)

What = Literal["ring", "message", "text", "answer"]


class Verdict(Enum):
    """What becomes of a use: `NEW` counts; `AGAIN` was counted before; the others are refused."""

    NEW = "new"
    AGAIN = "again"
    CALLER_LIMIT = "caller limit"
    LINE_LIMIT = "line limit"

    @property
    def is_refusal(self) -> bool:
        """Whether a limit refuses the use."""
        return self in {Verdict.CALLER_LIMIT, Verdict.LINE_LIMIT}


@dataclass(frozen=True, slots=True)
class Use:
    """Something that a caller is about to use, and how often it can be used within `window`."""

    what: What
    hashes: tuple[str, ...]
    mark: str
    window: dt.timedelta
    per_caller: int
    overall: int


def claim(connection: Connection, use: Use, now: dt.datetime) -> Verdict:
    """Count a use, unless a limit is reached. The transaction must be `Database.writing`'s."""
    remove_old(connection, now)
    t = schema.uses
    if connection.execute(select(t.c.id).where(t.c.mark == use.mark)).first():
        return Verdict.AGAIN
    recent = (t.c.what == use.what, t.c.moment > now - use.window)
    count = select(func.count()).select_from(t).where(*recent)
    if connection.execute(count.where(t.c.hash.in_(use.hashes))).scalar_one() >= use.per_caller:
        return Verdict.CALLER_LIMIT
    if connection.execute(count).scalar_one() >= use.overall:
        return Verdict.LINE_LIMIT
    values = {"what": use.what, "hash": use.hashes[0], "mark": use.mark, "moment": now}
    connection.execute(insert(t).values(values))
    return Verdict.NEW


def release(connection: Connection, mark: str) -> None:
    """Forget a use that came to nothing."""
    connection.execute(delete(schema.uses).where(schema.uses.c.mark == mark))


def remove_old(connection: Connection, now: dt.datetime) -> None:
    """Remove the uses that are older than two days."""
    connection.execute(delete(schema.uses).where(schema.uses.c.moment < now - STORED))


def counts(connection: Connection, now: dt.datetime) -> dict[str, int]:
    """Return how much all callers have used: rings and messages in an hour, texts in a day."""
    t = schema.uses
    windows = {"ring": HOUR, "message": HOUR, "text": DAY}
    return {
        what: connection.execute(
            select(func.count()).select_from(t).where(t.c.what == what, t.c.moment > now - window)
        ).scalar_one()
        for what, window in windows.items()
    }
