"""Sessions of the console: rows of the database, so that each can be listed, and ended at once.

The browser has a random token, of which a hash is stored: whoever reads the database cannot sign
in with what it holds. All functions raise SQLAlchemyError if the database fails.
"""

import datetime as dt
import hashlib
import logging
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from ivr.accounts.operators import Operator, operator_of
from ivr.database.engine import reason, writing
from ivr.database.schema import operators, sessions

log = logging.getLogger("ivr.auth")

IDLE = dt.timedelta(hours=1)
"""A session that is not used for this long has ended."""

LONGEST = dt.timedelta(hours=12)
"""A session ends this long after its sign-in, however much it is used."""

FOR_THE_CODE = dt.timedelta(minutes=10)
"""How long after the password the second factor may come."""

NOTED_EVERY = dt.timedelta(minutes=1)
"""How often the use of a session is stored; a page a second is not a row written a second."""

MAX_BROWSER = 80
"""Characters of the name of a browser that are stored."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is valid now. `browser` is what the browser called itself.

    `is_complete`: no second factor is still to come.
    """

    id: int
    operator: Operator
    created: dt.datetime
    last_used: dt.datetime
    ends: dt.datetime
    browser: str
    is_complete: bool


_SESSIONS = select(
    sessions.c.id.label("session_id"),
    sessions.c.created.label("began"),
    *(sessions.c[name] for name in ("last_used", "ends", "browser", "complete")),
    operators,
).join(operators, operators.c.id == sessions.c.operator_id)
"""The sessions, each with its operator."""


def new_token() -> str:
    """Return a random token of 256 bits."""
    return secrets.token_urlsafe(32)


def start(engine: Engine, operator: Operator, token: str, browser: str, now: dt.datetime) -> None:
    """Start a session of an operator, and remove those that have ended.

    If the operator has a second factor, the session is good for that alone; see `complete`.
    """
    row = {
        "hash": _hash(token),
        "operator_id": operator.id,
        "created": now,
        "last_used": now,
        "ends": now + (FOR_THE_CODE if operator.second_factor else LONGEST),
        "browser": browser[:MAX_BROWSER],
        "complete": int(not operator.second_factor),
    }
    with writing(engine) as connection:
        connection.execute(delete(sessions).where(_has_ended(now)))
        connection.execute(insert(sessions).values(row))


def of_token(engine: Engine, token: str, now: dt.datetime) -> Session | None:
    """Return the session of a token, and store that it was used; None if it has ended."""
    with engine.connect() as connection:
        valid = (sessions.c.hash == _hash(token), ~_has_ended(now))
        row = connection.execute(_SESSIONS.where(*valid)).first()
    if row is None:
        return None
    session = _session(row)
    if now - session.last_used >= NOTED_EVERY:
        _note_use(engine, session, now)
    return session


def complete(connection: Connection, session: Session, token: str, now: dt.datetime) -> None:
    """Make a session a whole one, under another token, after the second factor."""
    values = {"hash": _hash(token), "ends": now + LONGEST, "complete": 1}
    connection.execute(update(sessions).where(sessions.c.id == session.id).values(values))


def listed(connection: Connection, now: dt.datetime, operator_id: int | None) -> list[Session]:
    """Return the sessions that are valid now, of one operator or of all, the newest use first."""
    query = _SESSIONS.where(~_has_ended(now)).order_by(sessions.c.last_used.desc(), sessions.c.id)
    if operator_id is not None:
        query = query.where(sessions.c.operator_id == operator_id)
    return [_session(row) for row in connection.execute(query)]


def end(connection: Connection, session_id: int, operator_id: int | None = None) -> str | None:
    """End a session, of any operator or only of the given one.

    Returns the name of its operator; None if there was no such session.
    """
    where = [sessions.c.id == session_id]
    if operator_id is not None:
        where.append(sessions.c.operator_id == operator_id)
    row = connection.execute(_SESSIONS.where(*where)).first()
    if row is None:
        return None
    connection.execute(delete(sessions).where(*where))
    return str(row.name)


def end_all(connection: Connection, operator_id: int, but: int | None = None) -> int:
    """End all sessions of an operator, but one if it is given; return how many."""
    where = [sessions.c.operator_id == operator_id]
    if but is not None:
        where.append(sessions.c.id != but)
    return connection.execute(delete(sessions).where(*where)).rowcount


def _session(row: Any) -> Session:  # noqa: ANN401 of _SESSIONS
    moments = row.began, row.last_used, row.ends
    return Session(row.session_id, operator_of(row), *moments, row.browser, bool(row.complete))


def _has_ended(now: dt.datetime) -> ColumnElement[bool]:
    return or_(sessions.c.ends <= now, sessions.c.last_used <= now - IDLE)


def _note_use(engine: Engine, session: Session, now: dt.datetime) -> None:
    """Store when a session was used. If that fails, the session only ends sooner."""
    used = update(sessions).where(sessions.c.id == session.id).values(last_used=now)
    try:
        with writing(engine) as connection:
            connection.execute(used)
    except (SQLAlchemyError, OSError) as e:
        log.warning("the use of a session cannot be stored: %s", reason(e))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
