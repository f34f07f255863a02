"""Sound: decoded from files, joined, slowed down, trimmed, and cut at its silences."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import soundfile

from ivr.errors import SpeechError
from ivr.speech.loudness import Samples

_FRAME = 0.01
"""Seconds of a frame."""

_QUIET, _CLEAR = 10 ** (-42 / 20), 10 ** (-36 / 20)
"""Levels relative to the loudest frame: of silence, and of the first and last clear frame."""

_MARGIN = 4
"""Frames that are left before the first and behind the last clear frame."""

MAX_SECONDS = 1200
"""The longest sound that is read, in seconds: what it is read into is 230 MB at 48 kHz."""

MAX_CHANNELS = 8
"""A recorder that makes more is set up wrongly; each costs memory."""

_MAX_RATE = 192_000
"""Samples a second of the finest recordings."""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Sound in one channel; full scale is 1, `rate` is in Hz."""

    samples: Samples
    rate: int

    @property
    def seconds(self) -> float:
        """Its length in seconds."""
        return len(self.samples) / self.rate


def joined(pieces: Sequence[Sound], pause: float) -> Sound:
    """Return pieces in a row with `pause` seconds of silence between. Raises SpeechError if none.

    Each piece is trimmed, so that a pause is exactly that long.
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

    Silence is added before it, since the stretching smears the first 0.25 s.
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
    """Return a sound in parts of at least `seconds`, cut in the middle of pauses."""
    cuts = [0]
    for at, silence in silences(sound)[1:-1]:
        middle = round((at + silence / 2) * sound.rate)
        if silence >= pause and middle - cuts[-1] >= seconds * sound.rate:
            cuts.append(middle)
    ends = [*cuts[1:], len(sound.samples)]
    return [Sound(sound.samples[a:b], sound.rate) for a, b in zip(cuts, ends, strict=True)]


def decoded(content: bytes) -> Sound:
    """Return the sound of a file (WAV, MP3, FLAC, Ogg …), mixed to one channel.

    Raises SpeechError if it is not a sound.
    """
    if not content:
        raise SpeechError("this file is empty: save it again")
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            if file.channels > MAX_CHANNELS:
                raise SpeechError(f"this sound has {file.channels} channels: save it with one")
            if file.frames > MAX_SECONDS * min(file.samplerate, _MAX_RATE):
                raise SpeechError(
                    f"this sound lasts more than {MAX_SECONDS // 60} minutes, or its header is"
                    " damaged: cut it, or save it again"
                )
            samples = file.read(dtype="float32", always_2d=True)
            if not np.isfinite(samples).all():
                raise SpeechError("this sound has samples that are no numbers: save it again")
            return Sound(samples.mean(axis=1, dtype=np.float32), file.samplerate)
    except soundfile.LibsndfileError as e:
        raise SpeechError(
            f"this sound cannot be read ({e.error_string}): save it as WAV or MP3"
        ) from None


def is_cut_short(content: bytes) -> bool:
    """Return whether a WAV or AIFF file is shorter than its header says; False for other forms.

    Streams have a length of 0 or of 32 set bits in the header, which is ignored.
    """
    kind = content[:4], content[8:12]
    if kind == (b"RIFF", b"WAVE"):
        length = int.from_bytes(content[4:8], "little")
    elif kind in {(b"FORM", b"AIFF"), (b"FORM", b"AIFC")}:
        length = int.from_bytes(content[4:8], "big")
    else:
        return False
    return length not in {0, 0xFFFFFFFF} and length + 8 > len(content) + 1


def is_noise(sound: Sound) -> bool:
    """Return whether a sound is only noise: even its clearest tenth has a flat spectrum.

    The spectrum is taken from 200 to 3400 Hz. Vowels of speech have a spectral flatness below 0.03,
    white noise 0.5. Silence counts as noise.
    """
    size = round(_SPECTRUM_SECONDS * sound.rate)
    frames = sound.samples[: len(sound.samples) // size * size].reshape(-1, size)
    levels = np.abs(frames).max(axis=1, initial=0.0)
    loudest = levels.max(initial=0.0)
    if loudest < _INAUDIBLE:
        return True
    frames = frames[levels > loudest * 0.1] * np.hanning(size)
    hertz = np.fft.rfftfreq(size, 1 / sound.rate)
    power = np.abs(np.fft.rfft(frames))[:, (hertz > _BAND[0]) & (hertz < _BAND[1])] ** 2 + 1e-12
    flatness = np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1)
    return bool(np.quantile(flatness, 0.1) > _FLAT)


_SPECTRUM_SECONDS, _BAND = 0.032, (200, 3400)
"""Seconds of a frame for the spectrum, and the band of a telephone, in Hz."""

_INAUDIBLE, _FLAT = 1e-4, 0.2
"""Level below which a sound is silence (full scale is 1); spectral flatness above which a frame is
noise."""


def loud_frames(sound: Sound, quiet: float = _QUIET) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return the indexes of the 10 ms frames that are not silent, relative to the loudest."""
    frame = round(_FRAME * sound.rate)
    whole = np.abs(sound.samples[: len(sound.samples) // frame * frame]).reshape(-1, frame)
    loudest = whole.max(axis=1, initial=0.0)
    return np.flatnonzero(loudest > max(loudest.max(initial=0.0) * quiet, 1e-5))


def silences(sound: Sound) -> list[tuple[float, float]]:
    """Return the start and length of each silence in seconds: before, within, and behind."""
    loud = loud_frames(sound) * _FRAME
    ends = [0.0, *(loud + _FRAME)]
    starts = [*loud, sound.seconds]
    runs = list(zip(ends, starts, strict=True))
    inner = [(e, s - e) for e, s in runs[1:-1] if s - e > _FRAME]
    (first, to), (since, last) = runs[0], runs[-1]
    return [(first, to - first), *inner, (since, max(last - since, 0.0))]


def trimmed(sound: Sound) -> Sound:
    """Return a sound from its first clear frame to its last, with a margin of 40 ms."""
    loud = loud_frames(sound, _CLEAR)
    if not len(loud):
        return sound
    frame = round(_FRAME * sound.rate)
    first, last = max(loud[0] - _MARGIN, 0), loud[-1] + 1 + _MARGIN
    return Sound(sound.samples[first * frame : last * frame], sound.rate)
