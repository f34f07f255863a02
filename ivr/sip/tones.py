"""The tones of a telephone exchange: ringing, the beep, and hold (8 kHz, 16 bits)."""

import numpy as np

from ivr.speech.telephone import RATE

_LOUDNESS = 0.12


def _tone(seconds: float, *hertz: int) -> bytes:
    at = np.arange(round(seconds * RATE)) / RATE
    wave = np.sum([np.sin(2 * np.pi * f * at) for f in hertz], axis=0)
    sound: bytes = (wave * (_LOUDNESS * 32767)).astype("<i2").tobytes()
    return sound


def silence(seconds: float) -> bytes:
    """Return so many seconds of silence."""
    return bytes(round(seconds * RATE) * 2)


RINGING = _tone(2, 440, 480) + silence(4)
"""The ringing tone of North America: two seconds of sound, four of silence."""

BEEP = _tone(0.3, 1000)
"""The tone after which a caller is recorded."""

HELD = _tone(0.2, 440)
"""A short, low tone, by which whoever is kept on hold without music hears that they still are."""
