"""Skips the checks if the same script already passed them today.

The checks take seconds. A line that is restarted must answer at once, and so must one whose script
was checked by `ivr reload` a moment before, or goes back to the one before. A report is cached
under a fingerprint of the script, the program and the day. This module is light to import.
"""

import datetime as dt
import hashlib
import logging
from dataclasses import replace
from pathlib import Path

import ivr
from ivr.atomic_file import make_private_folder, write_atomically
from ivr.problem import ScriptError

log = logging.getLogger("ivr.serve")

FOLDER = "checked"
"""In IVR_STATE: the reports of the last scripts that passed, each in a file named by its
fingerprint."""

MOST_REPORTS = 4
"""How many reports are kept. One is some 300 kB."""

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
    """Return the report cached under a fingerprint; None without one."""
    try:
        return (state / FOLDER / name).read_bytes()
    except OSError:
        return None


def save_cached(state: Path, name: str, report: bytes) -> None:
    """Cache a report under a fingerprint, in place of the oldest one.

    If the folder cannot be written, the next start runs the checks again: no harm is done.
    """
    folder = state / FOLDER
    try:
        make_private_folder(folder)
        write_atomically(folder / name, report)
        newest_first = sorted(folder.iterdir(), key=lambda f: f.stat().st_mtime_ns, reverse=True)
        for old in newest_first[MOST_REPORTS:]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def report_once(folder: Path, source: Path, state: Path, now: dt.datetime) -> bytes:
    """Return the report of a script; one that passed today with the same calendar is not checked.

    `source` is where the operator edits the script, if `folder` is a copy: problems are told as
    being there, and errors that came with time alone are logged. Raises ScriptError.
    """
    report = load_cached(state, fingerprint(folder, now.date(), state))
    if report is None:
        report = _check(folder, source, state, now)
        # Its calendar may have been fetched meanwhile.
        save_cached(state, fingerprint(folder, now.date(), state), report)
    return report


def _check(folder: Path, source: Path, state: Path, now: dt.datetime) -> bytes:
    from ivr.checks.engine.registry import load_valid
    from ivr.checks.engine.report import report_on, stored

    try:
        script, warnings = load_valid(folder, now.date(), state)
    except ScriptError as e:
        raise e.seen_from(folder, source) from None
    seen = [replace(p, path=p.path.replace(str(folder), str(source))) for p in warnings]
    for problem in seen:
        if problem.level == "error":
            log.error("%s", problem)
    return stored(report_on(script, seen, source, now))


def path_beside(copy: Path) -> Path:
    """Return the path of the report of a published copy of a script."""
    return copy.with_name(f"{copy.name}.checked.json")
