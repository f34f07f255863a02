"""Checks all clips of a folder: whether they are fresh and fit for a telephone."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ivr.dialog.turn import Spoken
from ivr.errors import SpeechError
from ivr.speech import clip_key, recorded
from ivr.speech.clips import is_whole
from ivr.speech.manifest import Clip, Manifest, hash_of, read_manifest
from ivr.speech.measure import PACES, Measure, measure, paces
from ivr.speech.render import own_recording
from ivr.speech.sound import decoded


@dataclass(frozen=True)
class Inspected:
    """A measured clip. `faults` make it unfit; `remarks` are for information."""

    clip: Clip
    measured: Measure | None
    faults: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Inspection:
    """The clips of a folder, the words without a clip, and the recordings that are not played.

    A recording is `stale` if its words have changed, and `refused`, with the reason, if it is bad.
    """

    clips: tuple[Inspected, ...]
    missing: tuple[Spoken, ...]
    stale: tuple[str, ...]
    refused: tuple[str, ...]

    @property
    def is_unfit(self) -> bool:
        """Whether the operator must do something."""
        return bool(self.missing or self.refused) or any(one.faults for one in self.clips)

    @property
    def summary(self) -> str:
        """The result in one line."""
        unfit = sum(bool(one.faults) for one in self.clips)
        remarks = sum(bool(one.remarks) for one in self.clips)
        return (
            f"{len(self.clips)} clips: {unfit} unfit, {remarks} faster or slower than"
            f" {PACES[0]} to {PACES[1]} words a minute, {len(self.missing)} missing"
        )


def inspect(folder: Path, wanted: Mapping[str, Spoken]) -> Inspection:
    """Measure every clip in use. Raises SpeechError if the manifest cannot be read."""
    manifest = read_manifest(folder)
    fresh = [clip for key, clip in manifest.clips.items() if key in wanted]
    with ThreadPoolExecutor() as pool:
        clips = tuple(pool.map(lambda clip: _inspected(folder, clip), fresh))
    missing = tuple(words for key, words in wanted.items() if key not in manifest.clips)
    used = {clip.settings.partition(";")[0] for clip in fresh if clip.engine == recorded.ENGINE}
    paths = recorded.recordings(folder).values()
    stale = [str(p.relative_to(folder)) for p in paths if hash_of(p) not in used]
    return Inspection(clips, missing, tuple(stale), tuple(_refused(folder, wanted, manifest)))


def _refused(folder: Path, wanted: Mapping[str, Spoken], manifest: Manifest) -> Iterator[str]:
    """Yield a line, with a remedy, for each recording that cannot be used."""
    yield from recorded.unusable_names(folder, wanted)
    for key, (path, _) in recorded.fresh(folder, wanted, manifest.recorded).items():
        try:
            own_recording(path.read_bytes(), wanted[key])
        except SpeechError as e:
            yield f"{path}: {e}"


def _inspected(folder: Path, clip: Clip) -> Inspected:
    if not is_whole(folder, clip):
        return Inspected(clip, None, (f"{clip.file} is missing or incomplete",), ())
    try:
        measured = measure(decoded((folder / clip.file).read_bytes()))
    except (OSError, SpeechError) as e:
        return Inspected(clip, None, (f"{clip.file}: {e}",), ())
    remarks: tuple[str, ...] = ()
    low, high = paces(slow=clip.slow)
    if clip_key.is_prose(clip.words) and not low <= clip.pace <= high:
        remarks = (f"{clip.pace:.0f} words a minute",)
    return Inspected(clip, measured, tuple(measured.faults()), remarks)
