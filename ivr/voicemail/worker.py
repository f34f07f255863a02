"""Notify the agency of messages, behind the calls.

What is due stands in the database, so that another process goes on if one ends. While the database
fails, each process still notifies of the messages that it knows of itself.
"""

import datetime as dt
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from ivr.accounts.secret_key import secret
from ivr.alerts.alerts import URGENT_MESSAGE, Alerts, LimitedSender, message_alert
from ivr.alerts.ledger import Budget, Ledger
from ivr.background import PeriodicWorker
from ivr.carrier.client import Account
from ivr.database.engine import Database
from ivr.errors import CarrierError, RecordsError
from ivr.records.pseudonyms import Digest
from ivr.schedule.duty import Duty
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.sms.send import text
from ivr.voicemail import store
from ivr.voicemail.facts import WAIT, MessageFact

log = logging.getLogger("ivr.voicemail")

POLL_SECONDS = 3.0
"""Seconds between two looks at what is due."""

RECORDS_GRACE = dt.timedelta(seconds=10)
"""How long after a message is due the database may take to know of it; then the agency is notified
all the same. With `WAIT` and the poll in between, that is within a minute."""


TEXTS = Budget(per_hour=6, digest_seconds=900.0)
"""How often the people on call are texted of messages: by themselves, then in digests."""


@dataclass(slots=True)
class _Due:
    """When the agency is to be notified of a message that this process knows of."""

    moment: dt.datetime
    urgent: bool = False


class VoicemailWorker:
    """Notifies the agency of a line's messages. One a process; `now` returns the moment (aware)."""

    def __init__(
        self,
        script: Script,
        settings: Settings,
        database: Database,
        alerts: Alerts,
        now: Callable[[], dt.datetime],
        duty: Callable[[dt.datetime], Duty | None],
    ) -> None:
        self.script = script
        self.settings = settings
        self.worker = PeriodicWorker("voicemail", self.poll, POLL_SECONDS, alert=alerts.notify)
        self._database = database
        self._alerts = alerts
        self._now = now
        self._duty = duty
        self._digest = Digest(secret(settings))
        texts = Ledger(settings.state / "alerts" / "texts.json", lambda: now().timestamp())
        self._texts = LimitedSender(texts, lambda _: TEXTS, self._text)
        self._due: dict[str, _Due] = {}
        self._lock = threading.Lock()
        self._notified_early: set[str] = set()
        """Messages that the agency was notified of before the database knew them."""

    @property
    def can_notify(self) -> bool:
        """Whether an address, or an account and people to text, are set up."""
        line = self.script.line
        has_account = Account.configured(self.settings) is not None
        can_text = has_account and line.agency.number is not None and line.on_call is not None
        return can_text or self._alerts.has_address

    def expect(self, fact: MessageFact) -> None:
        """Take in what became known of a message. Never waits."""
        if not self.can_notify:
            log.warning("a message waits, and nobody can be notified: set IVR_ALERT_EMAIL")
            return
        with self._lock:
            match fact.what:
                case "left":
                    self._due.setdefault(fact.recording, _Due(fact.moment + WAIT))
                case "kept" | "urgent":
                    urgent = fact.what == "urgent"
                    self._due[fact.recording] = _Due(fact.moment, urgent)
                case "deleted" | "silent":
                    self._due.pop(fact.recording, None)
        self.worker.start()

    def poll(self) -> None:
        """Notify the agency of the messages that are due now."""
        if not self.can_notify:
            return
        with self._lock:
            own = [sid for sid, due in self._due.items() if due.moment <= self._now()]
        for recording in own:
            self._notify_of_own(recording)
        try:
            with self._database.reading() as connection:
                due = store.to_notify(connection, self._now())
            for message in due:
                if message.recording in self._notified_early:
                    with self._database.writing() as connection:
                        store.mark_notified(connection, message, self._now())
                else:
                    self._notify_of(message.recording)
        except (SQLAlchemyError, RecordsError, OSError) as e:
            log.warning("messages cannot be looked up now: %s", type(e).__name__)
        self._texts.send_waiting()

    def _notify_of_own(self, recording: str) -> None:
        """Notify of a message that this process knows of, if need be without the database.

        It stays due until the database knows it, or somebody was notified of it.
        """
        try:
            is_stored = self._notify_of(recording)
        except (SQLAlchemyError, RecordsError, OSError):
            is_stored = False
        with self._lock:
            due = self._due.get(recording)
            if due is None:
                return
            if is_stored:
                del self._due[recording]
                return
            if self._now() <= due.moment + RECORDS_GRACE:
                return
        is_notified = self._notify(recording, urgent=due.urgent)
        with self._lock:
            if is_notified:
                self._due.pop(recording, None)
                self._notified_early.add(recording)
            elif recording in self._due:
                self._due[recording].moment = self._now() + store.NOTIFY_RETRY

    def _notify_of(self, recording: str) -> bool:
        """Notify of a message unless that was done; return whether the database knows it."""
        with self._database.writing() as connection:
            message = store.claim(connection, recording, self._now())
            is_stored = message is not None or store.is_known(connection, recording)
        if message and self._notify(recording, urgent=message.urgent):
            with self._database.writing() as connection:
                store.mark_notified(connection, message, self._now())
        return is_stored

    def _notify(self, recording: str, *, urgent: bool) -> bool:
        """Return whether somebody was notified of a message."""
        url = self.settings.public_url
        link = f"{url}/messages" if url else "See Messages in the console."
        about = self._digest.other(recording)
        kind, words = message_alert(link, urgent=urgent)
        is_mailed = self._alerts.has_address and self._alerts.notify_of_message(
            about, link, urgent=urgent
        )
        is_texted = bool(self._text_recipients(kind)) and self._texts.send(kind, words, about)
        return is_mailed or is_texted

    def _text_recipients(self, kind: str) -> tuple[str, ...]:
        """Return the people on call; in a gap everybody on the schedule if a message is urgent."""
        line = self.script.line
        if line.agency.number is None or Account.configured(self.settings) is None:
            return ()
        duty = self._duty(self._now()) or self.script.schedule.duty(self._now())
        numbers = duty.ladder
        if not numbers and kind == URGENT_MESSAGE and line.on_call:
            numbers = tuple(line.on_call.people.values())
        return tuple(dict.fromkeys(numbers))

    def _text(self, kind: str, body: str) -> bool:
        """Text everybody who is to be texted now; return whether the carrier accepted a text."""
        from_, account = self.script.line.agency.number, Account.configured(self.settings)
        if from_ is None or account is None:
            return False
        sent = [_send(account, number, from_, body) for number in self._text_recipients(kind)]
        return any(sent)


def _send(account: Account, to: str, from_: str, body: str) -> bool:
    """Return whether the carrier accepted a text: one that only may have been sent is no alert."""
    try:
        text(account, to, from_, body)
    except CarrierError as e:
        log.error("somebody on call could not be texted of a message: %s", e)  # noqa: TRY400 expected
        return False
    return True
