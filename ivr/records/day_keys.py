"""The random key of each day, with which calls and texted numbers are hashed; destroyed in time.

A key is derived from nothing, and is in no database: it is a file in IVR_DAY_KEYS. It is made on
the day before at the earliest, and overwritten and removed on the second day after. Then nobody can
tell which call a hash is of, whatever else they have. A backup must leave the folder out; it is
marked as a cache (https://bford.info/cachedir/), which backup programs can skip.
"""

import datetime as dt
import logging
import os
import secrets
import threading
from contextlib import suppress
from pathlib import Path

from ivr.atomic_file import create_atomically, make_private_folder

log = logging.getLogger("ivr.records")

DAY = dt.timedelta(days=1)

KEY_BYTES = 32
"""Bytes of a key."""

TAG = "CACHEDIR.TAG"
_TAG_CONTENT = (
    b"Signature: 8a477f597d28d172789f06886806bc55\n# The keys of days: never back them up.\n"
)


class DayKeys:
    """The keys in a folder, which the processes of a line share; without one, of this object alone.

    If a key cannot be stored, this process has one of its own, so that no call fails.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._keys: dict[dt.date, bytes] = {}
        self._lock = threading.Lock()

    def of(self, day: dt.date) -> bytes:
        """Return the key of a day (UTC), which is made at its first use."""
        key = self._keys.get(day)
        if key is None:
            with self._lock:
                key = self._keys.get(day) or self._stored(day)
                self._keys[day] = key
        return key

    def destroy_old(self, today: dt.date) -> None:
        """Destroy the keys of all days before yesterday; `today` is in UTC. Logs failures."""
        oldest = today - DAY
        with self._lock:
            self._keys = {day: key for day, key in self._keys.items() if day >= oldest}
        if self._folder is None:
            return
        for file in self._folder.glob("????-??-??"):
            with suppress(ValueError):  # no file of ours
                if dt.date.fromisoformat(file.name) < oldest:
                    _destroy(file)

    def _stored(self, day: dt.date) -> bytes:
        made = secrets.token_bytes(KEY_BYTES)
        if self._folder is None:
            return made
        file = self._folder / day.isoformat()
        try:
            if not file.exists():
                make_private_folder(self._folder)
                create_atomically(self._folder / TAG, _TAG_CONTENT)
                create_atomically(file, made)
            return file.read_bytes()  # another process may have been faster
        except OSError as e:
            log.error(  # noqa: TRY400 expected
                "no key of the day can be stored in %s (%s): each process hashes by itself, so a"
                " call may be recorded as several",
                self._folder,
                e.strerror,
            )
            return made


def _destroy(file: Path) -> None:
    """Overwrite a key and remove its file."""
    try:
        with file.open("r+b") as opened:
            opened.write(bytes(KEY_BYTES))
            opened.flush()
            os.fsync(opened.fileno())
        file.unlink()
    except FileNotFoundError:  # another process was faster
        return
    except OSError as e:
        log.error("the key %s cannot be destroyed (%s): remove it by hand", file, e.strerror)  # noqa: TRY400 expected
