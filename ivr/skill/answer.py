"""An answer of the skill: what it says, also to silence, and whether it ends the session."""

from dataclasses import dataclass
from typing import Literal

from ivr.dialog import Place, Spoken

Service = Literal["alexa", "wyoming"]
"""The assistant that speaks the words: each keeps what is said elsewhere, and calls otherwise."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said next, and at which place of the script the caller then is.

    `reprompt` is said to a caller who does not answer; then the assistant ends the session.
    """

    place: Place
    words: tuple[Spoken, ...]
    reprompt: tuple[Spoken, ...] = ()
    ends: bool = False
