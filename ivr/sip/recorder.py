"""Records a caller after the tone, until they fall silent."""

import time
from dataclasses import dataclass

import numpy as np

from ivr.phone.twiml.verbs import Record
from ivr.sip import tones
from ivr.sip.leg import SECOND, Gone, Leg
from ivr.sip.playout import AudioPlayout

_FRAME_SECONDS = 0.1
_FRAME = int(_FRAME_SECONDS * SECOND)

_MISSING_SECONDS = 1.0
"""Seconds without a packet after which a caller counts as silent: some then send none."""

_FLOOR, _OVER_QUIETEST = 200.0, 3.0
"""A frame is silent below this level (of 32768), or below this many times the quietest frame."""


@dataclass(frozen=True)
class Recording:
    """A recording: its sound (8 kHz, 16 bits), and how it ended: a key, "" or "hangup"."""

    sound: bytes
    key: str

    @property
    def seconds(self) -> int:
        """Its length, rounded up to whole seconds."""
        return -(-len(self.sound) // SECOND)


def record(playout: AudioPlayout, verb: Record) -> Recording:
    """Record the caller until a key, a silence, a hang-up, or the maximum length.

    If nobody spoke, the recording has no sound. Keys that do not end it are ignored. Who sends no
    packets is silent.
    """
    leg = playout.leg
    playout.drain()
    leg.answer()
    if verb.play_beep:
        playout.play_tone(tones.BEEP)
    leg.drop_keys()
    detector = SilenceDetector(verb.timeout or verb.max_length)
    try:
        leg.read()  # drop what came before the tone
        incoming = _Incoming(leg)
        while detector.seconds < verb.max_length and not detector.is_done:
            key = leg.read_key(_FRAME_SECONDS / 2)
            detector.add(incoming.listen())
            if key and key in verb.finish_on_key:
                return Recording(detector.sound, key)
    except Gone:
        return Recording(detector.sound, "hangup")
    return Recording(detector.sound, "")


class _Incoming:
    """A caller's sound. If no packets arrive, it is silence; on hold it is nothing."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._at = time.monotonic()

    def listen(self) -> bytes:
        """Return the sound that has arrived, or the silence for which nothing has."""
        sound = self._leg.listen()
        now = time.monotonic()
        missing = now - self._at
        if sound or self._leg.is_held:
            self._at = now
        elif missing > _MISSING_SECONDS:
            self._at = now
            return tones.silence(missing)
        return sound


class SilenceDetector:
    """Collects sound, and detects when it has been silent for `silence` seconds."""

    def __init__(self, silence: float) -> None:
        self._silence = silence
        self._taken = bytearray()
        self._examined = 0
        self._silent = 0.0
        self._spoke = False
        self._quietest = 32768.0

    def add(self, sound: bytes) -> None:
        """Add sound, and examine its whole frames."""
        self._taken += sound
        while len(self._taken) - self._examined >= _FRAME:
            frame = np.frombuffer(self._taken, "<i2", _FRAME // 2, self._examined).astype(
                np.float32
            )
            level = float(np.sqrt(np.mean(frame * frame)))
            self._examined += _FRAME
            self._quietest = min(self._quietest, max(level, 1.0))
            if level > max(_FLOOR, self._quietest * _OVER_QUIETEST):
                self._spoke, self._silent = True, 0.0
            else:
                self._silent += _FRAME_SECONDS

    @property
    def seconds(self) -> float:
        """Seconds of sound so far."""
        return len(self._taken) / SECOND

    @property
    def is_done(self) -> bool:
        """Whether the sound has been silent long enough."""
        return self._silent >= self._silence

    @property
    def sound(self) -> bytes:
        """The sound without the silence that ended it; b"" if nobody spoke."""
        if not self._spoke:
            return b""
        spare = max(self._silent - 0.5, 0.0) if self.is_done else 0.0
        return bytes(self._taken[: max(len(self._taken) - int(spare * SECOND) // 2 * 2, 0)])
