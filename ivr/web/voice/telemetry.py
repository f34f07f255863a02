"""What follows each webhook: facts for the records, metrics, a log line, alerts to the operators.

Nothing here fails a call or delays it, and a rehearsal leaves no trace.
"""

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Concatenate, NamedTuple, ParamSpec, cast
from zoneinfo import ZoneInfo

from ivr import metrics
from ivr.accounts.secret_key import secret
from ivr.alerts import Alerts
from ivr.database.engine import Database
from ivr.dialog import Place, Spoken, Turn
from ivr.protection.callers import caller_of
from ivr.records import facts
from ivr.records.day_keys import DayKeys
from ivr.records.pseudonyms import Digest
from ivr.records.recorder import Recorder
from ivr.schedule.duty import Duty
from ivr.script.model import Script
from ivr.script.nodes import Menu
from ivr.settings import Settings
from ivr.voicemail import facts as voicemail_facts
from ivr.voicemail.worker import VoicemailWorker
from ivr.web.voice.call_state import CallState
from ivr.web.voice.taken_calls import FOLDER as TAKEN
from ivr.web.voice.taken_calls import TakenCalls
from ivr.web.voice.webhook_form import Webhook

log = logging.getLogger("ivr.voice")

P = ParamSpec("P")
Method = Callable[Concatenate["CallTelemetry", P], None]


