"""Writes facts into the records; one that the database will never take does not block the rest."""

import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from ivr import metrics
from ivr.database.engine import migrate, open_engine, writing
from ivr.records import store, voicemail_facts
from ivr.records.facts import Note, Step
from ivr.records.preload import Ids
from ivr.records.voicemail_facts import Piece
from ivr.settings import Settings

log = logging.getLogger("ivr.records")

Known = Note | Piece
"""A fact of a call, or of a message that was left in it."""

Alert = Callable[[str, str], None]
"""Tells the operators: what kind of trouble, and the trouble."""


class Writer:
    """Writes facts where the settings say. Used by one thread."""

    def __init__(self, settings: Settings, zone: ZoneInfo, alert: Alert) -> None:
        self._settings = settings
        self._zone = zone
        self._alert = alert
        self._engine: Engine | None = None
        self._ids: Ids = {}

    def engine(self) -> Engine:
        """Return the records, opened and brought forward. Raises as `put`."""
        if self._engine is None:
            engine = open_engine(self._settings, keeps=True)
            try:
                migrate(engine)
            except BaseException:
                engine.dispose()
                raise
            self._engine = engine
        return self._engine

    def close(self) -> None:
        """Close the connection; the next work opens another."""
        self._ids.clear()
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    def put(self, batch: list[Known]) -> None:
        """Write a batch. Raises what the database raises, IvrError where it cannot be used."""
        engine = self.engine()
        try:
            self._put_all(engine, batch)
        except (OperationalError, InterfaceError):
            raise
        except (SQLAlchemyError, ValueError, TypeError):
            self._ids.clear()
            if len(batch) == 1:
                raise
            self._put_one_by_one(engine, batch)

    def _put_one_by_one(self, engine: Engine, batch: list[Known]) -> None:
        """Write what can be; a fact that the database will never take must not block the rest."""
        for note in batch:
            try:
                self._put_all(engine, [note])
            except (OperationalError, InterfaceError):
                raise
            except (SQLAlchemyError, ValueError, TypeError) as e:
                self._ids.clear()
                kind = type(e.orig if isinstance(e, DBAPIError) else e).__name__
                log.error("a fact is not taken by the records: %s", kind)  # noqa: TRY400 no values
                metrics.DROPPED.inc()

    def _put_all(self, engine: Engine, batch: list[Known]) -> None:
        steps = [note for note in batch if isinstance(note, Step)]
        failed = {n.back_from for n in steps if n.back_from and n.outcome in store.FAILURES}
        with writing(engine) as connection:
            calls = [note for note in batch if not isinstance(note, Piece)]
            new = store.write(connection, calls, self._zone, self._ids) if calls else 0
            voicemail_facts.write(connection, [note for note in batch if isinstance(note, Piece)])
            failing = store.failing(connection, sorted(failed))
        metrics.WRITTEN.inc(new)
        for name in failing:
            self._alert(
                f"transfer-{name}", f"the last two calls to {name} failed: dial it yourself"
            )
