"""Renders clips that are missing or stale. Only this module writes into the folder of clips.

A clip's file is complete before the manifest lists it, and the manifest is replaced as a whole. So
a renderer may be killed at any moment: finished clips stay, and the next run goes on from there.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from ivr.dialog.turn import Spoken
from ivr.errors import ExtraError, SpeechError, require
from ivr.speech import approvals, clip_key, compressed, drafts, recorded, telephone
from ivr.speech.clips import is_whole
from ivr.speech.engines.engine import Speaker
from ivr.speech.manifest import Clip, Manifest, read_manifest, write_file, write_manifest
from ivr.speech.measure import SLOW_PACE, paces, speaking
from ivr.speech.sound import Sound, decoded, is_cut_short, is_noise, joined, slowed, trimmed
from ivr.speech.telephone import Form

log = logging.getLogger("ivr.speech")

PAUSE_SECONDS, SLOW_PAUSE_SECONDS = 0.5, 0.8
"""Seconds of the pause "…", which is inserted as silence: engines never see it."""

_OF_THE_AGENCY = {recorded.FOLDER, drafts.FOLDER, approvals.FOLDER}
"""Folders of what the agency recorded, beside those of clips."""

_SAVE_SECONDS = 0.5
"""Seconds between two saves of the manifest while clips are made."""


@dataclass(frozen=True)
class Rendering:
    """How clips are made: by which speaker, and in which form.

    With `any_engine` fresh clips of other engines stay, and only missing ones are made. No engine
    speaks the languages `recorded_alone`: their slow clips are made from the normal recordings.
    """

    speaker: Speaker
    form: Form = "mp3"
    any_engine: bool = False
    recorded_alone: Collection[str] = frozenset()

    def made(self, words: Spoken) -> tuple[str, str, str]:
        """Return engine, voice and settings, as the manifest lists them."""
        engine = self.speaker.engine
        settings = f"{engine.settings}; {self.form} {telephone.MADE}"
        return engine.name, self.speaker.voice(words.language), settings

    def name(self, words: Spoken) -> str:
        """Return the file of the clip of these words, relative to the folder."""
        return f"{words.language}/{clip_key.name(words, *self.made(words))}.{self.form}"

    def is_by(self, clip: Clip, words: Spoken) -> bool:
        """Return whether a clip of these words is the one that would be made now."""
        return clip.engine != recorded.ENGINE and (self.any_engine or clip.file == self.name(words))


def missing(
    folder: Path, wanted: Mapping[str, Spoken], rendering: Rendering, manifest: Manifest
) -> dict[str, Spoken]:
    """Return the words without a clip, with a clip made in another way, or whose file is gone.

    Words that no engine may speak are not among them.
    """
    return {
        key: words
        for key, words in wanted.items()
        if words.language not in rendering.recorded_alone
        if (clip := manifest.clips.get(key)) is None
        or not rendering.is_by(clip, words)
        or not is_whole(folder, clip)
    }


def render(
    folder: Path,
    wanted: Mapping[str, Spoken],
    rendering: Rendering,
    *,
    of: str = "",
    on_clip: Callable[[Clip], None] = lambda _clip: None,
    on_refused: Callable[[str], None] = log.warning,
) -> Manifest:
    """Make the missing clips, and list only the wanted ones; `on_clip` gets each new clip.

    In the languages `recorded_alone`, clips of former recordings stay listed, too.

    A recording of the agency is preferred to an engine, unless it cannot be right: then
    `on_refused` gets a line with the file and the remedy, and an engine speaks the words. In a
    language that no engine speaks, these words have no clip.

    Raises SpeechError if an engine fails; the clips made until then stay. `of` is written into the
    manifest if all clips were made and no recording was refused.
    """
    manifest = read_manifest(folder)
    refusals = recorded.unusable_names(folder, wanted)
    sources = recorded.fresh(folder, wanted, manifest.recorded)
    own = dict(_recordings(folder, wanted, rendering, manifest, sources, refusals.append))
    marks = {clip.settings.partition(";")[0]: key for key, clip in own.items()}
    normal = {key: (sources[key][0], clip) for key, clip in own.items()}
    own |= _slowed(folder, wanted, rendering, manifest, normal, refusals.append)
    for line in refusals:
        on_refused(line)
    alone = rendering.recorded_alone
    rest = {k: words for k, words in wanted.items() if k not in own and words.language not in alone}
    todo = missing(folder, rest, rendering, manifest)
    clips = {key: manifest.clips[key] for key in rest if key not in todo} | own
    # A former text may come back, and nobody could say it without its clip.
    clips |= {
        key: clip
        for key, clip in manifest.clips.items()
        if key not in wanted and clip.language in alone and clip.engine == recorded.ENGINE
    }
    taken = {**manifest.recorded, **marks}
    saved = time.monotonic()
    done = False
    try:
        for clip in _made(folder, todo, rendering):
            clips[clip.key] = clip
            on_clip(clip)
            if time.monotonic() - saved > _SAVE_SECONDS:
                write_manifest(folder, Manifest(clips, recorded=taken))
                saved = time.monotonic()
        done = True
    finally:
        finished = Manifest(clips, of if done and not refusals else "", taken)
        if finished != manifest:
            write_manifest(folder, finished)
    return finished


def _recordings(
    folder: Path,
    wanted: Mapping[str, Spoken],
    rendering: Rendering,
    manifest: Manifest,
    sources: Mapping[str, tuple[Path, str]],
    on_refused: Callable[[str], None],
) -> Iterator[tuple[str, Clip]]:
    """Yield the clips of the agency's recordings; a new recording is made into a clip."""
    for key, (path, mark) in sources.items():
        made = (recorded.ENGINE, "", f"{mark}; {rendering.form} {telephone.MADE}")
        clip = manifest.clips.get(key)
        try:
            spoken = own_recording(path.read_bytes(), wanted[key])
            if clip is None or clip.settings != made[2] or not is_whole(folder, clip):
                clip = keep(folder, key, wanted[key], spoken, made, rendering.form)
        except SpeechError as e:
            on_refused(f"{path}: {e}")
            continue
        yield key, clip


