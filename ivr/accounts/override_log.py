"""Overrides with a name: who put or ended one, what applied before, and how to undo it.

A change and its entry in the audit log are one transaction: neither is stored alone.
All functions raise SQLAlchemyError or RecordsError if the database fails.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from ivr.accounts import audit_log
from ivr.accounts.audit_log import AuditEvent, Entry
from ivr.database.engine import Database
from ivr.errors import OverrideError
from ivr.schedule import override_store
from ivr.schedule.override import STATES, Override

PUT, ENDED, UNDID = "put an override", "ended an override", "undid an override"
ACTIONS = (PUT, ENDED, UNDID)


def put(database: Database, override: Override, operator: str, now: dt.datetime) -> Entry:
    """Let an override apply in place of any other."""
    with database.writing() as connection:
        return _change(connection, PUT, override, operator, now)


def end(database: Database, operator: str, now: dt.datetime) -> Entry:
    """End the override, so that the hours apply again."""
    with database.writing() as connection:
        return _change(connection, ENDED, None, operator, now)


def undo(database: Database, entry_id: int, operator: str, now: dt.datetime) -> Entry:
    """Restore what applied before the latest change, which is the given entry.

    Raises OverrideError if that is not the latest change any more.
    """
    with database.writing() as connection:
        last = latest_change(connection)
        if last is None or last.id != entry_id:
            raise OverrideError("somebody has changed it in the meantime: look at it again")
        return _change(connection, UNDID, former(last, now), operator, now)


def latest_change(connection: Connection) -> Entry | None:
    """Return the entry of the latest change, None if there was none."""
    return next(iter(audit_log.newest_of(connection, ACTIONS)), None)


def former(entry: Entry, now: dt.datetime) -> Override | None:
    """Return the override that undoing a change restores; None for the hours."""
    stored = (entry.before or {}).get("override")
    override = _from_json(stored) if stored else None
    return override if override and override.holds(now) else None


def tell(notify: Callable[[str, str, str], object], entry: Entry, link: str) -> None:
    """Alert all operators of a change, and where to undo it: `notify(kind, text, about)`."""
    text = f"{entry.operator} {entry.action}: {entry.about}. To undo it: {link}"
    notify("override", text, f"entry-{entry.id}")


def _change(
    connection: Connection, action: str, override: Override | None, operator: str, now: dt.datetime
) -> Entry:
    before = override_store.replace(connection, override)
    if before is not None and not before.holds(now):
        before = None
    stored = {"override": _to_json(before) if before else None}
    return audit_log.add(
        connection, operator, AuditEvent(action, _words(override), before=stored), now
    )


def _words(override: Override | None) -> str:
    if override is None:
        return "the hours apply"
    codes = ", ".join(code for code, _ in override.announcement)
    announced = f", announced in {codes}" if codes else ""
    return f"{override.state} until {override.until:%Y-%m-%d %H:%M} UTC{announced}"


def _to_json(override: Override) -> dict[str, Any]:
    begins, until = override.begins.isoformat(), override.until.isoformat()
    announcement = dict(override.announcement)
    return {"state": override.state, "begins": begins, "until": until, "announcement": announcement}


def _from_json(stored: dict[str, Any]) -> Override | None:
    state = next((state for state in STATES if state == stored["state"]), None)
    if state is None:  # written by a newer ivr
        return None
    begins, until = (dt.datetime.fromisoformat(stored[name]) for name in ("begins", "until"))
    return Override(state, begins, until, tuple(stored["announcement"].items()))
