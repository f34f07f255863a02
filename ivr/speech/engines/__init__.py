"""What speaks: an explicit table of engines behind one small protocol.

An engine is given words without pauses, digits already as words, and returns sound at any rate.
It knows best how it speaks more slowly. Pauses and loudness are made from what it returns
(ivr.speech.sound), alike for all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from ivr.errors import SpeechError
from ivr.speech.engines.espeak import Espeak
from ivr.speech.engines.gtts import Google
from ivr.speech.engines.kokoro import Kokoro
from ivr.speech.engines.pico import Pico
from ivr.speech.engines.piper import Piper
from ivr.speech.sound import Sound


class Engine(Protocol):
    """Something that speaks. It may be asked by `workers` threads at once."""

    name: str
    workers: int
    any_pace: bool
    """Whether it follows any pace, and not only a usual and a slow one."""

    @property
    def settings(self) -> str:
        """All that changes how it sounds, but the voice; part of a clip's name."""
        ...

    def voice(self, language: str) -> str:
        """Return the voice that speaks a language by default, "" where it does not speak it."""
        ...

    def speak(self, text: str, voice: str, *, pace: float = 1.0) -> Sound:
        """Return a text as speech, at so many times the usual pace.

        Raises SpeechError in one line for what went wrong.
        """
        ...


ENGINES: Mapping[str, Callable[[Path], Engine]] = {
    "pico": lambda models: Pico(),  # noqa: ARG005 one signature for all
    "kokoro": Kokoro,
    "piper": Piper,
    "gtts": lambda models: Google(),  # noqa: ARG005
    "espeak-ng": lambda models: Espeak(),  # noqa: ARG005
}
"""By name: makes an engine, given the folder of the models that neural ones need."""


@dataclass(frozen=True)
class Speaker:
    """An engine and the voices it is to use, by language, where not its own choice."""

    engine: Engine
    voices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def voice(self, language: str) -> str:
        """Return the voice for a language. Raises SpeechError where the engine has none."""
        voice = self.voices.get(language) or self.engine.voice(language)
        if not voice:
            raise SpeechError(
                f'the engine {self.engine.name} does not speak "{language}": name a voice of it'
                f" with --voice {language}=…, or take another engine ({', '.join(ENGINES)})"
            )
        return voice


__all__ = ["ENGINES", "Engine", "Speaker"]
