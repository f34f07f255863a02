"""The engines that can speak, by name. Light to import: an engine is loaded when it is first used.

To add one, write a class that fits `ivr.speech.engines.engine.Engine`, and add its row here.
"""

from collections.abc import Mapping
from typing import NamedTuple


class EngineSpec(NamedTuple):
    """Where the class of an engine is, and whether it is made with the folder of the models."""

    module: str
    class_name: str
    needs_models: bool = False


ENGINES: Mapping[str, EngineSpec] = {
    "pico": EngineSpec("ivr.speech.engines.pico", "Pico"),
    "kokoro": EngineSpec("ivr.speech.engines.kokoro", "Kokoro", needs_models=True),
    "piper": EngineSpec("ivr.speech.engines.piper", "Piper", needs_models=True),
    "gtts": EngineSpec("ivr.speech.engines.gtts", "Google"),
    "espeak-ng": EngineSpec("ivr.speech.engines.espeak", "Espeak"),
}
"""The engines by the name that `ivr audio render --engine` takes; the first one is the default."""
