"""The override that holds now: kept in the records' database, known to every process of the line.

A call never asks the database. Each process looks once a second, behind the calls, and goes by what
it saw last: an override ends by itself. Where none was ever seen, or the database has been gone for
more than a hiccup, the schedule rules.
"""

import datetime as dt
import logging
import threading
import time

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from ivr.database import schema
from ivr.database.engine import opened, reason, writing
from ivr.errors import IvrError
from ivr.schedule.override import STATES, Override
from ivr.settings import Settings

log = logging.getLogger("ivr.overrides")

LOOK_SECONDS = 1.0
"""How often a process looks; so long the others may not know of a change."""

HOLD_SECONDS = 300.0
"""So long what was seen last holds while the database cannot be asked: it may only start anew."""

FIRST_SECONDS = 1.0
"""How long a process that starts waits for its first look, before it answers calls."""


def put(engine: Engine, override: Override) -> None:
    """Let an override hold, in place of the one that does. Raises SQLAlchemyError."""
    with writing(engine) as connection:
        connection.execute(delete(schema.overrides))
        row = {
            "state": override.state,
            "begins": override.begins,
            "until": override.until,
            "announcement": dict(override.announcement),
        }
        connection.execute(insert(schema.overrides), [row])


def end(engine: Engine) -> None:
    """End what holds; the schedule rules again. Raises SQLAlchemyError."""
    with writing(engine) as connection:
        connection.execute(delete(schema.overrides))


def kept(engine: Engine) -> Override | None:
    """Return the override that was put last, even if it has ended. Raises SQLAlchemyError."""
    asked = select(schema.overrides).order_by(schema.overrides.c.id.desc()).limit(1)
    with engine.connect() as connection:
        row = connection.execute(asked).mappings().first()
    if row is None or row["state"] not in STATES:  # a newer ivr's
        return None
    words = tuple((str(code), str(text)) for code, text in row["announcement"].items())
    return Override(row["state"], row["begins"], row["until"], words)


class OverrideStore:
    """What a process knows of the override. One a process; `at` never waits."""

    def __init__(
        self, settings: Settings, look: float = LOOK_SECONDS, hold: float = HOLD_SECONDS
    ) -> None:
        self.settings = settings
        self._pause = look
        self._hold = hold
        self.trouble = ""
        """Why it cannot be looked up now; empty while it can."""
        self._seen: Override | None = None
        self._seen_at = 0.0
        self._engine: Engine | None = None
        self._looked = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def at(self, moment: dt.datetime) -> Override | None:
        """Return the override that holds at a moment (aware), as far as this process knows."""
        seen = None if self._is_old() else self._seen
        return seen if seen and seen.holds(moment) else None

    def start(self) -> None:
        """Start to look, if this process does not yet; wait FIRST_SECONDS for the first look."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="overrides", daemon=True)
                self._thread.start()
        self._looked.wait(FIRST_SECONDS)

    def look(self) -> None:
        """Look now. What was seen before holds for a while where the database is gone."""
        began = time.monotonic()
        try:
            if self._engine is None:
                self._engine = opened(self.settings)  # the tables may not be there yet
            found = kept(self._engine)
        except (SQLAlchemyError, OSError, IvrError) as e:
            why = str(e) if isinstance(e, IvrError) else reason(e)
            if not self.trouble:
                log.warning("the override cannot be looked up, what was seen last holds: %s", why)
            self.trouble = why
            if self._seen and self._is_old():
                self._seen = None
                log.warning("the override cannot be looked up for so long that the hours rule")
            return
        self.trouble, self._seen_at = "", began
        if found != self._seen:
            self._seen = found
            now = f"{found.state} until {found.until:%Y-%m-%d %H:%M %Z}" if found else "none"
            log.info("override: %s", now)

    def _is_old(self) -> bool:
        """Tell whether the database was asked in vain, or has not answered, for too long."""
        return time.monotonic() - self._seen_at > self._hold

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self.look()
            self._looked.set()
            pause.wait(self._pause)
