"""Kokoro: a neural voice of 82 million parameters that needs no network.

Its files are in the folder of models: `kokoro/model.onnx`, and one file for each voice, as its
makers publish them, `kokoro/voices/af_heart.bin`. docs/voices.md says how to get them.
"""

import tempfile
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ivr.errors import SpeechError, require
from ivr.speech.clip_key import DIGITS
from ivr.speech.sound import Sound, slowed

_VOICES = {"en": "af_heart", "es": "ef_dora", "fr": "ff_siwis", "it": "if_sara", "pt": "pf_dora"}
_SPOKEN = {
    "a": "en-us",
    "b": "en-gb",
    "e": "es-419",
    "f": "fr-fr",
    "h": "hi",
    "i": "it",
    "p": "pt-br",
}
"""The language of a voice's phonemes, by the voice's first letter; Spanish is Latin American."""

_PACES = {"a": 0.62, "b": 0.62, "e": 0.69}
_PACE = 0.69
"""Pace by a voice's first letter, for 120 to 145 words a minute (docs/requirements.md, R6).

Kokoro speaks at its own pace and is slowed down afterwards: if it is asked to speak slowly, it
begins with a stray sound, and "seven" is heard as "a seven".
"""

_DIGITS_PACE = 0.8
"""Pace of Spanish digits in a row: at a slower one, "ocho" is heard as "bocho".

They are separated by semicolons, "ocho; ocho; ocho", so that the pauses keep repeats apart.
"""

_ONSET_SECONDS = 0.09
"""Seconds over which the start of a vowel is faded in."""

_REMEMBERED = 64
"""Texts whose sound is cached: at another pace they are only slowed down differently."""


class Kokoro:
    """Kokoro, through kokoro-onnx."""

    name = "kokoro"
    workers = 2
    any_pace = True
    settings = "paces 3"

    def __init__(self, models: Path) -> None:
        self._folder = models / "kokoro"
        self._spoken = lru_cache(_REMEMBERED)(self._natural)

    def voice(self, language: str) -> str:
        return _VOICES.get(language.partition("-")[0], "")

    def speak(self, text: str, voice: str, *, pace: float = 1.0) -> Sound:
        """Return a text as speech. Raises SpeechError if the model or the voice is missing."""
        spoken = _SPOKEN.get(voice[:1], "")
        path = self._folder / "voices" / f"{voice}.bin"
        if not spoken or not path.is_file():
            raise SpeechError(f'kokoro has no voice "{voice}": {path} is missing (docs/voices.md)')
        digits = text.rstrip(".").split(", ")
        if spoken == _SPOKEN["e"] and set(digits) <= set(DIGITS["es"]):
            sound = self._spoken("; ".join(digits) + ".", path, spoken)
            return slowed(_softened(sound) if text[0] in "ou" else sound, _DIGITS_PACE)
        return slowed(self._spoken(text, path, spoken), _PACES.get(voice[0], _PACE) * pace)

    def _natural(self, text: str, path: Path, spoken: str) -> Sound:
        """Return a text at the voice's natural pace."""
        style = np.fromfile(path, np.float32).reshape(-1, 1, 256)
        samples, rate = self._model.create(text, voice=style, lang=spoken)
        return Sound(np.asarray(samples, np.float32).reshape(-1), int(rate))

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 a library without types
        require("kokoro", ["kokoro_onnx"])
        from kokoro_onnx import Kokoro as Model
        from onnxruntime import InferenceSession, SessionOptions

        model = self._folder / "model.onnx"
        if not model.is_file():
            raise SpeechError(
                f"kokoro's model {model} is missing: docs/voices.md says how to get it"
            )
        options = SessionOptions()
        options.intra_op_num_threads = 1  # two clips at once are faster than two threads for one
        with tempfile.TemporaryDirectory() as folder:
            # The library insists on a file of voices, although `create` gets the voice itself.
            voices = Path(folder) / "voices.npz"
            np.savez(voices, none=np.zeros(1, np.float32))
            return Model.from_session(
                InferenceSession(str(model), options, ["CPUExecutionProvider"]), str(voices)
            )


def _softened(sound: Sound) -> Sound:
    """Return a sound without the burst at its start, which is heard as a consonant."""
    level = np.abs(sound.samples)
    samples = sound.samples[int(np.argmax(level > level.max() * 0.05)) :].copy()
    onset = min(int(_ONSET_SECONDS * sound.rate), len(samples))
    samples[:onset] *= np.sin(np.linspace(0, np.pi / 2, onset, dtype=np.float32)) ** 2
    return Sound(samples, sound.rate)
