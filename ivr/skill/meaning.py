"""What a caller can mean, and which words mean it: the names under `speech:` in a language's file.

A meaning is a command, such as "next", or "to.<node>" for a choice of any menu: on a speaker a
caller may ask for a node wherever they are.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from ivr.dialog.node_kind import Phrase
from ivr.dialog.speech_match import Vocabulary, match
from ivr.script.model import EMERGENCY_NUMBER, Script
from ivr.script.nodes import Agency, Menu, Talk, Transfer

OPEN: Final = "open"
"""The skill was opened, and nothing else was said."""

HELP: Final = "help"
HOME: Final = "home"
NOTHING: Final = "nothing"
"""Words that mean nothing here."""

COMMANDS: Final[Mapping[str, str]] = {
    **{name: name for name in ("yes", "no", "next", "back", "again", "stop", "pace", "other")},
    "hear": "number",
    "connect": "number",
    "person": "person",
    "emergency": "emergency",
    EMERGENCY_NUMBER: "emergency",
}
"""The names under `speech:` that are no choices, each with its meaning on a speaker."""

MEANINGS: Final = (*dict.fromkeys(COMMANDS.values()), OPEN, HELP, HOME, NOTHING)
"""All meanings but the choices."""


def is_offered(script: Script, node_id: str) -> bool:
    """Return whether a speaker leads callers to a node.

    Left out are 911 as a choice, messages and texts, which need a telephone, and the check of
    signs, whose answers the assistant would keep.
    """
    leads = isinstance(script.node(node_id), Menu | Talk | Transfer | Agency)
    return leads and script.is_offered(node_id)


def tasks(script: Script) -> Mapping[str, str]:
    """Return the task of every choice that is offered on a speaker → the node it leads to."""
    choices = [
        choice
        for node in script.graph.nodes.values()
        for choice in script.choices(node).values()
        if is_offered(script, choice.to)
    ]
    return {choice.task: choice.to for choice in choices}


def phrases(script: Script, language: str) -> Iterator[tuple[str, str]]:
    """Yield every phrase that a caller may say in a language, with its meaning."""
    speech = script.words[language].speech
    for name, meaning in _meanings(script).items():
        for phrase in speech.get(name, ()):
            yield phrase, meaning


def choices_of(script: Script) -> tuple[str, ...]:
    """Return the meaning of every choice, each once."""
    return tuple(dict.fromkeys(f"to.{node}" for node in tasks(script).values()))


def understand(script: Script, language: str, words: str) -> str:
    """Return what words mean: a meaning, or NOTHING if that is in doubt."""
    return match(script, language, _vocabulary(script, language), words) or NOTHING


def _meanings(script: Script) -> Mapping[str, str]:
    return {**COMMANDS, **{task: f"to.{node}" for task, node in tasks(script).items()}}


@lru_cache(maxsize=64)
def _vocabulary(script: Script, language: str) -> Vocabulary:
    """Return all that may be said. To end a session takes the whole of the words."""
    pairs = (*phrases(script, language), (EMERGENCY_NUMBER, "emergency"))
    whole = frozenset({"stop", "emergency", "no"})
    return Vocabulary(tuple(Phrase(*pair) for pair in dict.fromkeys(pairs)), whole, "emergency")
