"""Tones: of a telephone exchange (ringing, the beep, hold), and of keys in the sound (DTMF).

All sound has 8 kHz and 16 bits. Some telephones and trunks send keys in no other way. The
frequencies, levels and times are those of ITU-T Q.23 and Q.24
(https://www.itu.int/rec/T-REC-Q.24). A key counts if two tones, and hardly anything else, are there
for 40 ms: a voice has overtones, and does not.
"""

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

_ROWS, _COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
_KEYS = ("123A", "456B", "789C", "*0#D")

_BLOCK = 205
"""Samples that are examined at once: the length at which the eight frequencies fall apart best."""

_HOP = 102
"""Samples from one block to the next: two blocks that overlap by half take 38 ms."""

_BLOCKS = 2
"""Blocks that a tone must last."""

_LEAST_POWER = (32768 * 10 ** (-40 / 20)) ** 2 / 2
"""The mean square of a tone of -40 dB of full scale: the softest that counts."""

_LEAST_PART = 0.7
"""The part of a block's power that the two tones have, at the least."""

_MOST_TWIST = 10 ** (8 / 10)
"""By how much one tone may be stronger than the other: 8 dB."""

_OVER_OTHERS = 10 ** (6 / 10)
"""By how much a tone is stronger than the others of its group, at the least: 6 dB."""

_WAVES = np.exp(-2j * np.pi * np.outer(np.arange(_BLOCK), _ROWS + _COLUMNS) / RATE).astype(
    np.complex64
)


class ToneDetector:
    """Takes sound (8 kHz, 16 bits) piece by piece, and finds the keys in it."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)
        self._key = ""
        self._count = 0

    def add(self, sound: bytes) -> str:
        """Return the keys whose tones have begun in this piece of sound."""
        samples = np.frombuffer(sound, "<i2").astype(np.float32)
        self._rest = np.concatenate((self._rest, samples))
        count = max((len(self._rest) - _BLOCK) // _HOP + 1, 0)
        if not count:
            return ""
        windows = np.lib.stride_tricks.sliding_window_view(self._rest, _BLOCK)
        blocks = windows[: count * _HOP : _HOP]
        powers = 2 * np.abs(blocks @ _WAVES / _BLOCK) ** 2
        keys = [_key(p, float(np.mean(b * b))) for p, b in zip(powers, blocks, strict=True)]
        self._rest = self._rest[count * _HOP :]
        return "".join(filter(None, map(self._begun, keys)))

    def _begun(self, key: str) -> str:
        """Take what a block has, and return its key if its tone has begun now."""
        self._count = self._count + 1 if key == self._key else 1
        self._key = key
        return key if self._count == _BLOCKS else ""


def _key(powers: np.ndarray, power: float) -> str:
    """Return the key of a block with the powers of the eight frequencies, or ""."""
    rows, columns = powers[:4], powers[4:]
    row, column = int(rows.argmax()), int(columns.argmax())
    low, high = float(rows[row]), float(columns[column])
    others = max(
        float(np.delete(rows, row).max()) / low if low else 1.0,
        float(np.delete(columns, column).max()) / high if high else 1.0,
    )
    is_key = (
        min(low, high) >= _LEAST_POWER
        and low + high >= _LEAST_PART * power
        and max(low, high) <= _MOST_TWIST * min(low, high)
        and others * _OVER_OTHERS <= 1
    )
    return _KEYS[row][column] if is_key else ""
