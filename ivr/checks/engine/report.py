"""What the checks found in a published script, kept beside it: worked out once, then read.

`ivr serve` proves a script before it publishes it; the console shows what was found then, and
does not run the checks at every look.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ivr.checks.engine.registry import examine
from ivr.checks.engine.result_cache import beside
from ivr.checks.times import Row, times
from ivr.problem import Problem
from ivr.script.model import Script


@dataclass(frozen=True)
class Result:
    """The problems of a script and its times to help. `at`: when it was checked, in UTC."""

    at: dt.datetime
    folder: str
    problems: tuple[Problem, ...]
    times: tuple[Row, ...]


def result(script: Script, problems: list[Problem], folder: Path, at: dt.datetime) -> Result:
    """Return what was found in a script that was checked just now."""
    return Result(at, str(folder), tuple(problems), times(script))


def keep(found: Result, copy: Path) -> bytes:
    """Keep a result beside the published copy that it is about; return it as it is kept."""
    kept = _FORM.dump_json(found)
    beside(copy).write_bytes(kept)
    return kept


def kept(copy: Path) -> Result | None:
    """Return the result kept beside a published copy; None where there is none."""
    try:
        return _FORM.validate_json(beside(copy).read_bytes())
    except (OSError, ValidationError):
        return None


def keep_refused(problems: tuple[Problem, ...], folder: Path, room: Path) -> None:
    """Keep why the last script was refused, in the room of the published ones."""
    now = dt.datetime.now(dt.UTC)
    _refused(room).write_bytes(_FORM.dump_json(Result(now, str(folder), problems, ())))


def forget_refused(room: Path) -> None:
    """Forget the last refusal: a script has been published since."""
    _refused(room).unlink(missing_ok=True)


def refused(copy: Path) -> Result | None:
    """Return why a newer script than the published copy was refused; None if none was."""
    try:
        return _FORM.validate_json(_refused(copy.parent).read_bytes())
    except (OSError, ValidationError):
        return None


def found_now(folder: Path, state: Path) -> Result:
    """Run the checks on a folder that nobody published. Takes seconds."""
    now = dt.datetime.now(dt.UTC)
    script, problems = examine(folder, now.date(), state)
    return Result(now, str(folder), tuple(problems), times(script) if script else ())


_FORM = TypeAdapter(Result)


def _refused(room: Path) -> Path:
    return room / "refused.checked.json"
