"""A block of the sheet: what a caller hears in one go, how long it takes and how hard it is."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ivr.checks.measures.duration import seconds
from ivr.checks.measures.limits import GRADE, INFLESZ, SCORED_WORDS
from ivr.dialog import Spoken, Turn
from ivr.readability.formulas import flesch_kincaid, inflesz, words
from ivr.script.model import Script


@dataclass(frozen=True)
class Said:
    """One prompt of a block. `whole`: no key cuts it short. `seconds` is an estimate."""

    spoken: Spoken
    whole: bool
    seconds: float

    @property
    def is_choice(self) -> bool:
        """Tell whether it offers a key, so that what informs can be told from what instructs."""
        return self.spoken.prompt.startswith(("to.", "transfer.", "check.", "talk.")) and (
            self.spoken.prompt not in _NO_CHOICE
        )


_NO_CHOICE = frozenset(
    {f"transfer.{end}" for end in ("number", "connecting", "completed", "busy", "no-answer")}
    | {"transfer.failed", "check.intro", "check.none", "check.one", "check.some"}
)


@dataclass(frozen=True)
class Block:
    """What is said without a pause for an answer, at a moment that `title` names."""

    title: str
    said: tuple[Said, ...]
    note: str = ""

    @property
    def seconds(self) -> float:
        """How long the block takes to say, an estimate."""
        return sum(said.seconds for said in self.said)


@dataclass(frozen=True)
class Grade:
    """How hard words are to take in: the measure's name, its score, and whether that is in limits.

    The grade counts upwards to hard, INFLESZ upwards to easy.
    """

    measure: str
    score: float
    good: bool

    def __str__(self) -> str:
        return f"{self.measure} {self.score:.1f}"


def block(script: Script, title: str, turn: Turn, note: str = "") -> Block:
    """Return all that a turn says, as a block."""
    return Block(title, said(script, turn), note)


def said(script: Script, turn: Turn) -> tuple[Said, ...]:
    """Return a turn's prompts in the order in which they are heard."""
    whole = [Said(words, True, seconds(script, words)) for words in turn.must]
    return (*whole, *(Said(words, False, seconds(script, words)) for words in turn.may))


def grade(script: Script, language: str, told: Block) -> Grade | None:
    """Return how hard a block's own words are; None where they are too few, or not measured.

    Choices are left out: "To go back, press star" is easy, and would hide what is not. Blanks
    count as a short word, as in the check of the reading level.
    """
    measure = _MEASURES.get(language.partition("-")[0])
    own = [s.spoken.prompt for s in told.said if not s.is_choice and s.spoken.language == language]
    raw = [re.sub(r"\{\w+\}", "it", script.text(language, prompt)) for prompt in dict.fromkeys(own)]
    text = " ".join(raw)
    return measure(text) if measure and len(words(text)) >= SCORED_WORDS else None


def _english(text: str) -> Grade:
    score = flesch_kincaid(text)
    return Grade("grade", score, score <= GRADE)


def _spanish(text: str) -> Grade:
    score = inflesz(text)
    return Grade("INFLESZ", score, score >= INFLESZ)


_MEASURES: Final[Mapping[str, Callable[[str], Grade]]] = MappingProxyType(
    {"en": _english, "es": _spanish}
)
