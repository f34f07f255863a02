"""What a voice assistant says in place of the phone's words, and besides them.

The file `speaker.<language>.yaml` beside a language's file has them. It is read if line.yaml has
`assistant:`. Other prompts are those of the phone.
"""

from types import MappingProxyType
from typing import Final

SPEAKER_PHRASES: Final = MappingProxyType(
    {
        # The first words, before anything that tells what this is about.
        "speaker.room-alexa": (),
        "speaker.room-wyoming": ("number",),
        "speaker.waiting-first": ("number",),
        "speaker.stopped-first": (),
        # A number, and how it is called from where the caller is.
        "speaker.call-alexa": (),
        "speaker.call-wyoming": (),
        # Silence, and the end.
        "speaker.waiting": ("number",),
        "speaker.stopped": ("number",),
        "to.stop": (),
    }
)
"""Prompt → the blanks that it must have: what a speaker says and a phone does not."""

REPLACED: Final = MappingProxyType(
    {
        "opening.danger": (),
        "choice": ("task", "words"),
        "help": (),
        "to.person": (),
        "nomatch.2": (),
        "nomatch.3": (),
        "pace.slow": (),
        "emergency.off": (),
        "lifeboat": ("number",),
    }
)
"""Prompt → its blanks on a speaker: what names keys or a telephone in the phone's words."""

SPEAKER_BLANKS: Final = MappingProxyType({**SPEAKER_PHRASES, **REPLACED})
"""All that a language needs for a speaker. Its file may replace further prompts."""
