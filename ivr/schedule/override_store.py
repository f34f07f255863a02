"""The override that holds now: stored in the database, known to every process of the line.

A call never asks the database. Each process polls it once a second, behind the calls, and uses what
it saw last; an override ends by itself. If a process has never seen one, or the database has been
unreachable for minutes, the hours rule.
"""

import datetime as dt
import logging
import time
from collections.abc import Callable

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from ivr.background import PeriodicWorker
from ivr.database import schema
from ivr.database.engine import Database, reason
from ivr.errors import IvrError
from ivr.schedule.override import STATES, Override

log = logging.getLogger("ivr.overrides")

POLL_SECONDS = 1.0
"""How often a process polls the database, and so how late it may learn of a change."""

HOLD_SECONDS = 300.0
"""How long the override that was seen last holds while the database cannot be reached."""

FIRST_POLL_SECONDS = 1.0
"""How long a process that starts waits for its first poll before it answers calls."""


def replace(connection: Connection, override: Override | None) -> Override | None:
    """Let an override hold in place of any other, or none; return the one that was stored.

    Raises SQLAlchemyError.
    """
    before = _latest(connection)
    connection.execute(delete(schema.overrides))
    if override is not None:
        row = {
            "state": override.state,
            "begins": override.begins,
            "until": override.until,
            "announcement": dict(override.announcement),
        }
        connection.execute(insert(schema.overrides), [row])
    return before


def latest(database: Database) -> Override | None:
    """Return the latest override, even if it has ended. Raises SQLAlchemyError or RecordsError."""
    with database.reading() as connection:
        return _latest(connection)


def _latest(connection: Connection) -> Override | None:
    query = select(schema.overrides).order_by(schema.overrides.c.id.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    if row is None or row["state"] not in STATES:  # written by a newer ivr
        return None
    words = tuple((str(code), str(text)) for code, text in row["announcement"].items())
    return Override(row["state"], row["begins"], row["until"], words)


class OverrideStore:
    """The override as one process knows it. `at` never waits.

    `hold_seconds`: how long the last one holds while the database cannot be reached.
    """

    def __init__(
        self,
        database: Database,
        *,
        alert: Callable[[str, str], None] | None = None,
        poll_seconds: float = POLL_SECONDS,
        hold_seconds: float = HOLD_SECONDS,
    ) -> None:
        self.worker = PeriodicWorker("overrides", self.poll, poll_seconds, alert=alert)
        self.trouble = ""
        """Why the database cannot be asked now; empty if it can."""
        self._database = database
        self._hold_seconds = hold_seconds
        self._last: Override | None = None
        self._polled_at = 0.0

    def at(self, moment: dt.datetime) -> Override | None:
        """Return the override that holds at a moment (aware), as far as this process knows."""
        last = None if self._is_outdated() else self._last
        return last if last and last.holds(moment) else None

    def start(self) -> None:
        """Start to poll, if this process does not yet; wait FIRST_POLL_SECONDS for the first."""
        self.worker.start()
        self.worker.wait_for_first_run(FIRST_POLL_SECONDS)

    def poll(self) -> None:
        """Ask the database now."""
        began = time.monotonic()
        try:
            override = latest(self._database)
        except (SQLAlchemyError, OSError, IvrError) as e:
            self._report(str(e) if isinstance(e, IvrError) else reason(e))
            return
        self.trouble, self._polled_at = "", began
        if override != self._last:
            self._last = override
            until = f"{override.state} until {override.until:%Y-%m-%d %H:%M %Z}" if override else ""
            log.info("override: %s", until or "none")

    def _report(self, why: str) -> None:
        if not self.trouble:
            log.warning("the override cannot be looked up, what was seen last holds: %s", why)
        self.trouble = why
        if self._last and self._is_outdated():
            self._last = None
            log.warning("the override cannot be looked up for so long that the hours rule")

    def _is_outdated(self) -> bool:
        """Return whether the last successful poll is too long ago, also if one hangs."""
        return time.monotonic() - self._polled_at > self._hold_seconds
