"""`python -m ivr.editing.make_clips DIGEST STATE CLIPS MODELS`: make the clips of a revision.

It runs in a process of its own, of the lowest priority: the words of a script take seconds to
find, and a clip takes up to some seconds. Each language is spoken by the engine and the voice that
most of the line's clips in this language were made with.
"""

import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ivr.dialog.turn import Spoken
from ivr.errors import EXTRAS, IvrError, require
from ivr.explore.utterances import all_utterances
from ivr.problem import ScriptError
from ivr.script.load import load
from ivr.speech import revision_clips
from ivr.speech.clips import lacking
from ivr.speech.engines import ENGINES
from ivr.speech.engines.engine import Speaker, load_engine
from ivr.speech.manifest import Clip, Manifest, read_manifest
from ivr.speech.render import Rendering, prune, render
from ivr.speech.render_lock import hold_render_lock
from ivr.speech.revision_clips import Status
from ivr.speech.telephone import Form

MAX_CLIPS = 1500
"""Clips that are made of one revision, of some 17 kB each; the script that ships has 592."""


class OtherDraftError(Exception):
    """The status names another revision by now: the rest of these clips is wanted no more."""


class Voice(NamedTuple):
    """How the clips of a language were made."""

    engine: str
    voice: str
    form: Form


def make(digest: str, state: Path, clips: Path, models: Path) -> None:
    """Make what a revision says and the line has no clip of. Raises SpeechError."""
    room = revision_clips.folder(state)
    with hold_render_lock(room):
        try:
            wanted = all_utterances(load(room / revision_clips.SCRIPT))
        except ScriptError as e:
            problem = str(e.problems[0]).removeprefix(f"{room / revision_clips.SCRIPT}/")
            trouble = f"it has an error: {problem}"
            revision_clips.write_status(state, Status(digest, (), trouble, is_done=True))
            return
        status = Status(digest, tuple(wanted.values()))
        revision_clips.write_status(state, status)

        def go_on(_: Clip) -> None:
            present = revision_clips.read_status(state)
            if present is not None and present.digest != digest:
                raise OtherDraftError

        try:
            troubles = _made(room, wanted, (clips, models), go_on)
        except OtherDraftError:
            return
        ended = replace(status, trouble="; ".join(troubles), is_done=True)
        revision_clips.write_status(state, ended)


def _made(
    room: Path,
    wanted: Mapping[str, Spoken],
    folders: tuple[Path, Path],
    go_on: Callable[[Clip], None],
) -> list[str]:
    """Make the clips, and return why some could not be made.

    `folders` are that of the line's clips and that of the models; `go_on` gets each clip.
    """
    clips, models = folders
    line = read_manifest(clips)
    voices = voices_of(line)
    missing = lacking(clips, line.clips, wanted)
    by_voice: dict[tuple[str, Form], dict[str, Spoken]] = defaultdict(dict)
    for key, words in list(missing.items())[:MAX_CLIPS]:
        if voice := voices.get(words.language):
            by_voice[voice.engine, voice.form][key] = words
    troubles = _without_voice(missing, voices)
    if len(missing) > MAX_CLIPS:
        troubles.append(f"only {MAX_CLIPS:,} clips are made of a draft")
    finished: dict[str, Spoken] = {}
    for (engine, form), todo in by_voice.items():
        try:
            require(engine if engine in EXTRAS else "clips")
            own = {language: v.voice for language, v in voices.items() if v.engine == engine}
            speaker = Speaker(load_engine(engine, models), own)
            # Clips that other engines have made already stay listed.
            rendering = Rendering(speaker, form, any_engine=True)
            render(room, {**finished, **todo}, rendering, on_clip=go_on)
        except IvrError as e:
            troubles.append(str(e))
        finished |= todo
    prune(room, read_manifest(room) if finished else Manifest())
    return troubles


def voices_of(line: Manifest) -> dict[str, Voice]:
    """Return how most of a line's clips in each language were made, by an engine."""
    counted: dict[str, Counter[Voice]] = defaultdict(Counter)
    for clip in line.clips.values():
        if clip.engine in ENGINES:
            form: Form = "wav" if clip.file.endswith(".wav") else "mp3"
            counted[clip.language][Voice(clip.engine, clip.voice, form)] += 1
    return {language: voices.most_common(1)[0][0] for language, voices in counted.items()}


def _without_voice(missing: Mapping[str, Spoken], voices: Mapping[str, Voice]) -> list[str]:
    languages = sorted({words.language for words in missing.values()} - voices.keys())
    if not languages:
        return []
    what = f"the line has no clip by an engine in {', '.join(languages)}"
    return [f"{what}: make clips, or record them, on the page Voices"]


if __name__ == "__main__":
    make(sys.argv[1], *map(Path, sys.argv[2:5]))
    sys.stdout.flush()
    os._exit(0)  # nothing is left to be tidied up
