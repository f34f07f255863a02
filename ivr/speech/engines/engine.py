"""What an engine is, and how one is loaded by its name.

An engine gets words without pauses, digits already as words, and returns sound at any sampling
rate. It decides itself how it speaks more slowly. `ivr.speech.sound` adds pauses and
`ivr.speech.telephone` sets the loudness, alike for all engines.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from ivr.errors import SpeechError
from ivr.speech.engines import ENGINES, NEURAL
from ivr.speech.sound import Sound


class Engine(Protocol):
    """Something that speaks. Up to `workers` threads may call it at once."""

    name: str
    workers: int
    any_pace: bool
    """Whether it follows any pace, and not only a usual and a slow one."""

    @property
    def settings(self) -> str:
        """All that changes how it sounds, except the voice; part of a clip's name."""
        ...

    def voice(self, language: str) -> str:
        """Return the default voice for a language, or "" if it does not speak the language."""
        ...

    def speak(self, text: str, voice: str, *, pace: float = 1.0) -> Sound:
        """Return a text as speech, at `pace` times the usual pace.

        Raises SpeechError, in one line, for anything that goes wrong.
        """
        ...


def load_engine(name: str, models: Path) -> Engine:
    """Return the engine of a name in ENGINES; `models` is the folder of the neural models."""
    module, class_name = ENGINES[name]
    make = getattr(import_module(f"ivr.speech.engines.{module}"), class_name)
    engine: Engine = make(models) if name in NEURAL else make()
    return engine


@dataclass(frozen=True)
class Speaker:
    """An engine, and by language the voices to use in place of the engine's own choice."""

    engine: Engine
    voices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def voice(self, language: str) -> str:
        """Return the voice for a language. Raises SpeechError if the engine has none."""
        voice = self.voices.get(language) or self.engine.voice(language)
        if not voice:
            raise SpeechError(
                f'the engine {self.engine.name} does not speak "{language}": name one of its'
                f" voices with --voice {language}=…, or use another engine ({', '.join(ENGINES)})"
            )
        return voice
