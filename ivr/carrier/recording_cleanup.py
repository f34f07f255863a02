"""Recordings that are to be deleted at the carrier: one file each in IVR_STATE, until it is done.

A file tells when its recording is due, so that another process goes on where one has ended; what
fails is told, and tried again.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from ivr.carrier.client import Account
from ivr.carrier.recordings import checked, delete_recording
from ivr.carrier.setup_backup import write
from ivr.errors import CarrierError
from ivr.settings import Settings

log = logging.getLogger("ivr.disposal")

FOLDER = "recordings-to-delete"
LOOK_SECONDS = 5.0
RETRY_SECONDS = 600.0


class RecordingCleanup:
    """Deletes recordings behind the calls. One a process; `tell` is called when one stays."""

    def __init__(
        self,
        settings: Settings,
        tell: Callable[[str, str], None] = lambda _kind, _text: None,
        look: float = LOOK_SECONDS,
    ) -> None:
        self.settings = settings
        self._pause = look
        self._folder = settings.state / FOLDER
        self._tell = tell
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def expect(self, sid: str, after: float = 0.0) -> None:
        """Take it that a recording is to be deleted, after so many seconds. Never fails."""
        if Account.known(self.settings) is None:
            return
        try:
            write(self._folder / checked(sid), time.time() + after)
        except CarrierError:
            return
        except OSError as e:
            log.error("delete %s at the carrier by hand: %s", sid, e.strerror)  # noqa: TRY400
        self.start()

    def start(self) -> None:
        """Start to work, if anything is to be deleted, and that has not begun in this process."""
        with self._lock:
            if self._thread is None and self.waiting:
                self._thread = threading.Thread(target=self._run, name="disposal", daemon=True)
                self._thread.start()

    @property
    def waiting(self) -> list[Path]:
        """The files of the recordings that are still at the carrier."""
        return sorted(self._folder.glob("RE*"))

    def look(self) -> None:
        """Delete what is due now."""
        account = Account.known(self.settings)
        for path in self.waiting if account else ():
            try:
                if json.loads(path.read_text()) > time.time():
                    continue
                delete_recording(account, path.name)  # type: ignore[arg-type]
                path.unlink(missing_ok=True)
            except CarrierError as e:
                log.warning("%s", e)
                self._tell("erase", "a recording cannot be deleted at the carrier; see the log")
                write(path, time.time() + RETRY_SECONDS)

    def _run(self) -> None:
        while True:
            try:
                self.look()
            except Exception:  # whatever it is, it must not end the thread
                log.exception("recordings could not be deleted")
            time.sleep(self._pause)
