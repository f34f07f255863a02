"""Each prompt of a line in each language: which clip it has, by whom, since when."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ivr.dialog.turn import Spoken
from ivr.speech import recorded
from ivr.speech.clips import is_whole
from ivr.speech.manifest import Clip, Manifest

State = Literal["fresh", "recorded", "stale", "missing"]
"""A stale clip is one of other words of the same prompt; it is not played."""


@dataclass(frozen=True, slots=True)
class Row:
    """Words and the clip that there is of them, or was of their prompt."""

    words: Spoken
    state: State
    clip: Clip | None
    made: dt.datetime | None


def rows(folder: Path, wanted: Mapping[str, Spoken], there: Manifest) -> list[Row]:
    """Return what there is of all that is wanted, in its order."""
    old = {
        (clip.language, clip.prompt, clip.slow): clip
        for key, clip in there.clips.items()
        if key not in wanted
    }
    return [_row(folder, words, there.clips.get(key), old) for key, words in wanted.items()]


def count(found: list[Row]) -> dict[State, int]:
    """Return how many there are of each state."""
    counted: dict[State, int] = {"fresh": 0, "recorded": 0, "stale": 0, "missing": 0}
    for row in found:
        counted[row.state] += 1
    return counted


def _row(
    folder: Path,
    words: Spoken,
    clip: Clip | None,
    old: Mapping[tuple[str, str, bool], Clip],
) -> Row:
    if clip is not None and is_whole(folder, clip):
        state: State = "recorded" if clip.engine == recorded.ENGINE else "fresh"
        return Row(words, state, clip, _made(folder, clip))
    before = old.get((words.language, words.prompt, words.slow))
    if before is not None and is_whole(folder, before):
        return Row(words, "stale", before, _made(folder, before))
    return Row(words, "missing", None, None)


def _made(folder: Path, clip: Clip) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp((folder / clip.file).stat().st_mtime, dt.UTC)
    except OSError:
        return None
