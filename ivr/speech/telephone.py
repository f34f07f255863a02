"""Makes sound fit for a telephone: 8 kHz, one channel, one loudness, no long silence."""

import io
from collections.abc import Mapping
from typing import Literal

import numpy as np
import soundfile
import soxr

from ivr.errors import SpeechError
from ivr.speech.loudness import SILENT, Samples, loudness
from ivr.speech.measure import INNER_SECONDS, LOUDNESS, PEAK, Measure, measure
from ivr.speech.sound import Sound, decoded, silences, trimmed

RATE = 8000
"""Sampling rate of a telephone, in Hz."""

Form = Literal["mp3", "wav"]
"""MP3, or µ-law WAV, which a carrier plays without further loss, and which is 4 times as big."""

EDGES: Mapping[Form, tuple[float, float]] = {"mp3": (-0.04, 0.36), "wav": (0.08, 0.39)}
"""Seconds of silence added before and behind the words, for 0.1 and 0.4 s in all.

MP3 adds up to 0.14 s before them, so the margin that trimming leaves is cut off there."""

MADE = "telephone-3"
"""The version of this processing: if it changes, all clips are rendered again."""

_AIM: Mapping[Form, float] = {"mp3": LOUDNESS + 0.3, "wav": LOUDNESS}
"""LUFS to aim at before encoding; MP3 loses some of the treble."""

_HEADROOMS = (0.6, 1.4, 2.4)
"""dB that encoding may add to a peak, tried from the smallest on."""


def file_of(sound: Sound, form: Form) -> tuple[bytes, Measure]:
    """Return a file for a telephone, and the measures of its decoded sound. Raises SpeechError."""
    for headroom in _HEADROOMS:
        content = encoded(fit(sound, form, headroom), form)
        measured = measure(decoded(content))
        if measured.peak <= PEAK:
            break
    return content, measured


def fit(sound: Sound, form: Form, headroom: float = _HEADROOMS[0]) -> Sound:
    """Return a sound as a telephone needs it, to be encoded. Raises SpeechError for silence.

    It is amplified, limited and measured again, until both loudness and peak are right.
    """
    quiet = sound.samples * np.float32(0.5 / max(np.abs(sound.samples).max(initial=0.0), 1e-6))
    samples = soxr.resample(quiet, sound.rate, RATE, "VHQ").astype(np.float32)
    samples = _shortened(trimmed(Sound(samples, RATE))).samples
    if loudness(samples, RATE) <= SILENT:
        raise SpeechError("the engine returned silence")
    before, behind = EDGES[form]
    samples = samples[max(round(-before * RATE), 0) :]
    samples = np.pad(samples, (max(round(before * RATE), 0), round(behind * RATE)))
    for _ in range(4):
        gain = 10 ** ((_AIM[form] - loudness(samples, RATE)) / 20)
        samples = _limited((samples * gain).astype(np.float32), PEAK - headroom)
    return Sound(samples, RATE)


def encoded(sound: Sound, form: Form) -> bytes:
    """Return a sound as the bytes of a file."""
    file = io.BytesIO()
    if form == "mp3":
        soundfile.write(
            file, sound.samples, sound.rate, format="MP3", subtype="MPEG_LAYER_III",
            bitrate_mode="CONSTANT", compression_level=0.85,
        )  # fmt: skip
    else:
        soundfile.write(file, sound.samples, sound.rate, format="WAV", subtype="ULAW")
    return file.getvalue()


def _shortened(sound: Sound) -> Sound:
    """Return a sound with its long silences shortened."""
    keep = np.ones(len(sound.samples), bool)
    for at, seconds in silences(sound)[1:-1]:
        if seconds > INNER_SECONDS:
            spare = round((seconds - INNER_SECONDS + 0.1) * sound.rate)
            middle = round((at + INNER_SECONDS / 2) * sound.rate)
            keep[middle : middle + spare] = False
    return Sound(sound.samples[keep], sound.rate)


def _limited(samples: Samples, peak: float) -> Samples:
    """Limit peaks to a level in dB, smoothly, over 10 ms around each."""
    most = 10 ** (peak / 20)
    between = np.abs(soxr.resample(samples, RATE, RATE * 4))
    between = np.pad(between, (0, max(len(samples) * 4 - len(between), 0)))[: len(samples) * 4]
    peaks = np.maximum(between.reshape(-1, 4).max(axis=1), np.abs(samples))
    gain = np.minimum(1.0, most / np.maximum(peaks, 1e-9))
    reach = RATE // 100
    lowest = _lowest(gain, reach)
    is_limited = _lowest(lowest, reach) < 1.0
    smooth = np.ones_like(lowest)  # the mean of each window, which is 1 away from the peaks
    smooth[is_limited] = _windows(lowest, reach)[is_limited].mean(axis=1)
    limited: Samples = (samples * smooth).astype(np.float32)
    return limited


def _lowest(values: Samples, reach: int) -> Samples:
    """Return the least value of each window; windows of twice the length are made of two."""
    lowest, length = np.pad(values, reach // 2, mode="edge"), 1
    while length < reach:
        step = min(length, reach - length)
        lowest = np.minimum(lowest[:-step], lowest[step:])
        length += step
    return lowest[: len(values)]


def _windows(values: Samples, reach: int) -> Samples:
    padded = np.pad(values, reach // 2, mode="edge")
    windows: Samples = np.lib.stride_tricks.sliding_window_view(padded, reach)[: len(values)]
    return windows
