"""What a caller says after the tone, as long as they speak."""

from dataclasses import dataclass

import numpy as np

from ivr.phone.twiml.verbs import Record
from ivr.sip import tones
from ivr.sip.leg import SECOND, Gone
from ivr.sip.playout import AudioPlayout

_FRAME_SECONDS = 0.1
_FRAME = int(_FRAME_SECONDS * SECOND)

_FLOOR, _OVER_QUIETEST = 200.0, 3.0
"""What is silence: below this level (of 32768), or below so many times the quietest of the call."""


@dataclass(frozen=True)
class Taken:
    """A recording: its sound (8 kHz, 16 bits), and the key that ended it, "" or "hangup"."""

    sound: bytes
    key: str

    @property
    def seconds(self) -> int:
        """How long it is; what is shorter than a second counts as one."""
        return -(-len(self.sound) // SECOND)


def take(mouth: AudioPlayout, verb: Record) -> Taken:
    """Record the caller until a key, a silence, their end, or the longest time.

    Where nothing was said there is no sound. Keys that do not end it are no matter.
    """
    leg = mouth.leg
    mouth.end()
    leg.answer()
    if verb.beep:
        mouth.sound(tones.BEEP)
    leg.forget_keys()
    ear = SilenceDetector(verb.timeout or verb.max_length)
    try:
        leg.read()  # what came until now
        while ear.seconds < verb.max_length and not ear.is_done:
            key = leg.key(_FRAME_SECONDS / 2)
            ear.hear(leg.read())
            if key and key in verb.finish_on_key:
                return Taken(ear.sound, key)
    except Gone:
        return Taken(ear.sound, "hangup")
    return Taken(ear.sound, "")


class SilenceDetector:
    """Hears sound, and tells when it has been silent for some seconds."""

    def __init__(self, silence: float) -> None:
        self._silence = silence
        self._taken = bytearray()
        self._heard = 0
        self._silent = 0.0
        self._spoke = False
        self._quietest = 32768.0

    def hear(self, sound: bytes) -> None:
        """Take some sound."""
        self._taken += sound
        while len(self._taken) - self._heard >= _FRAME:
            frame = np.frombuffer(self._taken, "<i2", _FRAME // 2, self._heard).astype(np.float32)
            level = float(np.sqrt(np.mean(frame * frame)))
            self._heard += _FRAME
            self._quietest = min(self._quietest, max(level, 1.0))
            if level > max(_FLOOR, self._quietest * _OVER_QUIETEST):
                self._spoke, self._silent = True, 0.0
            else:
                self._silent += _FRAME_SECONDS

    @property
    def seconds(self) -> float:
        """How long has been heard."""
        return len(self._taken) / SECOND

    @property
    def is_done(self) -> bool:
        """Whether it has been silent long enough."""
        return self._silent >= self._silence

    @property
    def sound(self) -> bytes:
        """What was heard, without the silence that ended it; nothing if nobody spoke."""
        if not self._spoke:
            return b""
        spare = max(self._silent - 0.5, 0.0) if self.is_done else 0.0
        return bytes(self._taken[: max(len(self._taken) - int(spare * SECOND) // 2 * 2, 0)])
