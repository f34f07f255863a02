"""What a session adds to the counts and metrics. Nothing here fails an answer or delays it."""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ivr import metrics
from ivr.dialog import Place
from ivr.records.assistant import ENDS, NODES, SESSIONS, SessionFact
from ivr.skill import Answer, Service

log = logging.getLogger("ivr.assistant")

_REASONS = {"USER_INITIATED": "left", "EXCEEDED_MAX_REPROMPTS": "silence", "ERROR": "error"}
"""Why Alexa ends a session, in the words of the report."""


@dataclass(frozen=True)
class SessionTelemetry:
    """Counts the sessions of one line. `record` takes a fact, and returns at once."""

    record: Callable[[SessionFact], None]
    zone: ZoneInfo
    clock: Callable[[], dt.datetime]

    def answered(self, service: Service, before: Place | None, answer: Answer) -> None:
        """Count an answer; `before` is where the caller was, None if the session began."""
        place, counted = answer.place, []
        if before is None:
            metrics.ASSISTANT.labels(service).inc()
            counted.append((SESSIONS, f"{service}/{place.language}"))
        if before is None or before.node != place.node:
            counted.append((NODES, place.node))
        if answer.ends:
            counted.append((ENDS, "by the skill"))
        self._count(counted)

    def ended(self, reason: str) -> None:
        """Count a session that the assistant ended, by its own word for why."""
        self._count([(ENDS, _REASONS.get(reason, "other"))])

    def refused(self) -> None:
        """Count a request without the assistant's signature."""
        metrics.UNSIGNED.inc()

    def _count(self, counted: list[tuple[str, str]]) -> None:
        if counted:
            day = self.clock().astimezone(self.zone).date()
            self.record(SessionFact(day, tuple(counted)))
