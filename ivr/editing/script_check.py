"""`python -m ivr.editing.script_check FOLDER STATE CLIPS KEY…`: run every check on a script.

That is a process of its own. It prints the errors and the version as JSON. Without errors, it
stores the report for `ivr serve`. The checks take seconds, in which the process of the pages would
answer nobody.
"""

import datetime as dt
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ivr import priority
from ivr.problem import ScriptError

SECONDS = 300
"""How long the checks may take; they take seconds on a machine that is not busy."""


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """The errors of a script, each a line. `version` is empty if there are errors."""

    errors: tuple[str, ...]
    version: str


def check_script(
    folder: Path,
    state: Path,
    now: dt.datetime,
    clips: Path | None,
    made: frozenset[str] = frozenset(),
) -> CheckOutcome:
    """Run every check in this process; a script that passed today is not checked again.

    `made` are the keys of clips that a draft adds to the line's, `clips`.
    """
    from ivr.checks.engine.result_cache import report_once
    from ivr.script.load import load
    from ivr.script.version import version

    try:
        report_once(folder, folder, state, now, clips, made=made)
    except ScriptError as e:
        return CheckOutcome(tuple(str(p).removeprefix(f"{folder}/") for p in e.problems), "")
    return CheckOutcome((), version(load(folder)))


def passed_before(
    folder: Path, state: Path, now: dt.datetime, clips: Path | None, made: frozenset[str]
) -> bool:
    """Return whether a script passed every check here today: then nothing has to run."""
    from ivr.checks.engine.result_cache import fingerprint, load_cached

    return load_cached(state, fingerprint(folder, now.date(), state, clips, made)) is not None


def check_in_process(
    folder: Path, state: Path, made: frozenset[str], *, clips: Path | None
) -> CheckOutcome:
    """Run every check in another process, of the lowest priority. Raises OSError if it fails."""
    command = [sys.executable, "-m", "ivr.editing.script_check", str(folder), str(state)]
    command += [str(clips) if clips is not None else "", *made]
    process = priority.start_process(command, out=subprocess.PIPE)
    try:
        output, _ = process.communicate(timeout=SECONDS)
        content = json.loads(output)
        return CheckOutcome(tuple(content["errors"]), str(content["version"]))
    except (subprocess.TimeoutExpired, ValueError, KeyError, TypeError) as e:
        process.kill()
        process.wait()
        raise OSError(f"the checks of {folder.name} could not be run: {type(e).__name__}") from None


if __name__ == "__main__":
    folder, state = map(Path, sys.argv[1:3])
    clips = Path(sys.argv[3]) if sys.argv[3] else None
    outcome = check_script(folder, state, dt.datetime.now(dt.UTC), clips, frozenset(sys.argv[4:]))
    sys.stdout.write(json.dumps({"errors": outcome.errors, "version": outcome.version}))
    sys.stdout.flush()
    os._exit(0)  # nothing is left to be tidied up
