"""How many texts a telephone has been sent lately, without the telephone's number.

A number stands here as a hash, keyed by the secret and the day, for a day; then it is erased.
"""

import datetime as dt

from sqlalchemy import Connection, delete, func, insert, select

from ivr.database import schema
from ivr.records.pseudonyms import Digest

MOST = 3
"""So many texts a telephone is sent in a day."""

KEPT = dt.timedelta(days=1)


def claim(connection: Connection, hashes: tuple[str, ...], now: dt.datetime) -> bool:
    """Take a text that is about to be sent; False where so many were sent that it must not be.

    `hashes` are `Digest.call` of the number: by today's key, and those of the days around it. The
    transaction must be one of `database.writing`. Raises SQLAlchemyError.
    """
    forget(connection, now)
    t = schema.texts
    count = connection.execute(
        select(func.count()).select_from(t).where(t.c.hash.in_(hashes))
    ).scalar_one()
    if count >= MOST:
        return False
    connection.execute(insert(t).values(hash=hashes[0], moment=now))
    return True


def forget(connection: Connection, now: dt.datetime) -> None:
    """Erase the hashes of texts that were sent a day ago. Raises SQLAlchemyError."""
    connection.execute(delete(schema.texts).where(schema.texts.c.moment < now - KEPT))


def hashes(digest: Digest, number: str, now: dt.datetime) -> tuple[str, ...]:
    """Return the hashes of a number, today's first."""
    return digest.call(f"text {number}", now.date())