def _slowed(
    folder: Path,
    wanted: Mapping[str, Spoken],
    rendering: Rendering,
    manifest: Manifest,
    recordings: Mapping[str, tuple[Path, Clip]],
    on_refused: Callable[[str], None],
) -> dict[str, Clip]:
    """Return slow clips made from the recordings at the normal pace, where no engine speaks.

    One that was recorded slowly is left as it is.
    """
    alone = (key for key, words in wanted.items() if words.language in rendering.recorded_alone)
    normal_of = {key: clip_key.key(wanted[key]._replace(slow=False)) for key in alone}
    todo = {k: one for k, one in normal_of.items() if k not in recordings and one in recordings}
    clips = {}
    try:
        require("recorded")
    except ExtraError as e:
        if todo:
            on_refused(f"slow clips are not made from recordings: {e}")
        return {}
    for key, normal in todo.items():
        words = wanted[key]
        source, clip_of_normal = recordings[normal]
        mark = clip_of_normal.settings.partition(";")[0]
        made = (recorded.ENGINE, "", f"{mark}; {rendering.form} {telephone.MADE}; slowed")
        clip = manifest.clips.get(key)
        if clip is None or clip.settings != made[2] or not is_whole(folder, clip):
            content = source.read_bytes()
            spoken = slowed(own_recording(content, words._replace(slow=False)), SLOW_PACE)
            clip = keep(folder, key, words, spoken, made, rendering.form)
        clips[key] = clip
    return clips


def own_recording(content: bytes, words: Spoken) -> Sound:
    """Return the sound of an operator's recording of some words.

    Raises SpeechError, with a remedy, if it cannot be a recording of them: if it cannot be read,
    is cut short, has no speech in it, or is far too long or too short.
    """
    if is_cut_short(content):
        raise SpeechError("this file is shorter than its header says: copy or save it again")
    form = compressed.format_of(content)
    spoken = compressed.decoded(content, form) if form else decoded(content)
    if is_noise(spoken):
        raise SpeechError("there is no speech in it, only noise or silence: record it again")
    if fault := recorded.fault(words, trimmed(spoken).seconds):
        raise SpeechError(fault)
    return spoken


