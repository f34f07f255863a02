"""The report of the checks on a published script, stored beside it: made once, then read.

`ivr serve` checks a script before it publishes it. The pages show this report, and never run the
checks themselves: they take seconds, in which a worker would answer fewer calls.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ivr.checks.engine.result_cache import path_beside
from ivr.checks.exploration import explore
from ivr.checks.times import Row, times
from ivr.dialog import Spoken
from ivr.explore.recordings import prepared
from ivr.problem import Problem
from ivr.script.model import Script
from ivr.script.review import notices
from ivr.speech import clip_key
from ivr.speech.recorded import with_normal_pace


@dataclass(frozen=True)
class CheckReport:
    """What the checks know about a script: its problems, its times to help, all that it says.

    `at` is when it was checked, in UTC; `folder` is where the operator edits it. `notices` are
    sentences on what callers hear though nobody has reviewed it. `prepared` is what is recorded in
    languages off the air.
    """

    at: dt.datetime
    folder: str
    problems: tuple[Problem, ...]
    times: tuple[Row, ...] = ()
    notices: tuple[str, ...] = ()
    utterances: tuple[Spoken, ...] = ()
    prepared: tuple[Spoken, ...] = ()

    def words_for_clips(self, recorded: Collection[str]) -> Mapping[str, Spoken]:
        """Return all words that have clips or need them, by key, also those off the air.

        What is said slowly in a `recorded` language is there at the normal pace, too.
        """
        prepared = {clip_key.key(words): words for words in self.prepared}
        return {**with_normal_pace(self.utterances_by_clip(), recorded), **prepared}

    def utterances_by_clip(self) -> Mapping[str, Spoken]:
        """Return every utterance by the key of its clip, as ivr.explore.utterances does."""
        return {clip_key.key(words): words for words in self.utterances}


def report_on(
    script: Script, problems: list[Problem], folder: Path, at: dt.datetime
) -> CheckReport:
    """Return the report of a script that has just been checked, and so explored already."""
    utterances = tuple(explore(script).utterances.values())
    sentences = tuple(notice.text for notice in notices(script))
    off_air = tuple(prepared(folder).utterances.values())
    rows = times(script)
    return CheckReport(at, str(folder), tuple(problems), rows, sentences, utterances, off_air)


def stored(report: CheckReport) -> bytes:
    """Return a report in the form in which it is stored."""
    return _FORM.dump_json(report)


def save(report: CheckReport, copy: Path) -> None:
    """Store a report beside the published copy that it is about."""
    path_beside(copy).write_bytes(stored(report))


def load_report(copy: Path) -> CheckReport | None:
    """Return the report stored beside a published copy; None without one."""
    return _load(path_beside(copy))


def save_rejected(
    problems: tuple[Problem, ...], folder: Path, published: Path, at: dt.datetime
) -> None:
    """Store why a script was rejected, in the folder of the published ones."""
    content = _FORM.dump_json(CheckReport(at, str(folder), problems))
    _rejected(published).write_bytes(content)


def delete_rejected(published: Path) -> None:
    """Delete the last rejection: a script has been published since."""
    _rejected(published).unlink(missing_ok=True)


def load_rejected(copy: Path) -> CheckReport | None:
    """Return why a newer script than the published copy was rejected; None if none was."""
    return _load(_rejected(copy.parent))


_FORM = TypeAdapter(CheckReport)


def _load(path: Path) -> CheckReport | None:
    try:
        return _FORM.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _rejected(published: Path) -> Path:
    return published / "rejected.checked.json"
