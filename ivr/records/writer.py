"""Write batches of facts; a fact that the database will never take does not block the others."""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from ivr import metrics
from ivr.database.engine import Database
from ivr.records import store
from ivr.records.facts import CallFact, EndFact, StepFact
from ivr.records.transfers import FAILURES, failing_destinations

log = logging.getLogger("ivr.records")


class StorableFact(Protocol):
    """A fact that is no part of a call's steps, and knows its own table."""

    def store(self, connection: Connection) -> bool:
        """Add the fact to its table, once; return whether it has a new row there.

        Raises SQLAlchemyError.
        """


Fact = CallFact | StorableFact

Alert = Callable[[str, str], None]
"""Alerts the operators: the kind of trouble, and a sentence about it."""


class Writer:
    """Writes facts into a database. Used by one thread at a time."""

    def __init__(self, database: Database, zone: ZoneInfo, alert: Alert) -> None:
        self._database = database
        self._zone = zone
        self._alert = alert

    def write(self, batch: Sequence[Fact]) -> None:
        """Write a batch.

        Raises SQLAlchemyError or RecordsError if nothing can be written now; then try it again.
        """
        try:
            self._write(batch)
        except (OperationalError, InterfaceError):  # it concerns the database, not a fact
            raise
        except (SQLAlchemyError, ValueError, TypeError):
            self._write_one_by_one(batch)

    def _write_one_by_one(self, batch: Sequence[Fact]) -> None:
        """Write those facts that can be; drop the others, unless that would be all of them."""
        errors: list[Exception] = []
        for fact in batch:
            try:
                self._write([fact])
            except (OperationalError, InterfaceError):
                raise
            except (SQLAlchemyError, ValueError, TypeError) as e:
                errors.append(e)
        if len(errors) == len(batch):
            raise errors[-1]
        for error in errors:
            kind = type(error.orig if isinstance(error, DBAPIError) else error).__name__
            log.error("the database does not take a fact, which is dropped: %s", kind)
            metrics.DROPPED.inc()

    def _write(self, batch: Sequence[Fact]) -> None:
        call_facts = [fact for fact in batch if isinstance(fact, StepFact | EndFact)]
        others = [fact for fact in batch if not isinstance(fact, StepFact | EndFact)]
        unreached = {
            fact.back_from
            for fact in call_facts
            if isinstance(fact, StepFact) and fact.back_from and fact.outcome in FAILURES
        }
        with self._database.writing() as connection:
            added = store.write(connection, call_facts, self._zone) if call_facts else 0
            for fact in others:
                fact.store(connection)
            failing = failing_destinations(connection, sorted(unreached))
        metrics.WRITTEN.inc(added)
        for name in failing:
            self._alert(
                f"transfer-{name}", f"the last two calls to {name} failed: dial it yourself"
            )
