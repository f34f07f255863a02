"""SVOX Pico: eight megabytes, no network, no model to fetch; a plain, clear voice."""

from threading import Lock

import numpy as np

from ivr.errors import SpeechError, require
from ivr.speech.sound import Sound

_RATE = 16000
_VOICES = {"en": "en-US", "es": "es-ES", "fr": "fr-FR", "de": "de-DE", "it": "it-IT"}
_SPEEDS = {"en": 0.7, "es": 0.8}
_SPEED = 0.8
"""Speed for other languages, for 120 to 145 words a minute (docs/requirements.md, R6)."""


class Pico:
    """Pico, through py-nanotts. It has one voice for each language."""

    name = "pico"
    workers = 4
    any_pace = True
    settings = "speeds 2"

    def __init__(self) -> None:
        self._one_at_a_time = Lock()

    def voice(self, language: str) -> str:
        return _VOICES.get(language.partition("-")[0], "")

    def speak(self, text: str, voice: str, *, pace: float = 1.0) -> Sound:
        require("pico", ["py_nanotts"])
        from py_nanotts import NanoTTS

        if voice not in {*_VOICES.values(), "en-GB"}:
            listed = ", ".join(sorted({*_VOICES.values(), "en-GB"}))
            raise SpeechError(f'pico has no voice "{voice}": it has {listed}')
        speed = _SPEEDS.get(voice[:2], _SPEED) * pace
        with self._one_at_a_time:
            raw = NanoTTS().speak(text, voice=voice, speed=speed)
        # Its loudest samples are at full scale: halved, they can be resampled without clipping.
        return Sound(np.frombuffer(raw, "<i2").astype(np.float32) / np.float32(65536), _RATE)
