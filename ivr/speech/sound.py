"""Sound fit for a telephone: 8 kHz, one channel, one loudness, no long silence.

Levels and silences are those of human-factors.md (1.5): a caller who turns the volume up for one
prompt must not be hurt by the next.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import soundfile
import soxr
from python_stretch import Signalsmith

from ivr.errors import SpeechError
from ivr.speech.loudness import SILENT, Samples, loudness, true_peak

RATE = 8000
"""Hz: what a telephone carries."""

LOUDNESS, LOUDNESS_TOLERANCE = -19.0, 1.0
"""LUFS."""

PEAK = -1.0
"""dB, true peak."""

EDGES_SECONDS = (0.1, 0.3)
"""How long the silence at either end may be; two of them part one prompt from the next."""

INNER_SECONDS = 1.2
"""The longest silence within a clip: longer ones sound as if the line were dead."""

SLOW_PACE = 0.8
"""Slow speech is at 85 % of the usual rate or less (human-factors.md, R6)."""

Form = Literal["mp3", "wav"]
"""MPEG layer III, or µ-law WAV: what a carrier plays without more loss, and four times as big."""

EDGES: Mapping[Form, tuple[float, float]] = {"mp3": (0.08, 0.14), "wav": (0.2, 0.2)}
"""Seconds of silence put before and behind the words; an MP3 coder adds up to 0.14 s to each."""

MADE = "telephone-1"
"""Changes when clips come out otherwise, so that all are made anew."""

_FRAME = 0.01
_QUIET, _CLEAR = 10 ** (-42 / 20), 10 ** (-36 / 20)
"""Below the loudest frame: what is silence, and where a sound surely begins and ends."""
_MARGIN = 4
_AIM: Mapping[Form, float] = {"mp3": LOUDNESS + 0.3, "wav": LOUDNESS}
"""An MP3 coder takes off some of the treble."""
_HEADROOMS = (0.6, 1.4, 2.4)
"""dB that a coder may add to a peak; the smallest that is enough is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Sound in one channel; full scale is 1."""

    samples: Samples
    rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate


@dataclass(frozen=True, slots=True)
class Measure:
    """What can be told of a sound. Silences in seconds: before, behind, the longest within."""

    seconds: float
    loudness: float
    peak: float
    before: float
    behind: float
    within: float
    speaking: float

    def faults(self) -> Iterator[str]:
        """Yield what makes it unfit for a telephone, with the measured figure."""
        if abs(self.loudness - LOUDNESS) > LOUDNESS_TOLERANCE:
            yield f"{self.loudness:.1f} LUFS, not {LOUDNESS:.0f} ± {LOUDNESS_TOLERANCE:.0f}"
        if self.peak > PEAK:
            yield f"peak {self.peak:.1f} dB, over {PEAK:.0f}"
        shortest, longest = EDGES_SECONDS
        for where, silence in (("before", self.before), ("behind", self.behind)):
            if not shortest <= silence <= longest:
                yield f"{silence:.2f} s of silence {where} it, not {shortest} to {longest}"
        if self.within > INNER_SECONDS:
            yield f"{self.within:.1f} s of silence within it, over {INNER_SECONDS}"


def measure(sound: Sound) -> Measure:
    """Measure a sound. `speaking` is how long it lasts without its silences over 0.35 s."""
    level = loudness(sound.samples, sound.rate)
    peak = true_peak(sound.samples, sound.rate)
    runs = _silences(sound)
    if not len(_loud(sound)):
        return Measure(sound.seconds, SILENT, peak, sound.seconds, 0.0, 0.0, 0.0)
    first, *inner, last = [seconds for _, seconds in runs]
    paused = first + last + sum(s for s in inner if s > _NO_PAUSE)
    speaking = max(sound.seconds - paused, 0.1)
    return Measure(sound.seconds, level, peak, first, last, max(inner, default=0.0), speaking)


_NO_PAUSE = 0.35
"""Seconds; a shorter silence belongs to the speech."""


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
        parts += [between, _trimmed(piece).samples] if parts else [_trimmed(piece).samples]
    return Sound(np.concatenate(parts), rate)


def slowed(sound: Sound, pace: float) -> Sound:
    """Return a sound at a pace (0.8 takes a quarter longer) and at the same pitch.

    Silence goes before it, lest the first consonant be smeared.
    """
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
    for at, silence in _silences(sound)[1:-1]:
        middle = round((at + silence / 2) * sound.rate)
        if silence >= pause and middle - cuts[-1] >= seconds * sound.rate:
            cuts.append(middle)
    ends = [*cuts[1:], len(sound.samples)]
    return [Sound(sound.samples[a:b], sound.rate) for a, b in zip(cuts, ends, strict=True)]


def file_of(sound: Sound, form: Form) -> tuple[bytes, Measure]:
    """Return a file for a telephone, and what a decoder hears in it. Raises SpeechError."""
    for headroom in _HEADROOMS:
        content = encoded(fit(sound, form, headroom), form)
        measured = measure(decoded(content))
        if measured.peak <= PEAK:
            break
    return content, measured


def fit(sound: Sound, form: Form, headroom: float = _HEADROOMS[0]) -> Sound:
    """Return a sound as a telephone wants it, to be encoded. Raises SpeechError for silence.

    Loud, then limited, then measured again, until both loudness and peak are right.
    """
    quiet = sound.samples * np.float32(0.5 / max(np.abs(sound.samples).max(initial=0.0), 1e-6))
    samples = soxr.resample(quiet, sound.rate, RATE, "VHQ").astype(np.float32)
    samples = _shortened(_trimmed(Sound(samples, RATE))).samples
    if loudness(samples, RATE) <= SILENT:
        raise SpeechError("the engine gave silence")
    before, behind = EDGES[form]
    samples = np.pad(samples, (round(before * RATE), round(behind * RATE)))
    for _ in range(4):
        gain = 10 ** ((_AIM[form] - loudness(samples, RATE)) / 20)
        samples = _limited((samples * gain).astype(np.float32), PEAK - headroom)
    return Sound(samples, RATE)


def encoded(sound: Sound, form: Form) -> bytes:
    """Return a file of the sound."""
    file = io.BytesIO()
    if form == "mp3":
        soundfile.write(
            file, sound.samples, sound.rate, format="MP3", subtype="MPEG_LAYER_III",
            bitrate_mode="CONSTANT", compression_level=0.85,
        )  # fmt: skip
    else:
        soundfile.write(file, sound.samples, sound.rate, format="WAV", subtype="ULAW")
    return file.getvalue()


def decoded(content: bytes) -> Sound:
    """Return the sound of a file (WAV, MP3, FLAC, Ogg …), mixed to one channel.

    Raises SpeechError for what is no sound.
    """
    try:
        samples, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as e:
        raise SpeechError(f"this is no sound that can be read ({e.error_string})") from None
    return Sound(samples.mean(axis=1, dtype=np.float32), int(rate))


def _loud(sound: Sound, quiet: float = _QUIET) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return which frames of 10 ms are more than silence, relative to the loudest."""
    frame = round(_FRAME * sound.rate)
    whole = np.abs(sound.samples[: len(sound.samples) // frame * frame]).reshape(-1, frame)
    loudest = whole.max(axis=1, initial=0.0)
    return np.flatnonzero(loudest > max(loudest.max(initial=0.0) * quiet, 1e-5))


def _silences(sound: Sound) -> list[tuple[float, float]]:
    """Return where each silence begins and how long it lasts: before, within, behind."""
    loud = _loud(sound) * _FRAME
    ends = [0.0, *(loud + _FRAME)]
    starts = [*loud, sound.seconds]
    runs = list(zip(ends, starts, strict=True))
    inner = [(e, s - e) for e, s in runs[1:-1] if s - e > _FRAME]
    (first, to), (since, last) = runs[0], runs[-1]
    return [(first, to - first), *inner, (since, max(last - since, 0.0))]


def _trimmed(sound: Sound) -> Sound:
    """Return a sound from its first clear frame to its last, and a little of what is around."""
    loud = _loud(sound, _CLEAR)
    if not len(loud):
        return sound
    frame = round(_FRAME * sound.rate)
    first, last = max(loud[0] - _MARGIN, 0), loud[-1] + 1 + _MARGIN
    return Sound(sound.samples[first * frame : last * frame], sound.rate)


def _shortened(sound: Sound) -> Sound:
    """Return a sound without what of its silences is too long."""
    keep = np.ones(len(sound.samples), bool)
    for at, seconds in _silences(sound)[1:-1]:
        if seconds > INNER_SECONDS:
            spare = round((seconds - INNER_SECONDS + 0.1) * sound.rate)
            middle = round((at + INNER_SECONDS / 2) * sound.rate)
            keep[middle : middle + spare] = False
    return Sound(sound.samples[keep], sound.rate)


def _limited(samples: Samples, peak: float) -> Samples:
    """Turn peaks down to a level in dB, softly, for 10 ms around each."""
    most = 10 ** (peak / 20)
    between = np.abs(soxr.resample(samples, RATE, RATE * 4))
    between = np.pad(between, (0, max(len(samples) * 4 - len(between), 0)))[: len(samples) * 4]
    peaks = np.maximum(between.reshape(-1, 4).max(axis=1), np.abs(samples))
    gain = np.minimum(1.0, most / np.maximum(peaks, 1e-9))
    reach = RATE // 100
    lowest = _windows(gain, reach).min(axis=1)
    limited: Samples = (samples * _windows(lowest, reach).mean(axis=1)).astype(np.float32)
    return limited


def _windows(values: Samples, reach: int) -> Samples:
    padded = np.pad(values, reach // 2, mode="edge")
    windows: Samples = np.lib.stride_tricks.sliding_window_view(padded, reach)[: len(values)]
    return windows
