"""A lock for one renderer in a folder of clips: two would overwrite each other's manifest."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ivr.errors import SpeechError, report_unwritable

_FILE = ".rendering"
_PATIENCE_SECONDS = 0.5
"""Seconds to wait for the lock: `is_busy` holds it for a moment."""


@contextmanager
def hold_render_lock(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock of a folder's renderer; it is released even if the process is killed.

    With `wait`, wait for another renderer to end; without it, raise SpeechError if there is one.
    Raises SpeechError if the folder cannot be written.
    """
    with report_unwritable(folder / _FILE, SpeechError):
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / _FILE).open("w")
    with file:
        end = time.monotonic() + _PATIENCE_SECONDS
        while not _locked(file.fileno(), fcntl.LOCK_EX):
            if not wait and time.monotonic() > end:
                raise SpeechError(f"clips are being made in {folder} already: wait for their end")
            time.sleep(0.02)
        yield


def is_busy(folder: Path) -> bool:
    """Return whether clips are being made in a folder now."""
    try:
        with (folder / _FILE).open() as file:
            return not _locked(file.fileno(), fcntl.LOCK_SH)
    except OSError:
        return False


def _locked(file: int, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
