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
from ivr.errors import SpeechError
from ivr.problem import ScriptError

log = logging.getLogger("ivr.serve")

FOLDER = "checked"
"""In IVR_STATE: the reports of the last scripts that passed, each in a file named by its
fingerprint."""

MOST_REPORTS = 4
"""How many reports are kept. One is some 300 kB."""

CALENDARS = "calendars"
"""In IVR_STATE: copies of calendars fetched from a URL (ivr.schedule.calendar_feed)."""


def fingerprint(
    script: Path,
    today: dt.date,
    state: Path,
    clips: Path | None = None,
    made: frozenset[str] = frozenset(),
) -> str:
    """Return a hash of a script's folder, of this program's code, of the day, and of recordings.

    An on-call calendar that is fetched from a URL counts by its copy in `state`; the recordings are
    those of the agency in the folder `clips`, and those `made` for a draft, by clip key.
    """
    digest = hashlib.sha256(today.isoformat().encode())
    digest.update(" ".join(sorted({*_recordings(clips), *made})).encode())
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


def _recordings(clips: Path | None) -> list[str]:
    """Return the keys of the agency's own clips that can be played: some languages have no other.

    A manifest that cannot be read lists none.
    """
    from ivr.speech.clips import is_whole
    from ivr.speech.manifest import read_manifest
    from ivr.speech.recorded import ENGINE

    if clips is None:
        return []
    try:
        listed = read_manifest(clips).clips.values()
    except SpeechError:
        return []
    return [c.key for c in listed if c.engine == ENGINE and is_whole(clips, c)]


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


def report_once(  # noqa: PLR0913 what is checked, and how
    folder: Path,
    source: Path,
    state: Path,
    now: dt.datetime,
    clips: Path | None = None,
    *,
    made: frozenset[str] = frozenset(),
    starts: bool = False,
) -> bytes:
    """Return the report of a script; one that passed today with the same calendar is not checked.

    `source` is where the operator edits the script, if `folder` is a copy: problems are told as
    being there, and errors that came with time alone are logged. `clips` are those that callers
    hear, and `made` the keys of those that a draft adds to them. A line that `starts` does so with
    lost clips, too, but that is not cached. Raises ScriptError.
    """
    report = load_cached(state, fingerprint(folder, now.date(), state, clips, made))
    if report is not None:
        return report
    from ivr.checks.engine.registry import load_valid
    from ivr.checks.engine.report import report_on, stored

    try:
        script, problems = load_valid(folder, now.date(), state, clips, made, starts=starts)
    except ScriptError as e:
        raise e.seen_from(folder, source) from None
    seen = [replace(p, path=p.path.replace(str(folder), str(source))) for p in problems]
    errors = [problem for problem in seen if problem.level == "error"]
    for problem in errors:
        log.error("%s", problem)
    report = stored(report_on(script, seen, source, now))
    if not any(problem.check == _RECORDINGS for problem in errors):
        # Its calendar may have been fetched meanwhile.
        save_cached(state, fingerprint(folder, now.date(), state, clips, made), report)
    return report


_RECORDINGS = "recordings"
"""The check whose errors a line that starts passes over; `ivr reload` must not."""


def path_beside(copy: Path) -> Path:
    """Return the path of the report of a published copy of a script."""
    return copy.with_name(f"{copy.name}.checked.json")
