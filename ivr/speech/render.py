"""Makes the clips that are missing or stale: the one that writes into the folder of clips.

A clip's file is complete before the manifest names it, and the manifest is replaced as a whole, so
that it may be killed at any moment; what was made stays, and the next time goes on from there.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from ivr.dialog.turn import Spoken
from ivr.errors import SpeechError
from ivr.speech import manifest as kept
from ivr.speech import plan, recorded, sound
from ivr.speech.engines import Speaker
from ivr.speech.files import is_whole
from ivr.speech.manifest import Clip, Manifest
from ivr.speech.sound import Form, Sound

PAUSE_SECONDS, SLOW_PAUSE_SECONDS = 0.5, 0.8
"""The length of "…", as samples: engines never see it."""

_SAVE_SECONDS = 0.5


@dataclass(frozen=True)
class Rendering:
    """How clips are made: by whom, and in which form.

    With `any_engine` a fresh clip may stay whoever spoke it; only what is missing is made.
    """

    speaker: Speaker
    form: Form = "mp3"
    any_engine: bool = False

    def made(self, words: Spoken) -> tuple[str, str, str]:
        """Return engine, voice and settings, as the manifest keeps them."""
        engine = self.speaker.engine
        settings = f"{engine.settings}; {self.form} {sound.MADE}"
        return engine.name, self.speaker.voice(words.language), settings

    def name(self, words: Spoken) -> str:
        """Return the file of the clip that is to be made, relative to the folder."""
        return f"{words.language}/{plan.name(words, *self.made(words))}.{self.form}"

    def is_by(self, clip: Clip, words: Spoken) -> bool:
        """Tell whether a clip of these words is one that would be made so."""
        return clip.engine != recorded.ENGINE and (self.any_engine or clip.file == self.name(words))


def missing(
    folder: Path, wanted: Mapping[str, Spoken], rendering: Rendering, there: Manifest
) -> dict[str, Spoken]:
    """Return which words have no clip, or one that was made otherwise, or whose file is gone."""
    return {
        key: words
        for key, words in wanted.items()
        if (clip := there.clips.get(key)) is None
        or not rendering.is_by(clip, words)
        or not is_whole(folder, clip)
    }


def render(
    folder: Path,
    wanted: Mapping[str, Spoken],
    rendering: Rendering,
    *,
    of: str = "",
    told: Callable[[Clip], None] = lambda _clip: None,
) -> Manifest:
    """Make the clips that are missing, and keep no others in the manifest; `told` of each.

    A recording of the agency's own wins over all that an engine speaks.

    Raises SpeechError when an engine fails; what was made until then is kept. `of` is written
    into the manifest when all is done.
    """
    there = kept.read(folder)
    own = dict(_recordings(folder, wanted, rendering, there))
    rest = {key: words for key, words in wanted.items() if key not in own}
    todo = missing(folder, rest, rendering, there)
    clips = {key: there.clips[key] for key in rest if key not in todo} | own
    marks = {clip.settings.partition(";")[0]: key for key, clip in own.items()}
    taken = {**there.recorded, **marks}
    saved = time.monotonic()
    done = False
    try:
        for clip in _made(folder, todo, rendering):
            clips[clip.key] = clip
            told(clip)
            if time.monotonic() - saved > _SAVE_SECONDS:
                kept.write(folder, Manifest(clips, recorded=taken))
                saved = time.monotonic()
        done = True
    finally:
        finished = Manifest(clips, of if done else "", taken)
        if finished != there:
            kept.write(folder, finished)
    return finished


def _recordings(
    folder: Path, wanted: Mapping[str, Spoken], rendering: Rendering, there: Manifest
) -> Iterator[tuple[str, Clip]]:
    """Yield the clips of the agency's own recordings, made anew where a recording is new."""
    for key, (path, mark) in recorded.fresh(folder, wanted, there.recorded).items():
        made = (recorded.ENGINE, "", f"{mark}; {rendering.form} {sound.MADE}")
        clip = there.clips.get(key)
        if clip is None or clip.settings != made[2] or not is_whole(folder, clip):
            try:
                spoken = sound.decoded(path.read_bytes())
                clip = keep(folder, key, wanted[key], spoken, made, rendering.form)
            except SpeechError as e:
                raise SpeechError(f"{path}: {e}") from None
        yield key, clip


def prune(folder: Path, there: Manifest) -> int:
    """Delete the clips that the manifest does not name; return how many there were."""
    named = {folder / clip.file for clip in there.clips.values()}
    files = [p for form in ("mp3", "wav") for p in folder.glob(f"*/*.{form}")]
    unnamed = [p for p in files if p not in named and p.parent.name != recorded.FOLDER]
    for path in unnamed:
        path.unlink(missing_ok=True)
    return len(unnamed)


def _made(folder: Path, todo: Mapping[str, Spoken], rendering: Rendering) -> Iterator[Clip]:
    """Make clips, several at once. After one has failed, those that were begun are finished."""
    with ThreadPoolExecutor(rendering.speaker.engine.workers) as pool:
        futures = [pool.submit(_clip, folder, key, w, rendering) for key, w in todo.items()]
        failed: SpeechError | None = None
        for future in as_completed(futures):
            try:
                if not future.cancelled():
                    yield future.result()
            except SpeechError as e:
                failed = failed or e
                pool.shutdown(wait=False, cancel_futures=True)
            except GeneratorExit:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    if failed:
        raise failed


def _clip(folder: Path, key: str, words: Spoken, rendering: Rendering) -> Clip:
    try:
        spoken = speech(words, rendering.speaker)
        return keep(folder, key, words, spoken, rendering.made(words), rendering.form)
    except SpeechError as e:
        raise SpeechError(f'{words.language} "{words.prompt}": {e}') from None


def speech(words: Spoken, speaker: Speaker) -> Sound:
    """Return words as an engine speaks them, with their pauses, slower if they are to be slow."""
    voice = speaker.voice(words.language)
    spoken = [
        speaker.engine.speak(piece, voice, slow=words.slow)
        for piece in plan.pieces(words)
        if _said(piece)
    ]
    return sound.joined(spoken, SLOW_PAUSE_SECONDS if words.slow else PAUSE_SECONDS)


def keep(
    folder: Path, key: str, words: Spoken, spoken: Sound, made: tuple[str, str, str], form: Form
) -> Clip:
    """Write a sound as the clip of some words, and return what the manifest is to know of it."""
    # What is told is what a decoder hears, not what was meant.
    content, measured = sound.file_of(spoken, form)
    file = f"{words.language}/{plan.name(words, *made)}.{form}"
    kept.put(folder / file, content)
    engine, voice, settings = made
    return Clip(
        key=key,
        file=file,
        language=words.language,
        slow=words.slow,
        prompt=words.prompt,
        text=words.text,
        engine=engine,
        voice=voice,
        settings=settings,
        size=len(content),
        seconds=round(measured.seconds, 2),
        loudness=round(measured.loudness, 1),
        peak=round(measured.peak, 1),
        pace=round(plan.count(words) * 60 / measured.speaking) if measured.speaking else 0,
    )


def _said(piece: str) -> bool:
    return any(map(str.isalnum, piece))
