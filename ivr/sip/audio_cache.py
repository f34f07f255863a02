"""What is heard, as sound for a telephone: clips fetched from the line, words said by an engine."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

import numpy as np
import requests
import soxr

from ivr.errors import SpeechError
from ivr.phone.twiml.verbs import Break, Say
from ivr.sip import tones
from ivr.speech.clip_key import aloud
from ivr.speech.engines.pico import Pico
from ivr.speech.sound import Sound, decoded, joined
from ivr.speech.telephone import RATE, fit

log = logging.getLogger("ivr.sip.audio_cache")

FETCH_SECONDS = 5
MOST_BYTES = 4 * 2**20
"""The largest file that is played."""

KEPT_BYTES = 48 * 2**20
"""So much sound is kept in memory, about 50 minutes; the shipped clips of a language are 20."""

_UNKNOWN = "en-US"


class AudioCache:
    """Makes and keeps sounds, for all calls. What cannot be had is said to be silence, and logged.

    `fetch` gets a file by its URL, and raises SpeechError where there is none.
    """

    def __init__(self, fetch: Callable[[str], bytes] | None = None) -> None:
        self._fetch = fetch or fetched
        self._engine = Pico()
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}

    def played(self, url: str) -> bytes:
        """Return the sound of a file. Raises SpeechError: its words are not known here."""
        return self._made(url, lambda: _telephone(decoded(self._fetch(url))))

    def said(self, said: Say) -> bytes:
        """Return words as speech. Raises SpeechError where the engine cannot say them."""
        language = said.language
        return self._made((language, said.pieces), lambda: self._speech(said))

    def _speech(self, said: Say) -> bytes:
        voice = self._engine.voice(said.language) or self._engine.voice(_UNKNOWN)
        sounds: list[bytes] = []
        for piece in said.pieces:
            if isinstance(piece, Break):
                sounds.append(tones.silence(piece.seconds))
            elif any(map(str.isalnum, piece.text)):
                words = aloud(said.language, piece.text)
                spoken = self._engine.speak(words, voice, pace=min(piece.rate, 1.0))
                sounds.append(_bytes(fit(joined([spoken], 0), "wav")))
        return b"".join(sounds)

    def _made(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return a sound that is kept, or made by one thread while others wait for it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
            try:
                sound = make()
            finally:
                with self._lock:
                    self._making.pop(key, None)
            self._keep(key, sound)
            return sound

    def _keep(self, key: Hashable, sound: bytes) -> None:
        with self._lock:
            self._kept[key] = sound
            self._size += len(sound)
            while self._size > KEPT_BYTES:
                _, oldest = self._kept.popitem(last=False)
                self._size -= len(oldest)


def fetched(url: str) -> bytes:
    """Return a file of the line. Raises SpeechError."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            with session.get(url, timeout=FETCH_SECONDS, stream=True) as answer:
                content = answer.raw.read(MOST_BYTES + 1, decode_content=True)
        except requests.RequestException as e:
            raise SpeechError(f"a clip cannot be fetched: {type(e).__name__}") from None
    if not answer.ok or len(content) > MOST_BYTES:
        raise SpeechError(f"a clip cannot be fetched: HTTP {answer.status_code}")
    return bytes(content)


def _telephone(sound: Sound) -> bytes:
    if sound.rate != RATE:
        quiet = (sound.samples * np.float32(0.9)).astype(np.float32)
        sound = Sound(soxr.resample(quiet, sound.rate, RATE).astype(np.float32), RATE)
    return _bytes(sound)


def _bytes(sound: Sound) -> bytes:
    return (np.clip(sound.samples, -1, 1) * 32767).astype("<i2").tobytes()
