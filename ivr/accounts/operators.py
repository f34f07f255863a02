"""Who may look at the console: names and hashed passwords, and nothing else of them."""

import datetime as dt
import hashlib
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Engine, delete, func, insert, select, update
from werkzeug.security import check_password_hash, generate_password_hash

from ivr.database.engine import writing
from ivr.database.schema import operators
from ivr.errors import RecordsError

MIN_PASSWORD = 12
"""Characters; length is what counts (NIST SP 800-63B: at least 8, no rules of composition)."""

MAX_PASSWORD = 200
MAX_NAME = 80


def _come_last() -> None:
    """Let the system run this thread after those of calls."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)


_HASHING = ThreadPoolExecutor(1, "password", initializer=_come_last)
"""One hash at a time in each process: a hash takes a core for a tenth of a second."""


@dataclass(frozen=True)
class Operator:
    """A person who may use the console.

    `session_token` changes with the password, so that old sessions end.
    """

    id: int
    name: str
    session_token: str


def add(engine: Engine, name: str, password: str) -> bool:
    """Add an operator, or give one a new password; return True for a new one.

    Raises RecordsError, with the remedy, for a name or password that will not do.
    """
    if not 0 < len(name) <= MAX_NAME or name != name.strip() or not name.isprintable():
        raise RecordsError(f'"{name}" is no name: 1 to {MAX_NAME} letters, no spaces around')
    if len(password) < MIN_PASSWORD:
        raise RecordsError(f"the password is short: use {MIN_PASSWORD} characters or more")
    if len(password) > MAX_PASSWORD:
        raise RecordsError(f"the password is long: use {MAX_PASSWORD} characters or fewer")
    hashed = generate_password_hash(password)
    with writing(engine) as connection:
        known = update(operators).where(operators.c.name == name).values(password=hashed)
        if connection.execute(known).rowcount:
            return False
        now = dt.datetime.now(dt.UTC)
        connection.execute(insert(operators).values(name=name, password=hashed, created=now))
    return True


def remove(engine: Engine, name: str) -> None:
    """Remove an operator; their sessions end. Raises RecordsError for one that is not there."""
    with writing(engine) as connection:
        if not connection.execute(delete(operators).where(operators.c.name == name)).rowcount:
            raise RecordsError(f'there is no operator "{name}": see `ivr user list`')


def names(engine: Engine) -> list[tuple[str, dt.datetime]]:
    """Return name and day of making of every operator, by name."""
    with engine.connect() as connection:
        rows = connection.execute(
            select(operators.c.name, operators.c.created).order_by(operators.c.name)
        )
        return [(row.name, row.created) for row in rows]


def is_empty(engine: Engine) -> bool:
    """Tell whether nobody can sign in yet."""
    with engine.connect() as connection:
        return not connection.execute(select(func.count()).select_from(operators)).scalar()


def signing_in(engine: Engine, name: str, password: str) -> Operator | None:
    """Return the operator of that name and password, or None, which takes as long."""
    with engine.connect() as connection:
        row = connection.execute(select(operators).where(operators.c.name == name)).first()
    hashed = row.password if row else _nobodys()
    is_right = _HASHING.submit(check_password_hash, hashed, password[:MAX_PASSWORD]).result()
    if not is_right or row is None:
        return None
    return Operator(row.id, row.name, _session_token(row.password))


def signed_in(engine: Engine, operator_id: int, session_token: str) -> Operator | None:
    """Return the operator of a session, or None if they are gone or have a new password."""
    with engine.connect() as connection:
        row = connection.execute(select(operators).where(operators.c.id == operator_id)).first()
    if row is None or _session_token(row.password) != session_token:
        return None
    return Operator(row.id, row.name, session_token)


def _session_token(hashed: str) -> str:
    return hashlib.sha256(hashed.encode()).hexdigest()[:16]


@cache
def _nobodys() -> str:
    return generate_password_hash("nobody's")
