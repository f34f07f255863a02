"""Delete recordings at the carrier, and messages that are older than line.yaml's keep_days.

The one place that deletes recordings at the carrier. What is to be deleted is stored in the
database, so that another process goes on if one ends; what fails is reported, and tried again.
"""

import datetime as dt
import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from ivr.background import PeriodicWorker
from ivr.carrier.client import Account
from ivr.carrier.recordings import delete_recording
from ivr.database.engine import Database
from ivr.errors import CarrierError, RecordsError
from ivr.phone_numbers import RECORDING_SID
from ivr.protection import uses
from ivr.script.line import Line, Voicemail
from ivr.settings import Settings
from ivr.voicemail import store

log = logging.getLogger("ivr.recordings")

POLL_SECONDS = 3.0
"""Seconds between two looks at what is due."""

RETENTION = dt.timedelta(hours=1)
"""Time between two looks at what is older than keep_days."""

Alert = Callable[[str, str], None]
"""Tells the operators: the kind of the alert, and its text."""


class RecordingCleanup:
    """Deletes what is due, behind the calls. One a process; `now` returns the moment (aware)."""

    def __init__(
        self,
        line: Line,
        settings: Settings,
        database: Database,
        alert: Alert,
        now: Callable[[], dt.datetime],
        *,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self.worker = PeriodicWorker("recordings", self.poll, poll_seconds, alert=alert)
        self._line = line
        self._settings = settings
        self._database = database
        self._alert = alert
        self._now = now
        self._unsaved: dict[str, dt.datetime] = {}
        """Recordings that could not be stored as to be deleted, and when they are due."""
        self._last_retention = dt.datetime.min.replace(tzinfo=dt.UTC)

    def delete_later(self, recording: str, after: float = 0.0) -> None:
        """Delete a recording (RE…) that is not a message, `after` seconds from now. Never fails."""
        if Account.configured(self._settings) is None or not RECORDING_SID.fullmatch(recording):
            return
        self._unsaved[recording] = self._now() + dt.timedelta(seconds=after)
        try:
            self._save()
        except (SQLAlchemyError, RecordsError, OSError):
            log.warning("that %s is to be deleted at the carrier is not stored yet", recording)
        self.worker.start()
        self.worker.wake()

    def poll(self) -> None:
        """Delete what is due now."""
        try:
            self._save()
            self._delete_due()
            self._apply_retention()
        except (SQLAlchemyError, RecordsError, OSError) as e:
            log.warning("recordings cannot be looked after now: %s", type(e).__name__)

    def _save(self) -> None:
        for recording, due in list(self._unsaved.items()):
            with self._database.writing() as connection:
                store.discard(connection, recording, self._now(), due)
            self._unsaved.pop(recording, None)

    def _delete_due(self) -> None:
        with self._database.reading() as connection:
            recordings = store.recordings_to_delete(connection, self._now())
        account = Account.configured(self._settings)
        for recording in recordings if account else ():
            try:
                delete_recording(account, recording)  # type: ignore[arg-type] # there is one
            except CarrierError as e:
                log.warning("%s", e)
                self._alert("erase", "a recording cannot be deleted at the carrier; see the log")
                with self._database.writing() as connection:
                    store.postpone_deletion(connection, recording, self._now())
            else:
                with self._database.writing() as connection:
                    store.mark_recording_deleted(connection, recording, self._now())

    def _apply_retention(self) -> None:
        now = self._now()
        if now - self._last_retention < RETENTION:
            return
        keep = self._line.voicemail or Voicemail()
        with self._database.writing() as connection:
            store.expire(connection, now - dt.timedelta(days=keep.keep_days), now)
            store.purge(connection, now)
            uses.remove_old(connection, now)
        self._last_retention = now
