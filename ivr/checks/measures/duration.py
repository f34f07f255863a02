"""How long words take to say: an estimate, for the checks that count seconds.

Words count at the language's `words_per_minute` (line.yaml), each digit as a word. Scripts without
spaces between words count by their characters, at `characters_per_minute`. Half a second comes on
top for each "…", and the gap that the line leaves after each prompt. Slow speech is 80 % as fast
and pauses longer. A voice differs from this by about a tenth; a recorded clip can be measured.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ivr.dialog import Place, Spoken, Turn
from ivr.dialog.prompts import PAUSE, spoken
from ivr.readability.writing import characters, words
from ivr.script.line import Language
from ivr.script.model import Script
from ivr.script.nodes import Transfer
from ivr.script.required_prompts import required_prompts
from ivr.script.system_prompts import OWN_BLANKS
from ivr.twiml import voice as twiml

_SLOWER = 100 / float(twiml.SLOW_RATE.rstrip("%"))


@dataclass(frozen=True)
class Length:
    """How long a prompt is: its words (or characters, in scripts without spaces) and seconds.

    Both are by language.
    """

    prompt: str
    words: Mapping[str, int]
    seconds: Mapping[str, float]


def in_context(script: Script, language: str, prompt: str) -> Spoken:
    """Return a prompt as a caller hears it: at the first transfer that says it, or at the menu.

    Its numbers and names are filled in.
    """
    for node_id, node in script.graph.nodes.items():
        if isinstance(node, Transfer) and prompt in node.say:
            return spoken(script, Place(language, node_id), prompt)
    home = Place(language, script.graph.home)
    filled_by_others: dict[str, Any] = dict.fromkeys(OWN_BLANKS.get(prompt, ()), "")
    return spoken(script, home, prompt, **filled_by_others)


def lengths(script: Script) -> Iterator[Length]:
    """Yield the length of each prompt that the line says, in the order of the default language."""
    required = required_prompts(script.graph, script.line.destinations)
    for prompt in script.words[script.line.default_language].prompts:
        if prompt in required:
            by_language = {code: in_context(script, code, prompt) for code in script.words}
            yield Length(
                prompt,
                {code: _count(speech.text) for code, speech in by_language.items()},
                {code: seconds(script, speech) for code, speech in by_language.items()},
            )


def _count(text: str) -> int:
    return len(words(text)) + len(characters(text))


def seconds(script: Script, speech: Spoken) -> float:
    """Return how many seconds it takes to say a prompt, with the gap after it."""
    language = script.line.languages[speech.language]
    talking = talking_seconds(language, speech.text) * (_SLOWER if speech.slow else 1)
    pause = twiml.SLOW_PAUSE_MS if speech.slow else twiml.PAUSE_MS
    gap = twiml.SLOW_BETWEEN_MS if speech.slow else twiml.BETWEEN_MS
    return talking + (speech.text.count(PAUSE) * pause + gap) / 1000


def talking_seconds(language: Language, text: str) -> float:
    """Return how many seconds a text takes at the usual pace, without its pauses."""
    by_words = len(words(text)) / language.words_per_minute
    return 60 * (by_words + len(characters(text)) / language.characters_per_minute)


def turn_seconds(script: Script, turn: Turn) -> float:
    """Return how many seconds a turn talks; waiting and ringing come on top."""
    return sum(seconds(script, speech) for speech in turn.must + turn.may)
