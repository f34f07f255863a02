"""Ask before staff are rung, a message is recorded, or a text is sent.

The database is asked, for a second at most; without it each process counts for itself. Whatever
fails, a caller is led on: to the agency's people, or to the hotline.
"""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from limits import RateLimitItemPerDay, RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy.exc import SQLAlchemyError

from ivr.alerts import Alerts
from ivr.database.engine import Database
from ivr.dialog.limits import CODE_KEYS
from ivr.errors import RecordsError
from ivr.protection import blocks, uses
from ivr.protection.callers import Caller, caller_of
from ivr.protection.uses import DAY, HOUR, Use, Verdict
from ivr.records.pseudonyms import Digest
from ivr.script.model import Script
from ivr.web.voice.call_state import CallState
from ivr.web.voice.timeouts import LimitedWork
from ivr.web.voice.webhook_form import Webhook

log = logging.getLogger("ivr.voice")

MAX_REMEMBERED = 1000
"""Blocks that a process remembers in case the database fails."""

_SETTING: Final = {"ring": "rings", "message": "messages", "text": "texts", "answer": "texts"}


@dataclass(frozen=True, slots=True)
class RingVerdict:
    """Whether staff may be rung, and `code`: the keys that the caller has to press first."""

    verdict: Verdict
    code: str = ""
    is_blocked: bool = False

    @property
    def is_refused(self) -> bool:
        """Whether the caller is led on to the hotline."""
        return self.is_blocked or self.verdict.is_refusal


