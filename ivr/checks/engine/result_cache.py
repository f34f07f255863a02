"""What was found sound today need not be proved again: a stamp of the script, program and day.

The checks take seconds, and a line that starts again must answer at once. Light to import.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from pathlib import Path

import ivr
from ivr.atomic_file import make_private_folder

FOLDER = "checked"
"""In IVR_STATE: what was found in sound scripts, each in a file named by its stamp."""

CALENDARS = "calendars"
"""In IVR_STATE: copies of calendars that are kept elsewhere (ivr.schedule.calendar_feed)."""


def stamp(script: Path, today: dt.date, state: Path) -> str:
    """Return the stamp of a folder, as it is today and for this very program.

    A rota's calendar that is kept elsewhere counts by the copy of it that is in `state`.
    """
    told = hashlib.sha256(today.isoformat().encode())
    for folder, kind in (
        (script, "*.yaml"),
        (script, "*.ics"),
        (state / CALENDARS, "*.ics"),
        (Path(ivr.__file__).parent, "*.py"),
    ):
        for path, data in _files(folder, kind):
            told.update(f"{path} {len(data)} ".encode() + data)
    return told.hexdigest()


def stamped(state: Path, name: str) -> bytes | None:
    """Return the result kept under a stamp; None where there is none."""
    try:
        return (state / FOLDER / name).read_bytes()
    except OSError:
        return None


def keep_stamped(state: Path, name: str, found: bytes) -> None:
    """Keep a result under a stamp, and no others. A folder that takes nothing does no harm."""
    folder = state / FOLDER
    try:
        make_private_folder(folder)
        for old in folder.iterdir():
            old.unlink(missing_ok=True)
        made = folder / f"{name}.new"
        made.write_bytes(found)
        made.rename(folder / name)
    except OSError:
        return


def _files(folder: Path, kind: str) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob(kind)):
        yield path.relative_to(folder), path.read_bytes()


def beside(copy: Path) -> Path:
    """Return where the result of a published copy is."""
    return copy.with_name(f"{copy.name}.checked.json")
