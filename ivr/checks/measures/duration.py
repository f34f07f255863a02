"""How long words take to say: an estimate, for the checks that count seconds.

Words at the language's `words_per_minute` (line.yaml), each digit as a word of its own, half a
second for each "…", and the gap that the line leaves after each prompt. Slow speech is 80 % as
fast and pauses longer. A voice differs from this by a tenth or so; a recorded clip can be measured.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ivr.checks.measures.prompt_in_context import heard
from ivr.dialog import Spoken, Turn
from ivr.dialog.prompts import PAUSE
from ivr.readability.formulas import words
from ivr.script.model import Script
from ivr.script.required_prompts import required_prompts
from ivr.twiml import voice as twiml

_SLOWER = 100 / float(twiml.SLOW_RATE.rstrip("%"))


@dataclass(frozen=True)
class Length:
    """How long a prompt is: the words of its text, and seconds by language."""

    prompt: str
    words: Mapping[str, int]
    seconds: Mapping[str, float]


def lengths(script: Script) -> Iterator[Length]:
    """Yield how long each prompt is that the line says, in the order of the default language."""
    needed = required_prompts(script.graph, script.line.destinations)
    for prompt in script.words[script.line.default_language].prompts:
        if prompt in needed:
            said = {language: heard(script, language, prompt) for language in script.words}
            yield Length(
                prompt,
                {language: len(words(spoken.text)) for language, spoken in said.items()},
                {language: seconds(script, spoken) for language, spoken in said.items()},
            )


def seconds(script: Script, spoken: Spoken) -> float:
    """Return how long it takes to say a prompt, with the gap behind it."""
    rate = script.line.languages[spoken.language].words_per_minute / 60
    talking = len(words(spoken.text)) / rate * (_SLOWER if spoken.slow else 1)
    pause = twiml.SLOW_PAUSE_MS if spoken.slow else twiml.PAUSE_MS
    gap = twiml.SLOW_BETWEEN_MS if spoken.slow else twiml.BETWEEN_MS
    return talking + (spoken.text.count(PAUSE) * pause + gap) / 1000


def turn_seconds(script: Script, turn: Turn) -> float:
    """Return how long a turn talks; what it then waits or rings for comes on top."""
    return sum(seconds(script, said) for said in turn.must + turn.may)
