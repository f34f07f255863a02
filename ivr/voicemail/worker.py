"""What is to be done about messages behind the calls: tell staff, and delete what is to be deleted.

One thread a process looks every few seconds. What is due stands in the records, so that another
process goes on where one has ended; and while the records fail, this one still knows of its own.
"""

import atexit
import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from ivr.accounts.secret_key import secret
from ivr.alerts import Alerts, message_text
from ivr.carrier.client import Account
from ivr.carrier.recordings import delete_recording
from ivr.database.engine import opened, writing
from ivr.errors import CarrierError, RecordsError
from ivr.records.pseudonyms import Digest
from ivr.script.line import Voicemail
from ivr.script.model import Duty, Script
from ivr.settings import Settings
from ivr.sms import quota
from ivr.sms.send import text
from ivr.voicemail import store
from ivr.voicemail.facts import WAIT, Piece

log = logging.getLogger("ivr.desk")

LOOK_SECONDS = 3.0
"""How often it is looked for what is due."""

PATIENCE = dt.timedelta(seconds=10)
"""How long the records may take to know of a message that is due; then staff are told all the same.
With `WAIT` and the look in between, staff are told within a minute."""

TEND_SECONDS = 3600
"""How often it is looked for what is old."""


@dataclass(slots=True)
class _Due:
    """A message of this process's own, of which staff are to be told."""

    moment: dt.datetime
    urgent: bool = False


class VoicemailWorker:
    """Works on the messages of a line. One a process."""

    def __init__(
        self,
        script: Script,
        settings: Settings,
        alerts: Alerts,
        now: Callable[[], dt.datetime],
        duty: Callable[[dt.datetime], Duty | None],
    ) -> None:
        self.script = script
        self.settings = settings
        self._alerts = alerts
        self._now = now
        self._duty = duty
        self._digest = Digest(secret(settings))
        self._due: dict[str, _Due] = {}
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._engine: Engine | None = None
        self._early: set[str] = set()
        """Messages that staff were told of before the records knew them."""
        self._tended = float("-inf")

    def expect(self, piece: Piece) -> None:
        """Take it that something became known of a message. Never waits."""
        with self._lock:
            match piece.what:
                case "left":
                    self._due.setdefault(piece.recording, _Due(piece.moment + WAIT))
                case "kept" | "urgent":
                    urgent = piece.what == "urgent"
                    self._due[piece.recording] = _Due(piece.moment, urgent)
                case "deleted" | "silent":
                    self._due.pop(piece.recording, None)
        self.start()

    def start(self) -> None:
        """Start to work, if that has not begun yet in this process."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
                self._thread.start()
                atexit.register(self.close)

    def close(self) -> None:
        """Stop working; what is due stays in the records."""
        self._ending.set()

    def _run(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            try:
                self.look()
            except Exception:  # whatever it is, it must not end the thread
                log.exception("messages could not be looked after")

    def look(self) -> None:
        """Do what is due now."""
        for recording in self._own():
            self._tell_own(recording)
        try:
            engine = self._ready()
            with engine.connect() as connection:
                waiting = store.waiting(connection, self._now())
            for message in waiting:
                if message.recording in self._early:
                    with writing(engine) as connection:
                        store.told(connection, message, self._now())
                else:
                    self._tell_of(engine, message.recording)
            self._erase(engine)
            self._tend(engine)
        except (SQLAlchemyError, RecordsError, OSError) as e:
            log.warning("messages cannot be looked after now: %s", type(e).__name__)

    def _own(self) -> list[str]:
        with self._lock:
            return [rec for rec, due in self._due.items() if due.moment <= self._now()]

    def _tell_own(self, recording: str) -> None:
        """Tell of a message of this process's own, also where the records do not know it yet."""
        try:
            known = self._tell_of(self._ready(), recording)
        except (SQLAlchemyError, RecordsError, OSError):
            known = False
        with self._lock:
            due = self._due.get(recording)
            late = due is not None and self._now() > due.moment + PATIENCE
            if due is None or not (known or late):
                return
            del self._due[recording]
        if not known:
            self._early.add(recording)
            self._tell(recording, urgent=due.urgent)

    def _tell_of(self, engine: Engine, recording: str) -> bool:
        """Tell of a message unless that was done; return whether the records know it."""
        with writing(engine) as connection:
            message = store.claim(connection, recording, self._now())
            known = message is not None or store.is_known(connection, recording)
        if message and self._tell(recording, urgent=message.urgent):
            with writing(engine) as connection:
                store.told(connection, message, self._now())
        return known

    def _tell(self, recording: str, *, urgent: bool) -> bool:
        """Tell staff that a message waits; return whether anybody was told, or nobody can be."""
        url = self.settings.public_url
        link = f"{url}/messages" if url else "See Messages in the console."
        has_address = bool(self.settings.alert_email or self.settings.alert_webhook)
        about = self._digest.other(recording)
        mailed = has_address and self._alerts.notify_of_message(about, link, urgent=urgent)
        texted = self._text(message_text(link, urgent=urgent), urgent=urgent)
        if texted is None and not has_address:
            log.warning("a message waits, and nobody can be told: set IVR_ALERT_EMAIL")
            return True
        return mailed or bool(texted)

    def _text(self, body: str, *, urgent: bool) -> bool | None:
        """Text who is on call, or for an urgent message in a gap everybody of the rota.

        Return whether somebody was; None where nobody can be.
        """
        from_, rota = self.script.line.agency.number, self.script.line.on_call
        duty = self._duty(self._now()) or self.script.duty(self._now())
        numbers = duty.ladder
        if not numbers and urgent and rota:
            numbers = tuple(rota.people.values())
        account = Account.known(self.settings)
        if from_ is None or not numbers or account is None:
            return None
        done = [_texted(account, number, from_, body) for number in dict.fromkeys(numbers)]
        return any(done)

    def _erase(self, engine: Engine) -> None:
        """Delete at the carrier what is deleted here; what fails is tried again."""
        with engine.connect() as connection:
            recordings = store.to_erase(connection, self._now())
        account = Account.known(self.settings) if recordings else None
        for recording in recordings if account else ():
            try:
                delete_recording(account, recording)  # type: ignore[arg-type]
            except CarrierError as e:
                log.warning("%s", e)
                self._alerts.notify(
                    "erase", "a message cannot be deleted at the carrier; see the log"
                )
                with writing(engine) as connection:
                    store.put_off(connection, recording, self._now())
            else:
                with writing(engine) as connection:
                    store.erased(connection, recording, self._now())

    def _tend(self, engine: Engine) -> None:
        if time.monotonic() - self._tended < TEND_SECONDS:
            return
        now, line = self._now(), self.script.line
        keep = line.voicemail or Voicemail()
        with writing(engine) as connection:
            store.expire(connection, now - dt.timedelta(days=keep.keep_days), now)
            store.forget(connection, now, now - dt.timedelta(days=line.keep_days))
            quota.forget(connection, now)
        self._tended = time.monotonic()

    def _ready(self) -> Engine:
        if self._engine is None:
            self._engine = opened(self.settings)
        return self._engine


def _texted(account: Account, to: str, from_: str, body: str) -> bool:
    try:
        text(account, to, from_, body)
    except CarrierError as e:
        log.error("somebody on call could not be told of a message: %s", e)  # noqa: TRY400 expected
        return e.unsure
    return True
