"""Skips the checks at start-up if the same script already passed them today.

The checks take seconds, and a line that is restarted must answer at once. A report is cached under
a fingerprint of the script, the program and the day. This module is light to import.
"""

import datetime as dt
import hashlib
from pathlib import Path

import ivr
from ivr.atomic_file import make_private_folder, write_atomically

FOLDER = "checked"
"""In IVR_STATE: the report of the last script that passed, in a file named by its fingerprint."""

CALENDARS = "calendars"
"""In IVR_STATE: copies of calendars fetched from a URL (ivr.schedule.calendar_feed)."""


def fingerprint(script: Path, today: dt.date, state: Path) -> str:
    """Return a hash of a script's folder, of this program's code, and of the day.

    An on-call calendar that is fetched from a URL counts by its copy in `state`.
    """
    digest = hashlib.sha256(today.isoformat().encode())
    for folder, pattern in (
        (script, "*.yaml"),
        (script, "*.ics"),
        (state / CALENDARS, "*.ics"),
        (Path(ivr.__file__).parent, "*.py"),
    ):
        for path in sorted(folder.rglob(pattern)):
            data = path.read_bytes()
            digest.update(f"{path.relative_to(folder)} {len(data)} ".encode() + data)
    return digest.hexdigest()


def load_cached(state: Path, name: str) -> bytes | None:
    """Return the report cached under a fingerprint; None if there is none."""
    try:
        return (state / FOLDER / name).read_bytes()
    except OSError:
        return None


def save_cached(state: Path, name: str, report: bytes) -> None:
    """Cache a report under a fingerprint, in place of others.

    If the folder cannot be written, the next start runs the checks again: no harm is done.
    """
    folder = state / FOLDER
    try:
        make_private_folder(folder)
        for old in folder.iterdir():
            old.unlink(missing_ok=True)
        write_atomically(folder / name, report)
    except OSError:
        return


def path_beside(copy: Path) -> Path:
    """Return the path of the report of a published copy of a script."""
    return copy.with_name(f"{copy.name}.checked.json")
