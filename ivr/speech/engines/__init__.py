"""The engines that can speak, by name. Light to import: an engine is loaded when it is first used.

To add one, write a class that fits `ivr.speech.engines.engine.Engine`, and add its row here.
"""

from collections.abc import Mapping

ENGINES: Mapping[str, tuple[str, str]] = {
    "pico": ("pico", "Pico"),
    "kokoro": ("kokoro", "Kokoro"),
    "piper": ("piper", "Piper"),
    "gtts": ("gtts", "Google"),
    "espeak-ng": ("espeak", "Espeak"),
}
"""The engines by the name that `ivr audio render --engine` takes: module here, and class.

The first one is the default.
"""

NEURAL = frozenset({"kokoro", "piper"})
"""Those that are made with the folder of the models."""