def prune(folder: Path, manifest: Manifest) -> int:
    """Delete the clips that the manifest does not list; return how many there were.

    Recordings, drafts and what an approval replaced are no clips.
    """
    named = {folder / clip.file for clip in manifest.clips.values()}
    files = [p for form in ("mp3", "wav") for p in folder.glob(f"*/*.{form}")]
    unnamed = [p for p in files if p not in named and p.parent.name not in _OF_THE_AGENCY]
    for path in unnamed:
        path.unlink(missing_ok=True)
    return len(unnamed)


def _made(folder: Path, todo: Mapping[str, Spoken], rendering: Rendering) -> Iterator[Clip]:
    """Make clips, several at once. If one fails, only those that have begun are finished."""
    with ThreadPoolExecutor(rendering.speaker.engine.workers) as pool:
        # The same words at both paces are one job, since an engine may cache their sound.
        jobs: dict[tuple[str, str], dict[str, Spoken]] = defaultdict(dict)
        for key, words in sorted(todo.items(), key=lambda item: item[1].language):
            jobs[words.language, words.text][key] = words
        futures = [pool.submit(_clips, folder, job, rendering) for job in jobs.values()]
        failed: SpeechError | None = None
        for future in as_completed(futures):
            try:
                if not future.cancelled():
                    yield from future.result()
            except SpeechError as e:
                failed = failed or e
                pool.shutdown(wait=False, cancel_futures=True)
            except GeneratorExit:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    if failed:
        raise failed


def _clips(folder: Path, job: Mapping[str, Spoken], rendering: Rendering) -> list[Clip]:
    clips = []
    for key, words in job.items():
        try:
            spoken, made = speech(words, rendering.speaker), rendering.made(words)
            clips.append(keep(folder, key, words, spoken, made, rendering.form))
        except SpeechError as e:
            raise SpeechError(f'{words.language} "{words.prompt}": {e}') from None
    return clips


def speech(words: Spoken, speaker: Speaker) -> Sound:
    """Return words as the speaker says them, with their pauses, and slowly if they are slow.

    Words differ in length, so prose that is too fast or too slow is spoken again at another pace.
    """
    usual = pace = SLOW_PACE if words.slow else 1.0
    spoken = _spoken(words, speaker, pace)
    if not speaker.engine.any_pace or not clip_key.is_prose(words):
        return spoken
    low, high = paces(slow=words.slow)
    for _ in range(_PACE_TRIES):
        pace_now = clip_key.count(words) * 60 / speaking(spoken)
        aim = min(max(pace_now, low + _PACE_MARGIN), high - _PACE_MARGIN)
        if aim == pace_now:
            break
        pace = min(max(pace * aim / pace_now, usual / _PACE_CHANGE), usual * _PACE_CHANGE)
        spoken = _spoken(words, speaker, pace)
    return spoken


_PACE_TRIES, _PACE_CHANGE, _PACE_MARGIN = 3, 1.25, 3
"""Times that words are spoken again to meet the pace; the largest factor by which it is changed;
and words a minute to stay within the limits, since encoding changes silences a little."""


def _spoken(words: Spoken, speaker: Speaker, pace: float) -> Sound:
    voice = speaker.voice(words.language)
    speakable = (piece for piece in clip_key.pieces(words) if any(map(str.isalnum, piece)))
    spoken = [speaker.engine.speak(piece, voice, pace=pace) for piece in speakable]
    return joined(spoken, SLOW_PAUSE_SECONDS if words.slow else PAUSE_SECONDS)


def keep(
    folder: Path, key: str, words: Spoken, spoken: Sound, made: tuple[str, str, str], form: Form
) -> Clip:
    """Write a sound as the clip of some words, and return its entry for the manifest."""
    # The measures are those of the decoded file, not of the sound before encoding.
    content, measured = telephone.file_of(spoken, form)
    file = f"{words.language}/{clip_key.name(words, *made)}.{form}"
    write_file(folder / file, content)
    engine, voice, settings = made
    return Clip(
        key=key,
        file=file,
        **words._asdict(),
        engine=engine,
        voice=voice,
        settings=settings,
        size=len(content),
        seconds=round(measured.seconds, 2),
        loudness=round(measured.loudness, 1),
        peak=round(measured.peak, 1),
        pace=round(clip_key.count(words) * 60 / measured.speaking) if measured.speaking else 0,
    )
