"""Sound: read from files, joined, slowed down, and cut where it is silent."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import soundfile

from ivr.errors import SpeechError
from ivr.speech.loudness import Samples

_FRAME = 0.01
_QUIET, _CLEAR = 10 ** (-42 / 20), 10 ** (-36 / 20)
"""Below the loudest frame: what is silence, and where a sound surely begins and ends."""
_MARGIN = 4
"""Frames that are left around it."""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Sound in one channel; full scale is 1."""

    samples: Samples
    rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate


def joined(pieces: Sequence[Sound], pause: float) -> Sound:
    """Return pieces one after the other, `pause` seconds of silence between. Raises SpeechError.

    A piece's own silence at its ends goes, so that a pause is as long as it says.
    """
    if not pieces:
        raise SpeechError("there is nothing to say")
    rate = pieces[0].rate
    between = np.zeros(round(pause * rate), np.float32)
    parts: list[Samples] = []
    for piece in pieces:
        parts += [between, trimmed(piece).samples] if parts else [trimmed(piece).samples]
    return Sound(np.concatenate(parts), rate)


def slowed(sound: Sound, pace: float) -> Sound:
    """Return a sound at a pace (0.8 takes a quarter longer) and at the same pitch.

    Silence goes before it, lest the first consonant be smeared.
    """
    from python_stretch import Signalsmith  # an extra, which one engine needs

    stretch = Signalsmith.Stretch()
    stretch.preset(1, float(sound.rate))
    stretch.setTimeFactor(pace)
    lead = stretch.inputLatency() + stretch.outputLatency()
    around = (round(_LEAD_SECONDS * sound.rate), round(_LEAD_SECONDS * sound.rate) + lead)
    stretched = np.asarray(stretch.process(np.pad(sound.samples, around)[np.newaxis, :]))
    return Sound(stretched[0].astype(np.float32), sound.rate)


_LEAD_SECONDS = 0.25


def parts(sound: Sound, seconds: float, pause: float = 0.4) -> list[Sound]:
    """Return a sound cut in the middle of pauses, in parts that last so long at least."""
    cuts = [0]
    for at, silence in silences(sound)[1:-1]:
        middle = round((at + silence / 2) * sound.rate)
        if silence >= pause and middle - cuts[-1] >= seconds * sound.rate:
            cuts.append(middle)
    ends = [*cuts[1:], len(sound.samples)]
    return [Sound(sound.samples[a:b], sound.rate) for a, b in zip(cuts, ends, strict=True)]


def decoded(content: bytes) -> Sound:
    """Return the sound of a file (WAV, MP3, FLAC, Ogg …), mixed to one channel.

    Raises SpeechError for what is no sound.
    """
    try:
        samples, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as e:
        raise SpeechError(f"this is no sound that can be read ({e.error_string})") from None
    return Sound(samples.mean(axis=1, dtype=np.float32), int(rate))


def loud_frames(sound: Sound, quiet: float = _QUIET) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return which frames of 10 ms are more than silence, relative to the loudest."""
    frame = round(_FRAME * sound.rate)
    whole = np.abs(sound.samples[: len(sound.samples) // frame * frame]).reshape(-1, frame)
    loudest = whole.max(axis=1, initial=0.0)
    return np.flatnonzero(loudest > max(loudest.max(initial=0.0) * quiet, 1e-5))


def silences(sound: Sound) -> list[tuple[float, float]]:
    """Return where each silence begins and how long it lasts: before, within, behind."""
    loud = loud_frames(sound) * _FRAME
    ends = [0.0, *(loud + _FRAME)]
    starts = [*loud, sound.seconds]
    runs = list(zip(ends, starts, strict=True))
    inner = [(e, s - e) for e, s in runs[1:-1] if s - e > _FRAME]
    (first, to), (since, last) = runs[0], runs[-1]
    return [(first, to - first), *inner, (since, max(last - since, 0.0))]


def trimmed(sound: Sound) -> Sound:
    """Return a sound from its first clear frame to its last, and a little of what is around."""
    loud = loud_frames(sound, _CLEAR)
    if not len(loud):
        return sound
    frame = round(_FRAME * sound.rate)
    first, last = max(loud[0] - _MARGIN, 0), loud[-1] + 1 + _MARGIN
    return Sound(sound.samples[first * frame : last * frame], sound.rate)
