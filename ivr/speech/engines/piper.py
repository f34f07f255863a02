"""Piper: neural voices that need no network, from `piper/<voice>.onnx` in the folder of models."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ivr.errors import SpeechError, require
from ivr.speech.sound import Sound


class Piper:
    """Piper, through piper-tts. The default voice of a language is the first by name."""

    name = "piper"
    workers = 1
    any_pace = True
    settings = "length 1.2"

    def __init__(self, models: Path) -> None:
        self._folder = models / "piper"

    def voice(self, language: str) -> str:
        """Return the first voice for a language: its file begins with the language's code."""
        own = language.partition("-")[0]
        return min((path.stem for path in self._folder.glob(f"{own}[_-]*.onnx")), default="")

    def speak(self, text: str, voice: str, *, pace: float = 1.0) -> Sound:
        """Return a text as speech. Raises ExtraError without Piper, SpeechError without a voice."""
        require("piper", ["piper"])
        path = self._folder / f"{voice}.onnx"
        if not path.is_file():
            raise SpeechError(f"piper's voice {path} is missing (docs/voices.md)")
        from piper import SynthesisConfig

        asked = SynthesisConfig(length_scale=1.2 / pace)
        chunks = list(_loaded(path).synthesize(text, asked))
        samples = np.concatenate([chunk.audio_float_array for chunk in chunks])
        return Sound(samples.astype(np.float32), int(chunks[0].sample_rate))


@cache
def _loaded(path: Path) -> Any:  # noqa: ANN401 an optional library
    from piper import PiperVoice

    return PiperVoice.load(path)
