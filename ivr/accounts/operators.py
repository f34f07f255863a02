"""The operators who may use the console: their names and hashed passwords, and nothing else."""

import datetime as dt
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update
from werkzeug.security import check_password_hash, generate_password_hash

from ivr.database.engine import writing
from ivr.database.schema import operators, sessions
from ivr.errors import RecordsError

MIN_PASSWORD = 12
"""Characters of the shortest password. Its length is what counts: NIST asks for 8 or more, and for
no rules of composition (https://pages.nist.gov/800-63-3/sp800-63b.html)."""

MAX_PASSWORD = 200
"""Characters of the longest password; hashing a longer one would take too long."""

MAX_NAME = 80
"""Characters of the longest name, as the column holds it."""


def _lower_priority() -> None:
    """Let the system run this thread after those of calls."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)


_HASHING = ThreadPoolExecutor(1, "password", initializer=_lower_priority)
"""One hash at a time in each process: a hash takes a core for a tenth of a second."""


@dataclass(frozen=True)
class Operator:
    """A person who may use the console."""

    id: int
    name: str


def add(engine: Engine, name: str, password: str) -> bool:
    """Add an operator, or give an existing one a new password; return whether they are new.

    A new password ends the operator's sessions. Raises RecordsError, with the remedy, for a name or
    password that cannot be used.
    """
    if not 0 < len(name) <= MAX_NAME or name != name.strip() or not name.isprintable():
        raise RecordsError(
            f'"{name}" is no name: write 1 to {MAX_NAME} letters, without spaces around them'
        )
    if len(password) < MIN_PASSWORD:
        raise RecordsError(f"the password is too short: use {MIN_PASSWORD} characters or more")
    if len(password) > MAX_PASSWORD:
        raise RecordsError(f"the password is too long: use {MAX_PASSWORD} characters or fewer")
    hashed = generate_password_hash(password)
    with writing(engine) as connection:
        row = connection.execute(select(operators.c.id).where(operators.c.name == name)).first()
        if row is not None:
            same = operators.c.id == row.id
            connection.execute(update(operators).where(same).values(password=hashed))
            connection.execute(delete(sessions).where(sessions.c.operator_id == row.id))
            return False
        now = dt.datetime.now(dt.UTC)
        connection.execute(insert(operators).values(name=name, password=hashed, created=now))
    return True


def remove(engine: Engine, name: str) -> None:
    """Remove an operator; their sessions end. Raises RecordsError if nobody has that name."""
    with writing(engine) as connection:
        if not connection.execute(delete(operators).where(operators.c.name == name)).rowcount:
            raise RecordsError(f'there is no operator "{name}": see `ivr user list`')


def get(connection: Connection, name: str) -> Operator:
    """Return the operator of a name. Raises RecordsError if nobody has it."""
    row = connection.execute(select(operators).where(operators.c.name == name)).first()
    if row is None:
        raise RecordsError(f'there is no operator "{name}": see `ivr user list`')
    return operator_of(row)


def names(engine: Engine) -> list[tuple[str, dt.datetime]]:
    """Return the name of every operator, and when they were added, ordered by name."""
    with engine.connect() as connection:
        rows = connection.execute(
            select(operators.c.name, operators.c.created).order_by(operators.c.name)
        )
        return [(row.name, row.created) for row in rows]


def is_empty(engine: Engine) -> bool:
    """Return whether there is no operator yet."""
    with engine.connect() as connection:
        return not connection.execute(select(func.count()).select_from(operators)).scalar()


def authenticate(engine: Engine, name: str, password: str) -> Operator | None:
    """Return the operator of that name and password, or None; both take the same time."""
    with engine.connect() as connection:
        row = connection.execute(select(operators).where(operators.c.name == name)).first()
    hashed = row.password if row else _unused_hash()
    is_right = _HASHING.submit(check_password_hash, hashed, password[:MAX_PASSWORD]).result()
    if not is_right or row is None:
        return None
    return operator_of(row)


def operator_of(row: Row[Any]) -> Operator:
    """Return the operator of a row of their table."""
    return Operator(row.id, row.name)


@cache
def _unused_hash() -> str:
    return generate_password_hash("no operator's")