class CallLimits:
    """The limits of one line."""

    def __init__(
        self,
        script: Script,
        digest: Digest,
        database: Database,
        alerts: Alerts,
        clock: Callable[[], dt.datetime],
        wait_seconds: float,
    ) -> None:
        self._wait_seconds = wait_seconds
        self._limits = script.line.limits
        self._database = database
        self._alerts = alerts
        self._clock = clock
        self.digest = digest
        self._work = LimitedWork()
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._blocked: set[str] = set()
        self._is_challenging = False

    def caller(self, webhook: Webhook) -> Caller:
        """Return the caller of a webhook."""
        values = webhook.values
        sid = values.get("ParentCallSid") or values.get("CallSid", "")
        return caller_of(self.digest, values.get("From", ""), sid, self._clock())

    def ring(self, webhook: Webhook, state: CallState, *, is_first: bool) -> RingVerdict:
        """Ask whether the agency's people may be rung; `is_first` for the first telephone."""
        caller = self.caller(webhook)
        look = partial(self._look, caller)
        is_blocked, is_challenging = self._work.run_with_timeout(
            self._wait_seconds, look, if_busy=None, if_late=None
        ) or (bool(self._blocked.intersection(caller.block_hashes)), self._is_challenging)
        if is_blocked:
            return RingVerdict(Verdict.CALLER_LIMIT, is_blocked=True)
        if not is_first:
            return RingVerdict(Verdict.AGAIN)
        if is_challenging and not state.passed:
            return RingVerdict(Verdict.AGAIN, code=self.code(webhook, state))
        return RingVerdict(self.claim("ring", webhook, state))

    def claim(self, what: uses.What, webhook: Webhook, state: CallState) -> Verdict:
        """Count a use; alert the operators if a limit refuses it."""
        now = self._clock()
        if state.is_copy(now) or webhook.is_rehearsal:
            return Verdict.AGAIN
        use = self._use(what, self.caller(webhook), self._mark(what, webhook, state))
        verdict = self._work.run_with_timeout(
            self._wait_seconds, partial(self._claim, use, now), if_busy=None, if_late=None
        )
        if verdict is None:
            verdict = self._claim_in_memory(use)
        if verdict.is_refusal:
            self._report(use, verdict)
        return verdict

    def may_answer_text(self, webhook: Webhook) -> bool:
        """Tell whether a text to the line's number is answered: once a number and day (UTC)."""
        now, sid = self._clock(), webhook.form.get("MessageSid", "")
        sender = caller_of(self.digest, webhook.form.get("From", ""), sid, now)
        if sender.is_withheld or webhook.is_rehearsal:
            return False
        mark = self.digest.event(now.astimezone(dt.UTC).date(), "answer", sid)
        use = Use("answer", sender.hashes[:1], mark, DAY, 1, self._limits.texts)
        verdict = self._work.run_with_timeout(
            self._wait_seconds, partial(self._claim, use, now), if_busy=None, if_late=None
        )
        return not (verdict or self._claim_in_memory(use)).is_refusal

    def release(self, what: uses.What, webhook: Webhook, state: CallState) -> None:
        """Forget a use that came to nothing, if the database can."""
        mark = self._mark(what, webhook, state)

        def forget() -> None:
            with self._database.writing() as connection:
                uses.release(connection, mark)

        self._work.run_with_timeout(self._wait_seconds, forget, if_busy=None, if_late=None)

    def block(self, caller: str, webhook: Webhook) -> None:
        """Block a caller for a day, as the person on call asks for; `caller` is their hash.

        A request that is repeated after midnight (UTC) blocks the same caller a second time.
        """
        self._blocked.add(caller)
        today = self._clock().astimezone(dt.UTC).date()
        mark = self.digest.event(today, "block", webhook.values.get("ParentCallSid", ""))

        def add() -> bool:
            with self._database.writing() as connection:
                return blocks.add(connection, caller, mark, blocks.BY_PERSON_ON_CALL, self._clock())

        is_done = self._work.run_with_timeout(4.0, add, if_busy=None, if_late=None)
        if is_done is None:
            log.error("a block could not be stored; this process alone knows it")

    def _use(self, what: uses.What, caller: Caller, mark: str) -> Use:
        limits, name = self._limits, _SETTING[what]
        overall = getattr(limits, name)
        # Callers who withhold their number are counted as one, who can use half of everything.
        each = max(overall // 2, 1) if caller.is_withheld else getattr(limits, f"{name}_per_caller")
        window = DAY if what == "text" else HOUR
        return Use(what, caller.hashes, mark, window, each, overall)

    def _mark(self, what: str, webhook: Webhook, state: CallState) -> str:
        """Return the hash by which a repeated request is recognised, whatever its token."""
        return self._hash(what, webhook, state, str(state.used))

    def _hash(self, what: str, webhook: Webhook, state: CallState, *more: str) -> str:
        """Return a hash of the call with the key of the day (UTC) on which the call began.

        So it is the same on both sides of midnight. If a URL does not say when the call began, the
        key is today's, and a request that is repeated after midnight counts as another one.
        """
        day = state.first_day(self._clock())
        return self.digest.event(day, what, webhook.values.get("CallSid", ""), *more)

    def code(self, webhook: Webhook, state: CallState) -> str:
        """Return two different keys, the same ones for a request that is repeated."""
        number = int(self._hash("code", webhook, state)[:8], 16)
        first = CODE_KEYS[number % len(CODE_KEYS)]
        others = CODE_KEYS.replace(first, "")
        return first + others[number // len(CODE_KEYS) % len(others)]

    def _look(self, caller: Caller) -> tuple[bool, bool] | None:
        """Return whether a caller is blocked, and whether callers are challenged; None: unknown."""
        try:
            with self._database.reading() as connection:
                is_blocked = blocks.is_blocked(connection, caller.block_hashes, self._clock())
                self._is_challenging = blocks.is_on(connection, blocks.CHALLENGE)
        except (SQLAlchemyError, RecordsError, OSError):
            return None
        if len(self._blocked) >= MAX_REMEMBERED:
            self._blocked.clear()
        if is_blocked:
            self._blocked.add(caller.block_hashes[0])
        else:
            self._blocked.difference_update(caller.block_hashes)
        return is_blocked, self._is_challenging

    def _claim(self, use: Use, now: dt.datetime) -> Verdict | None:
        try:
            with self._database.writing() as connection:
                return uses.claim(connection, use, now)
        except (SQLAlchemyError, RecordsError, OSError):
            return None

    def _claim_in_memory(self, use: Use) -> Verdict:
        """Count for this process alone, while the database fails."""
        per = RateLimitItemPerDay if use.window == DAY else RateLimitItemPerHour
        if not self._limiter.hit(RateLimitItemPerDay(1), "mark", use.mark):
            return Verdict.AGAIN
        if not self._limiter.hit(per(use.per_caller), use.what, use.hashes[0]):
            return Verdict.CALLER_LIMIT
        if not self._limiter.hit(per(use.overall), use.what, "all"):
            return Verdict.LINE_LIMIT
        return Verdict.NEW

    def _report(self, use: Use, verdict: Verdict) -> None:
        """Alert the operators that a limit holds."""
        name = _SETTING[use.what]
        per = "a day" if use.window == DAY else "an hour"
        kind = f"limit-{name}"
        if verdict is Verdict.LINE_LIMIT:
            text = (
                f"All callers together have used the {use.overall} {name} {per} of line.yaml."
                " Further callers are led on to the hotline."
            )
        else:
            kind += "-caller"
            text = (
                f"One caller, or all who withhold their number, have used the {use.per_caller}"
                f" {name} {per} allowed, and are led on to the hotline."
            )
        self._alerts.notify(kind, text)
