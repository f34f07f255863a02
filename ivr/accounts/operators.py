"""The operators who may use the console: their names, roles and hashed passwords.

A change by somebody else is an entry in the audit log, in the same transaction (`by`).
All functions raise SQLAlchemyError if the database fails.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from ivr.accounts import audit_log, passwords
from ivr.accounts.audit_log import MAX_OPERATOR, AuditEvent
from ivr.database.engine import writing
from ivr.database.schema import operators, passkeys, recovery_codes, sessions
from ivr.errors import RecordsError

Role = Literal["listen", "edit", "publish", "admin"]
"""`listen`: hear the messages, call back and delete them. `edit`: change the draft of the script,
which nobody hears. `publish`: that, approve drafts, and change what callers hear.
`admin`: all of it, and the operators, the held messages and the audit log."""

ROLES: Final[tuple[Role, ...]] = get_args(Role)


@dataclass(frozen=True)
class Operator:
    """A person who may use the console.

    `must_change`: the password was given by somebody else, and is only good to set another one.
    """

    id: int
    name: str
    roles: frozenset[str] = frozenset()
    must_change: bool = False
    has_totp: bool = False
    passkeys: int = 0
    created: dt.datetime | None = None

    @property
    def second_factor(self) -> bool:
        """Whether a sign-in asks for more than the password."""
        return self.has_totp or self.passkeys > 0

    def may(self, role: str) -> bool:
        """Return whether the operator has a role; an admin has all, who publishes may edit."""
        if role == "edit" and "publish" in self.roles:
            return True
        return role in self.roles or "admin" in self.roles


def add(
    engine: Engine,
    name: str,
    password: str,
    roles: Collection[str] | None = None,
    *,
    must_change: bool = False,
    by: str = "",
) -> bool:
    """Add an operator, or give an existing one a new password; return whether they are new.

    Without `roles`, an existing operator keeps the roles they have. The first operator becomes an
    admin; any other new one may `listen`. A new password ends the operator's sessions. Raises
    RecordsError, with the remedy, for a name, role or password that cannot be used.
    """
    if not 0 < len(name) <= MAX_OPERATOR or name != name.strip() or not name.isprintable():
        raise RecordsError(
            f'"{name}" is no name: write 1 to {MAX_OPERATOR} letters, without spaces around them'
        )
    values: dict[str, Any] = {"password": passwords.hashed(password, name.split())}
    values["must_change"] = int(must_change)
    if roles is not None:
        values["roles"] = _stored(roles)
    now = dt.datetime.now(dt.UTC)
    with writing(engine) as connection:
        row = connection.execute(select(operators.c.id).where(operators.c.name == name)).first()
        if row is None:
            values.setdefault("roles", "listen" if _has_admin(connection) else "admin")
            connection.execute(insert(operators).values(name=name, created=now, **values))
            _log(connection, by, "added an operator", f"{name} ({values['roles']})")
        else:
            connection.execute(update(operators).where(operators.c.id == row.id).values(values))
            connection.execute(delete(sessions).where(sessions.c.operator_id == row.id))
            _log(connection, by, "set a password", name)
    return row is None


def set_roles(engine: Engine, name: str, roles: Collection[str], by: str) -> None:
    """Give an operator other roles, which count at once.

    Raises RecordsError for an unknown name or role, and rather than leave no admin.
    """
    stored = _stored(roles)
    with writing(engine) as connection:
        operator = get(connection, name)
        same = operators.c.id == operator.id
        connection.execute(update(operators).where(same).values(roles=stored))
        _require_admin(connection)
        _log(connection, by, "set roles", f"{name} ({stored or 'none'})")


def change_password(
    connection: Connection, operator: Operator, new: str, but: int | None, words: Iterable[str] = ()
) -> None:
    """Give an operator the password that they chose, and end their sessions but one.

    Raises RecordsError for a password that cannot be used.
    """
    values = {"password": passwords.hashed(new, [*operator.name.split(), *words]), "must_change": 0}
    connection.execute(update(operators).where(operators.c.id == operator.id).values(values))
    others = [sessions.c.operator_id == operator.id, sessions.c.id != (but or 0)]
    connection.execute(delete(sessions).where(*others))
    _log(connection, operator.name, "set a password", operator.name)


def remove(engine: Engine, name: str, by: str = "", *, keeps_admin: bool = False) -> None:
    """Remove an operator; their sessions end.

    Raises RecordsError if nobody has that name; if `keeps_admin`, rather than leave no admin.
    """
    with writing(engine) as connection:
        if not connection.execute(delete(operators).where(operators.c.name == name)).rowcount:
            raise RecordsError(f'there is no operator "{name}": see `ivr user list`')
        if keeps_admin:
            _require_admin(connection)
        _log(connection, by, "removed an operator", name)


def remove_second_factor(engine: Engine, name: str, by: str) -> None:
    """Let an operator sign in by password alone, and end their sessions. Raises RecordsError."""
    with writing(engine) as connection:
        operator = get(connection, name)
        connection.execute(delete(sessions).where(sessions.c.operator_id == operator.id))
        reset_second_factor(connection, operator, by)


def reset_second_factor(connection: Connection, operator: Operator, by: str) -> None:
    """Let an operator sign in by password alone: no app, no passkey, no recovery codes."""
    nothing = {"totp": "", "totp_used": 0, "passkeys": 0}
    connection.execute(update(operators).where(operators.c.id == operator.id).values(nothing))
    for table in (recovery_codes, passkeys):
        connection.execute(delete(table).where(table.c.operator_id == operator.id))
    _log(connection, by, "reset a 2nd factor", operator.name)


def get(connection: Connection, name: str) -> Operator:
    """Return the operator of a name. Raises RecordsError if nobody has it."""
    row = connection.execute(select(operators).where(operators.c.name == name)).first()
    if row is None:
        raise RecordsError(f'there is no operator "{name}": see `ivr user list`')
    return operator_of(row)


def listed(engine: Engine) -> list[Operator]:
    """Return all operators, ordered by name."""
    with engine.connect() as connection:
        rows = connection.execute(select(operators).order_by(operators.c.name))
        return [operator_of(row) for row in rows]


def is_empty(engine: Engine) -> bool:
    """Return whether there is no operator yet."""
    with engine.connect() as connection:
        return not connection.execute(select(func.count()).select_from(operators)).scalar()


def authenticate(engine: Engine, name: str, password: str) -> Operator | None:
    """Return the operator of that name and password, or None; both take the same time."""
    with engine.connect() as connection:
        row = connection.execute(select(operators).where(operators.c.name == name)).first()
    if not passwords.is_right(password, row.password if row else None) or row is None:
        return None
    return operator_of(row)


def operator_of(row: Row[Any]) -> Operator:
    """Return the operator of a row of their table."""
    roles = frozenset(row.roles.split(",")) if row.roles else frozenset[str]()
    must_change, has_totp = bool(row.must_change), bool(row.totp)
    return Operator(row.id, row.name, roles, must_change, has_totp, row.passkeys, row.created)


def _stored(roles: Collection[str]) -> str:
    for role in roles:
        if role not in ROLES:
            raise RecordsError(f'there is no role "{role}": use {", ".join(ROLES)}')
    return ",".join(role for role in ROLES if role in roles)


def _has_admin(connection: Connection) -> bool:
    admins = select(operators.c.id).where(operators.c.roles.contains("admin"))
    return connection.execute(admins).first() is not None


def _require_admin(connection: Connection) -> None:
    if not _has_admin(connection):
        raise RecordsError("nobody would be an admin any more: make somebody else an admin first")


def _log(connection: Connection, by: str, action: str, about: str) -> None:
    if by:
        audit_log.add(connection, by, AuditEvent(action, about), dt.datetime.now(dt.UTC))
