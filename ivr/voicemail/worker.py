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
from ivr.alerts import Alerts, message_text
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
        self._due: dict[str, _Due] = {}
        self._lock = threading.Lock()
        self._notified_early: set[str] = set()
        """Messages that the agency was notified of before the database knew them."""

    def expect(self, fact: MessageFact) -> None:
        """Take in what became known of a message. Never waits."""
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
        for recording in self._own_due():
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

    def _own_due(self) -> list[str]:
        with self._lock:
            return [sid for sid, due in self._due.items() if due.moment <= self._now()]

    def _notify_of_own(self, recording: str) -> None:
        """Notify of a message that this process knows of, if need be without the database."""
        try:
            is_stored = self._notify_of(recording)
        except (SQLAlchemyError, RecordsError, OSError):
            is_stored = False
        with self._lock:
            due = self._due.get(recording)
            is_late = due is not None and self._now() > due.moment + RECORDS_GRACE
            if due is None or not (is_stored or is_late):
                return
            del self._due[recording]
        if not is_stored:
            self._notified_early.add(recording)
            self._notify(recording, urgent=due.urgent)

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
        """Return whether a notification of a message went out, or none is set up to be sent."""
        url = self.settings.public_url
        link = f"{url}/messages" if url else "See Messages in the console."
        has_address = bool(self.settings.alert_email or self.settings.alert_webhook)
        about = self._digest.other(recording)
        is_mailed = has_address and self._alerts.notify_of_message(about, link, urgent=urgent)
        is_texted = self._text(message_text(link, urgent=urgent), urgent=urgent)
        if is_texted is None and not has_address:
            log.warning("a message waits, and nobody can be notified: set IVR_ALERT_EMAIL")
            return True
        return is_mailed or bool(is_texted)

    def _text(self, body: str, *, urgent: bool) -> bool | None:
        """Text the people on call, or in a gap everybody on the schedule if a message is urgent.

        Return whether a text went out; None if there is nobody to text, or no number or account.
        """
        from_, on_call = self.script.line.agency.number, self.script.line.on_call
        duty = self._duty(self._now()) or self.script.duty(self._now())
        numbers = duty.ladder
        if not numbers and urgent and on_call:
            numbers = tuple(on_call.people.values())
        account = Account.configured(self.settings)
        if from_ is None or not numbers or account is None:
            return None
        sent = [_send(account, number, from_, body) for number in dict.fromkeys(numbers)]
        return any(sent)


def _send(account: Account, to: str, from_: str, body: str) -> bool:
    """Return whether a text was sent, or may have been."""
    try:
        text(account, to, from_, body)
    except CarrierError as e:
        log.error("somebody on call could not be texted of a message: %s", e)  # noqa: TRY400 expected
        return e.unsure
    return True
