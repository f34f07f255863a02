"""`python -m ivr.editing.make_clips DIGEST STATE CLIPS MODELS`: make the clips of a revision.

It runs in a process of its own, of the lowest priority: the words of a script take seconds to
find, and a clip takes up to some seconds. Each language is spoken by the engine and the voice that
most of the line's clips in this language were made with; where no voice speaks it, people have
recorded the words for the draft.
"""

import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from ivr.accounts.publication import digest_of
from ivr.dialog.turn import Spoken
from ivr.errors import EXTRAS, IvrError, require
from ivr.explore.utterances import all_utterances
from ivr.problem import ScriptError
from ivr.script.load import load
from ivr.speech import recorded, revision_clips
from ivr.speech.clips import lacking
from ivr.speech.engines import ENGINES
from ivr.speech.engines.engine import Speaker, load_engine
from ivr.speech.manifest import Clip, Manifest, read_manifest, write_file
from ivr.speech.recorded import with_normal_pace
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
            script = load(room / revision_clips.SCRIPT)
            alone = script.line.recorded_languages
            wanted = with_normal_pace(all_utterances(script), alone)
        except ScriptError as e:
            problem = str(e.problems[0]).removeprefix(f"{room / revision_clips.SCRIPT}/")
            trouble = f"it has an error: {problem}"
            revision_clips.write_status(state, Status(digest, (), trouble, is_done=True))
            return
        files = digest_of(room / revision_clips.SCRIPT)
        status = Status(digest, tuple(wanted.values()), files=files)
        revision_clips.write_status(state, status)

        def go_on(_: Clip) -> None:
            present = revision_clips.read_status(state)
            if present is not None and present.digest != digest:
                raise OtherDraftError

        refused: dict[str, str] = {}
        try:
            _take_recordings(room, wanted)
            work = _Work(room, clips, models, alone)
            troubles = work.make(wanted, go_on, lambda line: refused.update([_refusal(line)]))
        except OtherDraftError:
            return
        troubles += [refused.pop("")] if "" in refused else []
        trouble = "; ".join(troubles)
        ended = replace(status, trouble=trouble, is_done=True, refused=refused)
        revision_clips.write_status(state, ended)


def _take_recordings(room: Path, wanted: Mapping[str, Spoken]) -> None:
    """Give recordings as they were sent the names by which their words are known."""
    for path in (room / revision_clips.INBOX).glob("*"):
        content = path.read_bytes()
        if words := wanted.get(path.name):
            name = f"{recorded.own_name(path.name, words)}.{recorded.ending_of(content)}"
            for former in (room / name).parent.glob(f"{path.name}.*"):
                former.unlink()
            write_file(room / name, content)
        path.unlink()


def _refusal(line: str) -> tuple[str, str]:
    """Return the clip key of a recording that was refused, and why; "" for any other refusal."""
    path, _, why = line.partition(": ")
    return (Path(path).stem, why) if f"/{recorded.FOLDER}/" in path else ("", line)


@dataclass(frozen=True)
class _Work:
    """Makes the clips of a revision in `room`: what the line's folder `clips` lacks.

    No engine speaks the languages `alone`.
    """

    room: Path
    clips: Path
    models: Path
    alone: frozenset[str]

    def make(
        self,
        wanted: Mapping[str, Spoken],
        go_on: Callable[[Clip], None],
        on_refused: Callable[[str], None],
    ) -> list[str]:
        """Make the clips, and return why some could not be made; `go_on` gets each clip."""
        line = read_manifest(self.clips)
        voices = voices_of(line)
        missing = lacking(self.clips, line.clips, wanted)
        by_voice: dict[tuple[str, Form], dict[str, Spoken]] = defaultdict(dict)
        for key, words in list(missing.items())[:MAX_CLIPS]:
            if words.language in self.alone:
                by_voice[_PEOPLE, _form_of_recordings(line)][key] = words
            elif voice := voices.get(words.language):
                by_voice[voice.engine, voice.form][key] = words
        troubles = _without_voice(missing, voices.keys() | self.alone)
        if len(missing) > MAX_CLIPS:
            troubles.append(f"only {MAX_CLIPS:,} clips are made of a draft")
        finished: dict[str, Spoken] = {}
        for (engine, form), todo in by_voice.items():
            try:
                own = {language: v.voice for language, v in voices.items() if v.engine == engine}
                rendering = self._rendering(engine, form, own)
                every = {**finished, **todo}
                render(self.room, every, rendering, on_clip=go_on, on_refused=on_refused)
            except IvrError as e:
                troubles.append(str(e))
            finished |= todo
        prune(self.room, read_manifest(self.room) if finished else Manifest())
        return troubles

    def _rendering(self, engine: str, form: Form, voices: Mapping[str, str]) -> Rendering:
        """Return how one engine makes clips; those that others have made already stay listed.

        Raises IvrError if it is not installed.
        """
        require(engine if engine in EXTRAS else "clips")
        speaker = Speaker(load_engine(engine or next(iter(ENGINES)), self.models), voices)
        return Rendering(speaker, form, any_engine=True, recorded_alone=self.alone)


_PEOPLE = ""
"""What stands for the engine of words that people record."""


def voices_of(line: Manifest) -> dict[str, Voice]:
    """Return how most of a line's clips in each language were made, by an engine."""
    counted: dict[str, Counter[Voice]] = defaultdict(Counter)
    for clip in line.clips.values():
        if clip.engine in ENGINES:
            counted[clip.language][Voice(clip.engine, clip.voice, _form(clip))] += 1
    return {language: voices.most_common(1)[0][0] for language, voices in counted.items()}


def _form(clip: Clip) -> Form:
    return "wav" if clip.file.endswith(".wav") else "mp3"


def _form_of_recordings(line: Manifest) -> Form:
    """Return in which form the line has most of its clips that people recorded."""
    forms = Counter(_form(c) for c in line.clips.values() if c.engine == recorded.ENGINE)
    return forms.most_common(1)[0][0] if forms else "mp3"


def _without_voice(missing: Mapping[str, Spoken], voiced: Collection[str]) -> list[str]:
    languages = sorted({words.language for words in missing.values()} - set(voiced))
    if not languages:
        return []
    what = f"the line has no clip by an engine in {', '.join(languages)}"
    return [f"{what}: make clips, or record them, on the page Voices"]


if __name__ == "__main__":
    make(sys.argv[1], *map(Path, sys.argv[2:5]))
    sys.stdout.flush()
    os._exit(0)  # nothing is left to be tidied up
