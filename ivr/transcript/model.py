"""What a transcript consists of: sections of blocks, blocks of utterances with their length."""

import re
from dataclasses import dataclass

from ivr.checks.measures.duration import seconds
from ivr.checks.measures.limits import GRADE, INFLESZ, SCORED_WORDS
from ivr.dialog import Spoken, Turn
from ivr.readability.formulas import flesch_kincaid, inflesz
from ivr.readability.writing import words
from ivr.script.model import Script


@dataclass(frozen=True)
class Utterance:
    """One prompt of a block. `uncut`: no key cuts it short. `seconds` is an estimate."""

    spoken: Spoken
    uncut: bool
    seconds: float

    @property
    def is_choice(self) -> bool:
        """Whether it offers a key: what instructs is printed otherwise than what informs."""
        return self.spoken.prompt.startswith(("to.", "transfer.", "check.", "talk.")) and (
            self.spoken.prompt not in _NO_CHOICE
        )


_NO_CHOICE = frozenset(
    {f"transfer.{end}" for end in ("number", "connecting", "completed", "busy", "no-answer")}
    | {"transfer.failed", "check.intro", "check.none", "check.one", "check.some"}
)


@dataclass(frozen=True)
class Block:
    """What the line says in one go, at a moment that `title` names; or a voice assistant says."""

    title: str
    utterances: tuple[Utterance, ...]
    note: str = ""
    on_speaker: bool = False

    @property
    def seconds(self) -> float:
        """How long the block takes to say, an estimate."""
        return sum(utterance.seconds for utterance in self.utterances)


@dataclass(frozen=True)
class Section:
    """A part of the transcript. `node` is its node, "" if it belongs to no single one."""

    title: str
    node: str
    blocks: tuple[Block, ...]
    note: str = ""


@dataclass(frozen=True)
class Grade:
    """How hard words are to understand: the measure's name, its score, whether it is in limits.

    A school grade rises with difficulty; INFLESZ falls.
    """

    measure: str
    score: float
    good: bool

    def __str__(self) -> str:
        return f"{self.measure} {self.score:.1f}"


def utterances(script: Script, turn: Turn) -> tuple[Utterance, ...]:
    """Return a turn's prompts in the order in which a caller hears them."""
    uncut = [Utterance(words, True, seconds(script, words)) for words in turn.must]
    return (*uncut, *(Utterance(words, False, seconds(script, words)) for words in turn.may))


def grade(script: Script, language: str, block: Block) -> Grade | None:
    """Return how hard a block's own words are; None if they are too few, or not measured.

    Choices are left out: "To go back, press star" is easy, and would hide what is not. A blank
    counts as a short word, as in the check of the reading level.
    """
    spoken = (u.spoken for u in block.utterances if not u.is_choice)
    prompts = dict.fromkeys(words.prompt for words in spoken if words.language == language)
    source = script.on_speaker if block.on_speaker else script
    text = " ".join(re.sub(r"\{\w+\}", "it", source.text(language, prompt)) for prompt in prompts)
    if len(words(text)) < SCORED_WORDS:
        return None
    match language.partition("-")[0]:
        case "en":
            score = flesch_kincaid(text)
            return Grade("grade", score, score <= GRADE)
        case "es":
            score = inflesz(text)
            return Grade("INFLESZ", score, score >= INFLESZ)
        case _:
            return None