def _never_fails(method: Method[P]) -> Method[P]:
    """Log whatever a method raises: the answer to the caller does not depend on it."""

    @wraps(method)
    def logged(self: "CallTelemetry", /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception:
            log.exception("a webhook could not be recorded")

    return cast("Method[P]", logged)


class AnsweredTurn(NamedTuple):
    """A turn that was answered, of which a fact is made later."""

    form: Mapping[str, str]
    seconds: float
    """How long the answer took."""
    moment: dt.datetime
    place: Place | None
    """Where the caller was; None at the start of a call."""
    turn: Turn


class CallTelemetry:
    """Records what happens in the calls of one script. All its methods return at once."""

    def __init__(
        self,
        script: Script,
        settings: Settings,
        database: Database,
        alerts: Alerts,
        clock: Callable[[], dt.datetime],
        duty: Callable[[dt.datetime], Duty | None],
    ) -> None:
        self.script = script
        self.alerts = alerts
        line = script.line
        self.digest = Digest(secret(settings), DayKeys(settings.day_keys))
        self.recorder = Recorder(
            Database(settings, keeps_connection=True),
            ZoneInfo(line.time_zone),
            line.keep_days,
            self.alerts.notify,
            self.digest.keys,
            clock=clock,
            make_facts=self._facts_of,
        )
        self.taken = TakenCalls(self.digest, database, settings.day_keys / TAKEN)
        self.voicemail = VoicemailWorker(script, settings, database, alerts, clock, duty)
        self._clock = clock
        metrics.prepare_transfers(facts.destinations(script))

    @_never_fails
    def turn_answered(
        self, webhook: Webhook, moment: dt.datetime, place: Place | None, turn: Turn
    ) -> None:
        """Record a turn now; `place` is where the caller was, None at the start of a call.

        For turns that the agency must learn of at once, such as a message that was left.
        """
        if webhook.is_rehearsal:
            return
        form, seconds = _form_of(webhook), time.perf_counter() - webhook.began
        is_copy = CallState.of(webhook.query).is_copy(moment)
        answered = AnsweredTurn(form, seconds, moment, place, turn)
        for step in self._facts_of([answered], alerts=not is_copy):
            self.recorder.record(step)
        if is_copy:
            return
        number, sid = form.get("From", ""), form.get("CallSid", "")
        caller = caller_of(self.digest, number, sid, moment)
        hash_ = "" if caller.is_withheld else caller.hashes[0]
        for fact in voicemail_facts.message_facts(place, turn, form, hash_):
            self._record_voicemail(fact)

    def turn_answered_later(
        self, webhook: Webhook, moment: dt.datetime, place: Place | None, turn: Turn
    ) -> None:
        """Record a turn after it was answered, in the recorder's thread."""
        if webhook.is_rehearsal:
            return
        values = webhook.values
        form = {name: values[name] for name in facts.FORM_FIELDS if name in values}
        form["token"] = webhook.token
        seconds = time.perf_counter() - webhook.began
        self.recorder.record_later(AnsweredTurn(form, seconds, moment, place, turn))

    def _facts_of(
        self, turns: Sequence[AnsweredTurn], *, alerts: bool = True
    ) -> list[facts.StepFact]:
        """Count and log turns; return the facts of those whose calls have an id."""
        made = [(step, answered) for answered in turns if (step := self._step(answered))]
        if alerts:
            for step, answered in made:
                self._alert(step, answered.place, answered.turn)
        self._count(made)
        return [step for step, answered in made if answered.form.get("CallSid")]

    def _step(self, answered: AnsweredTurn) -> facts.StepFact | None:
        form, _, moment, place, turn = answered
        try:
            return facts.step_fact(self.digest, self.script, place, turn, form, moment)
        except Exception:
            log.exception("a turn could not be recorded")
            return None

    @_never_fails
    def _count(self, made: Sequence[tuple[facts.StepFact, AnsweredTurn]]) -> None:
        """Log and count turns. If the disk is full this fails; the facts are recorded anyway."""
        if not made:
            return
        log.info("turn", extra={"lines": [_log_fields(*pair) for pair in made]})
        for what, count in Counter(step.what for step, _ in made).items():
            metrics.TURNS.labels(what).inc(count)
        for _, answered in made:
            metrics.ANSWER.observe(answered.seconds)
        begun = [answered.moment for _, answered in made if answered.place is None]
        if begun:
            metrics.CALLS.inc(len(begun))
            metrics.ACTIVE.inc(len(begun))
            metrics.LAST_CALL.set(max(begun).timestamp())
        ended = Counter((step.back_from, step.outcome) for step, _ in made if step.back_from)
        for (destination, outcome), count in ended.items():
            metrics.TRANSFERS.labels(destination, outcome).inc(count)

    @_never_fails
    def _alert(self, step: facts.StepFact, place: Place | None, turn: Turn) -> None:
        """Alert the operators if a caller has come to a menu with `alert:` in menu.yaml."""
        node = self.script.node(turn.place.node)
        is_new = place is None or place.node != turn.place.node
        if is_new and isinstance(node, Menu) and node.alert:
            self.alerts.notify_of_call(step.log_id)

    @_never_fails
    def call_taken(self, webhook: Webhook) -> None:
        """Record that the person on call pressed 1 and was put through to the caller."""
        form = _form_of(webhook)
        if form.get("ParentCallSid") and not webhook.is_rehearsal:
            self.taken.remember(form, self._clock())
            self.recorder.record(facts.accepted_fact(self.digest, form, self._clock()))

    @_never_fails
    def call_status(self, webhook: Webhook) -> None:
        """Record the end of a call, if a status callback reports one."""
        end = facts.end_fact(self.digest, webhook.values, self._clock())
        if end is not None and webhook.values.get("CallSid") and not webhook.is_rehearsal:
            self.recorder.record(end)
            metrics.ACTIVE.dec()

    @_never_fails
    def recording_status(self, webhook: Webhook, language: str, *, safe: bool) -> None:
        """Record what the carrier reports of a recording: it may come late, twice or alone."""
        moment = self._clock()
        fact = voicemail_facts.callback_fact(webhook.form, language, safe=safe, moment=moment)
        is_copy = CallState.of(webhook.query).is_copy(moment)
        if fact is not None and not webhook.is_rehearsal and not is_copy:
            self._record_voicemail(fact)

    def _record_voicemail(self, fact: voicemail_facts.MessageFact) -> None:
        self.recorder.record(fact)
        self.voicemail.expect(fact)

    @_never_fails
    def lifeboat_served(self, why: str) -> None:
        """Count an answer that could not be given as it should, and alert the operators."""
        metrics.LIFEBOATS.inc()
        self.alerts.notify("lifeboat", f"the lifeboat was served to a caller: {why}")

    @_never_fails
    def clip_lost(self, webhook: Webhook, words: Spoken) -> None:
        """Alert the operators of words that nobody could say to a caller."""
        if not webhook.is_rehearsal:
            name, default = f"{words.language} {words.prompt}", self.script.line.default_language
            log.error("the clip of %s is lost, and no voice speaks its language", name)
            self.alerts.notify(
                "clip-lost",
                f"The clip of {name} is lost, and no voice speaks its language: callers in"
                f" {words.language} hear the hotline's number in {default}, and are connected. See"
                " the console, under Voices.",
            )

    @_never_fails
    def signature_refused(self) -> None:
        """Count a request without the carrier's signature."""
        metrics.UNSIGNED.inc()


def _log_fields(step: facts.StepFact, answered: AnsweredTurn) -> dict[str, object]:
    return {
        "call": step.log_id,
        "what": step.what,
        "node": step.node,
        "led_to": step.led_to,
        "language": step.language,
        "dialled": step.dialled or "",
        "outcome": step.outcome or "",
        "ms": round(answered.seconds * 1000, 2),
    }


def _form_of(webhook: Webhook) -> dict[str, str]:
    """Return the values of a request, with its idempotency token as "token"."""
    return {**webhook.values, "token": webhook.token}
