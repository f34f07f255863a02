"""The intents of the Alexa skill: what each means, and the phrases that ask for it.

Alexa has intents of its own for what every skill knows; the phrases of the line are added to those.
The place of a choice is no matter, so each node that can be asked for has one intent.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from ivr.script.model import Script
from ivr.skill.meaning import HELP, HOME, NOTHING, choices_of, phrases

BUILT_IN: Final[Mapping[str, str]] = {
    "AMAZON.YesIntent": "yes",
    "AMAZON.NoIntent": "no",
    "AMAZON.NextIntent": "next",
    "AMAZON.PreviousIntent": "back",
    "AMAZON.RepeatIntent": "again",
    "AMAZON.HelpIntent": HELP,
    "AMAZON.StopIntent": "stop",
    "AMAZON.CancelIntent": "stop",
    "AMAZON.NavigateHomeIntent": HOME,
    "AMAZON.StartOverIntent": HOME,
    "AMAZON.FallbackIntent": NOTHING,
}
"""Alexa's own intents, with their meanings
(https://developer.amazon.com/docs/alexa/custom-skills/standard-built-in-intents.html)."""

OWN: Final[Mapping[str, str]] = {
    "PersonIntent": "person",
    "EmergencyIntent": "emergency",
    "NumberIntent": "number",
    "OtherIntent": "other",
    "PaceIntent": "pace",
}
"""The line's own commands."""

_HELP_WORDS: Final = frozenset({"help", "ayuda"})
"""What Alexa's intent for help is asked by; there it leads to a number, too."""

_BY_MEANING: Final = {
    meaning: name for name, meaning in reversed([*BUILT_IN.items(), *OWN.items()])
}


@lru_cache(maxsize=8)
def meanings(script: Script) -> Mapping[str, str]:
    """Return every intent of a skill → its meaning."""
    chosen = {_intent_name(choice): choice for choice in choices_of(script)}
    return {**BUILT_IN, **OWN, **chosen}


def samples(script: Script, language: str) -> Mapping[str, tuple[str, ...]]:
    """Return every intent → the phrases that ask for it, as Alexa takes them.

    A phrase that two names under `speech:` have stands in both intents, which
    `ivr.checks.speaker` reports.
    """
    speech = script.words[language].speech
    by_intent: dict[str, dict[str, None]] = {name: {} for name in meanings(script)}
    for phrase, meaning in phrases(script, language):
        name = _BY_MEANING.get(meaning) or _intent_name(meaning)
        # Each digit is its word in `speech:`, as Alexa wants it: nine one one.
        words = re.sub(r"\d", lambda digit: f" {(*speech.get(digit[0], ()), '')[0]} ", phrase)
        text = sample(words)
        if text and text not in _HELP_WORDS:
            by_intent[name][text] = None
    return {name: tuple(its_samples) for name, its_samples in by_intent.items()}


def sample(phrase: str) -> str:
    """Return a phrase as a sample utterance: small letters, without other signs than - ' and ."""
    return " ".join(re.sub(r"[^\w\s'.-]|_", " ", phrase.lower()).split())


def _intent_name(meaning: str) -> str:
    """Return the intent of a choice: GoSignsPeople for "to.signs-people"; digits become letters."""
    parts = re.split(r"[^a-z0-9]+", meaning.removeprefix("to."))
    letters = "".join(part.capitalize() for part in parts)
    return "Go" + re.sub(r"\d", lambda digit: "ABCDEFGHIJ"[int(digit[0])], letters)
