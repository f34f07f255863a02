"""What becomes of each turn once it is answered: facts to the records, metrics, a log line.

Nothing here may fail a call, or keep it waiting; and a rehearsal leaves no trace.
"""

import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Concatenate, ParamSpec, cast
from zoneinfo import ZoneInfo

from flask import g, has_request_context, request

from ivr import metrics
from ivr.accounts.secret_key import secret
from ivr.alerts import Alerts
from ivr.database.engine import Database
from ivr.dialog import Place, Turn
from ivr.records import facts
from ivr.records.pseudonyms import Digest
from ivr.records.recorder import Recorder
from ivr.script.model import Duty, Script
from ivr.script.nodes import Menu
from ivr.settings import Settings
from ivr.voicemail import facts as voicemail_facts
from ivr.voicemail.worker import VoicemailWorker

log = logging.getLogger("ivr.voice")

REHEARSAL = "ivr.rehearsal"
"""In the WSGI environment of a call that is only tried out, by a program in this very process."""

CLOCK = "ivr.clock"
"""In the same of a rehearsal: the moment at which it is tried out."""

TOKEN = "I-Twilio-Idempotency-Token"  # noqa: S105 a header's name
"""The carrier's retries of a request bear the same one (Twilio, webhooks: connection overrides)."""

P = ParamSpec("P")
Method = Callable[Concatenate["CallTelemetry", P], None]


def _harmless(method: Method[P]) -> Method[P]:
    @wraps(method)
    def watched(self: "CallTelemetry", /, *args: P.args, **kwargs: P.kwargs) -> None:
        if has_request_context() and request.environ.get(REHEARSAL):
            return
        try:
            method(self, *args, **kwargs)
        except Exception:
            log.exception("a turn could not be recorded")

    return cast("Method[P]", watched)


class CallTelemetry:
    """Watches the calls of a line."""

    def __init__(
        self,
        script: Script,
        settings: Settings,
        clock: Callable[[], dt.datetime],
        duty: Callable[[dt.datetime], Duty | None],
    ) -> None:
        self.script = script
        self.alerts = Alerts(settings)
        line = script.line
        self.recorder = Recorder(
            Database(settings, keeps_connection=True),
            ZoneInfo(line.time_zone),
            line.keep_days,
            self.alerts.notify,
        )
        self.desk = VoicemailWorker(script, settings, self.alerts, clock, duty)
        self._clock = clock
        self._digest = Digest(secret(settings))

    @_harmless
    def turn(self, here: Place | None, turn: Turn) -> None:
        """Take a turn that was answered; `here` is where the caller was, None as a call begins."""
        form = {**request.values.to_dict(), "token": request.headers.get(TOKEN, "")}
        seconds = time.perf_counter() - g.started
        note = self._noted(form, seconds, turn.facts[0].at, here, turn)
        if note is not None:
            self.recorder.record(note)
        for piece in voicemail_facts.pieces(here, turn, form):
            self._know(piece)

    def turn_later(
        self,
        form: Mapping[str, str],
        began: float,
        moment: dt.datetime,
        here: Place | None,
        turn: Turn,
    ) -> None:
        """Take a plain turn that was answered to a form, to be noted behind the call.

        The request's retry token is added to the form as "token".
        """
        read = {name: form[name] for name in facts.FORM_FIELDS if name in form}
        seconds = time.perf_counter() - began
        self.recorder.record_later(partial(self._noted, read, seconds, moment, here, turn))

    def _noted(
        self,
        form: Mapping[str, str],
        seconds: float,
        moment: dt.datetime,
        here: Place | None,
        turn: Turn,
    ) -> facts.StepFact | None:
        """Count and log a turn; return what is recorded of it, if anything."""
        try:
            step = facts.step_fact(self._digest, self.script, here, turn, form, moment)
        except Exception:
            log.exception("a turn could not be recorded")
            return None
        self._alert(step, here, turn)
        self._count(step, seconds, begins=here is None)
        return step if form.get("CallSid") else None

    @_harmless
    def _count(self, step: facts.StepFact, seconds: float, *, begins: bool) -> None:
        """Log a turn and count it; a full disk takes neither, and the fact is kept all the same."""
        fields = {
            "call": step.hashes[0][:8],
            "what": step.what,
            "node": step.node,
            "led_to": step.led_to,
            "language": step.language,
            "dialled": step.dialled or "",
            "outcome": step.outcome or "",
            "ms": round(seconds * 1000, 2),
        }
        log.info("turn", extra={"fields": fields})
        metrics.TURNS.labels(step.what).inc()
        metrics.ANSWER.observe(seconds)
        if begins:
            metrics.CALLS.inc()
            metrics.ACTIVE.inc()
            metrics.LAST_CALL.set(step.moment.timestamp())
        if step.back_from:
            metrics.TRANSFERS.labels(step.back_from, step.outcome).inc()

    @_harmless
    def _alert(self, step: facts.StepFact, here: Place | None, turn: Turn) -> None:
        """Tell the operators that a caller has come to a menu that says so (menu.yaml, alert:)."""
        node = self.script.node(turn.place.node)
        comes = here is None or here.node != turn.place.node
        if comes and isinstance(node, Menu) and node.alert:
            self.alerts.notify_of_call(step.hashes[0][:8])  # as much of it as the log tells

    @_harmless
    def taken(self) -> None:
        """Take it that who is on call has pressed 1, and the caller is put through."""
        form = {**request.values.to_dict(), "token": request.headers.get(TOKEN, "")}
        if form.get("ParentCallSid"):
            now = dt.datetime.now(dt.UTC)
            self.recorder.record(facts.accepted_fact(self._digest, form, now))

    @_harmless
    def status(self) -> None:
        """Take a status callback: a call may have ended."""
        end = facts.end_fact(self._digest, request.form, dt.datetime.now(dt.UTC))
        if end is not None and request.form.get("CallSid"):
            self.recorder.record(end)
            metrics.ACTIVE.dec()

    @_harmless
    def recorded(self, language: str, *, safe: bool) -> None:
        """Take the carrier's word on a recording: late, twice, or alone, as it comes."""
        piece = voicemail_facts.called(request.form, language, safe=safe, moment=self._clock())
        if piece is not None:
            self._know(piece)

    def _know(self, piece: voicemail_facts.Piece) -> None:
        self.recorder.record(piece)
        self.desk.expect(piece)

    @_harmless
    def lifeboat(self, why: str) -> None:
        """Take it that the line could not answer as it should, and tell the operators."""
        metrics.LIFEBOATS.inc()
        self.alerts.notify("lifeboat", f"the lifeboat was served to a caller: {why}")

    @_harmless
    def unsigned(self) -> None:
        """Take it that a request was not the carrier's."""
        metrics.UNSIGNED.inc()
