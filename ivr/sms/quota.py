"""How many texts a telephone was sent within a day, counted without its number.

A number is stored for a day, as a hash with the key of the day; then the hash is erased.
"""

import datetime as dt

from sqlalchemy import Connection, delete, func, insert, select

from ivr.database import schema
from ivr.records.pseudonyms import Digest

MAX_PER_DAY = 3
"""How many texts a telephone is sent in a day at most."""

STORED = dt.timedelta(days=1)
"""How long a hash is stored."""


def claim(connection: Connection, hashes: tuple[str, ...], now: dt.datetime) -> bool:
    """Count a text that is about to be sent; return False if it must not be sent.

    `hashes` are those of the number (see `hashes`). The transaction must be one of
    `Database.writing`. Raises SQLAlchemyError.
    """
    erase_old(connection, now)
    t = schema.texts
    count = connection.execute(
        select(func.count()).select_from(t).where(t.c.hash.in_(hashes))
    ).scalar_one()
    if count >= MAX_PER_DAY:
        return False
    connection.execute(insert(t).values(hash=hashes[0], moment=now))
    return True


def erase_old(connection: Connection, now: dt.datetime) -> None:
    """Erase the hashes of texts that were sent a day ago. Raises SQLAlchemyError."""
    connection.execute(delete(schema.texts).where(schema.texts.c.moment < now - STORED))


def hashes(digest: Digest, number: str, now: dt.datetime) -> tuple[str, ...]:
    """Return the hashes of a number, today's first."""
    return digest.call(f"text {number}", now.date())
