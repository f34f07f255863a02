"""Audio playout of a call leg: plays the prompts, and stops at a key if it may."""

import logging
import time

from ivr.errors import SpeechError
from ivr.phone.files import Audio
from ivr.phone.transcript import MAX_LOOP, Transcript
from ivr.phone.twiml.verbs import Pause, Say, Words
from ivr.sip import tones
from ivr.sip.audio_cache import AudioCache
from ivr.sip.leg import AHEAD_SECONDS, SECOND, Leg
from ivr.speech.measure import SLOW_PACE

log = logging.getLogger("ivr.sip")

_NEARLY_SECONDS = 0.1
"""Seconds of unsent sound below which the next sound can be fetched."""

_CHUNK = SECOND // 4
"""Bytes that are queued at once: a quarter of a second."""


class AudioPlayout(Transcript):
    """A transcript that also plays what it logs.

    Its methods return when most of a sound has been sent, so that the next one can be fetched
    without a gap; they raise Gone if the caller has hung up.
    """

    def __init__(self, leg: Leg, cache: AudioCache) -> None:
        super().__init__()
        self.leg = leg
        self._cache = cache
        self._began = time.monotonic()
        self._left: bytes = b""

    def hear(self, say: Say, *, interruptible: bool) -> None:
        """Speak a Say."""
        super().hear(say, interruptible=interruptible)
        for _ in range(say.loop or MAX_LOOP):
            if self._is_stopped(interruptible=interruptible):
                return
            self._play(self._cache.speech(say), interruptible=interruptible)

    def hear_audio(self, audio: Audio, loop: int, *, interruptible: bool, url: str = "") -> None:
        """Play a file. Keys to play as tones mean nothing to a person, and are left out."""
        super().hear_audio(audio, loop, interruptible=interruptible, url=url)
        for _ in range((loop or MAX_LOOP) if url else 0):
            if self._is_stopped(interruptible=interruptible):
                return
            self._play(self._played(url, audio), interruptible=interruptible)

    def _is_stopped(self, *, interruptible: bool) -> bool:
        """Return whether a key was pressed that stops an interruptible sound."""
        return interruptible and self.leg.has_key

    def _played(self, url: str, audio: Audio) -> bytes:
        """Return the sound of a file; if that fails, its words as speech, if they are listed."""
        try:
            return self._cache.clip(url)
        except SpeechError as e:
            if not audio.language:
                raise
            log.error("the engine speaks the words instead: %s", e)  # noqa: TRY400 one line
            rate = SLOW_PACE if audio.slow else 1.0
            return self._cache.speech(Say((Words(audio.words, rate),), audio.language))

    def pause(self, pause: Pause) -> None:
        """Send the silence of a Pause."""
        super().pause(pause)
        self._play(tones.silence(pause.seconds), interruptible=True)

    def play_tone(self, sound: bytes) -> None:
        """Play a sound that no key stops."""
        self._play(sound, interruptible=False)

    def drain(self) -> None:
        """Wait until the queued sound has been sent, or a key stops it."""
        while (left := self.leg.unsent) > 0 and not (self.leg.stops_at_key and self.leg.has_key):
            self.leg.wait(min(left, 0.1), for_key=self.leg.stops_at_key)

    def set_real_length(self) -> None:
        """Set `seconds` to the real length of the call."""
        self.seconds = time.monotonic() - self._began

    def _play(self, sound: bytes, *, interruptible: bool) -> None:
        """Play a sound to its end, or until a key stops it."""
        leg = self.leg
        leg.answer()
        leg.stops_at_key = interruptible
        at = 0
        while at < len(sound):
            if self._is_stopped(interruptible=interruptible):
                leg.flush()
                return
            unsent = leg.unsent
            if unsent < AHEAD_SECONDS:
                at += leg.write(sound[at : at + _CHUNK])
            if at < len(sound) and (unsent >= AHEAD_SECONDS or leg.is_held):
                leg.wait(AHEAD_SECONDS / 4, for_key=interruptible)
        if not interruptible:
            while leg.unsent > _NEARLY_SECONDS:
                leg.wait(0.05)
            leg.drop_keys()
