"""The state of each prompt's clip in each language: its engine, its age, whether it is stale."""

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
"""The states of a clip. A stale one has earlier words of the same prompt, and is not played."""


@dataclass(frozen=True, slots=True)
class Row:
    """Words with their clip, or with an earlier clip of their prompt."""

    words: Spoken
    state: State
    clip: Clip | None
    made: dt.datetime | None


def rows(folder: Path, wanted: Mapping[str, Spoken], manifest: Manifest) -> list[Row]:
    """Return a row for each of the wanted words, in their order."""
    old = {
        (clip.language, clip.prompt, clip.slow): clip
        for key, clip in manifest.clips.items()
        if key not in wanted
    }
    return [_row(folder, words, manifest.clips.get(key), old) for key, words in wanted.items()]


def count(listed: list[Row]) -> dict[State, int]:
    """Return how many rows have each state."""
    counted: dict[State, int] = {"fresh": 0, "recorded": 0, "stale": 0, "missing": 0}
    for row in listed:
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
