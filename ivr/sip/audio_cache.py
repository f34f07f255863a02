"""Sound for a telephone: clips fetched from the line, and words spoken by an engine."""

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
"""Seconds to wait for a clip."""

MOST_BYTES = 4 * 2**20
"""Bytes of the largest file that is played."""

CACHE_BYTES = 48 * 2**20
"""Bytes of sound in memory: about 50 minutes; the shipped clips of a language last 20."""

_UNKNOWN = "en-US"


class AudioCache:
    """Makes and caches the sounds of all calls.

    `fetch` returns a file by its URL, and raises SpeechError if it cannot.
    """

    def __init__(self, fetch: Callable[[str], bytes] | None = None) -> None:
        self._fetch = fetch or fetch_file
        self._engine = Pico()
        self._cached: OrderedDict[Hashable, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}
        self._unspoken: set[str] = set()

    def clip(self, url: str) -> bytes:
        """Return the sound of a file. Raises SpeechError if it cannot be fetched or decoded."""
        return self._cached_or_made(url, lambda: _telephone(decoded(self._fetch(url))))

    def speech(self, say: Say) -> bytes:
        """Return words as speech. Raises SpeechError if the engine cannot say them."""
        return self._cached_or_made((say.language, say.pieces), lambda: self._synthesized(say))

    def _synthesized(self, say: Say) -> bytes:
        voice = self._engine.voice(say.language)
        if not voice:
            with self._lock:
                is_new = say.language not in self._unspoken
                self._unspoken.add(say.language)
            if is_new:  # callers hear nothing of it, or gibberish
                what = "no voice speaks %s here: make clips of all its texts (docs/pbx.md)"
                log.error(what, say.language)
            voice = self._engine.voice(_UNKNOWN)
        sounds: list[bytes] = []
        for piece in say.pieces:
            if isinstance(piece, Break):
                sounds.append(tones.silence(piece.seconds))
            elif any(map(str.isalnum, piece.text)):
                words = aloud(say.language, piece.text)
                spoken = self._engine.speak(words, voice, pace=min(piece.rate, 1.0))
                sounds.append(_bytes(fit(joined([spoken], 0), "wav")))
        return b"".join(sounds)

    def _cached_or_made(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return a sound from the cache, or make it in one thread while others wait for it."""
        with self._lock:
            if key in self._cached:
                self._cached.move_to_end(key)
                return self._cached[key]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._cached:
                    return self._cached[key]
            try:
                sound = make()
            finally:
                with self._lock:
                    self._making.pop(key, None)
            self._store(key, sound)
            return sound

    def _store(self, key: Hashable, sound: bytes) -> None:
        with self._lock:
            self._cached[key] = sound
            self._size += len(sound)
            while self._size > CACHE_BYTES:
                _, oldest = self._cached.popitem(last=False)
                self._size -= len(oldest)


def fetch_file(url: str) -> bytes:
    """Return a file of the line. Raises SpeechError if it cannot be fetched or is too large."""
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
