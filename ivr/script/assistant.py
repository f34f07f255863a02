"""assistant: in line.yaml: whether voice assistants answer with the line's words, and which."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from ivr.strict_model import StrictModel

_OPENING_WORDS = frozenset(
    {"ask", "tell", "open", "launch", "load", "begin", "start", "run", "play", "resume", "use"}
)
"""Words with which no invocation name may begin: they open a skill
(https://developer.amazon.com/docs/alexa/custom-skills/choose-the-invocation-name-for-a-custom-skill.html)."""

_RESERVED_WORDS = frozenset({"alexa", "echo", "amazon", "computer", "skill", "app"})
_FEWEST_WORDS = 2


def invocation_name(name: str) -> str:
    """Return a name by which a skill can be opened. Raises ValueError, with a remedy."""
    words = name.split()
    if not all(c.isalpha() or c in " '.-" for c in name) or name != name.lower():
        raise ValueError(
            f'"{name}" cannot be said to open a skill; write small letters and no digits'
        )
    if len(words) < _FEWEST_WORDS:
        raise ValueError(f'"{name}" is one word; an invocation name has two or more')
    taken = _RESERVED_WORDS.intersection(words) or _OPENING_WORDS.intersection(words[:1])
    if taken:
        raise ValueError(
            f'"{name}" has "{min(taken)}", which belongs to the assistant; leave it out'
        )
    return name


InvocationName = Annotated[str, AfterValidator(invocation_name)]


class Alexa(StrictModel):
    """A custom skill for Alexa.

    `skill_id` is what the developer console shows; without it no request is answered. `invocation`
    is the name by which the skill is opened, by language.
    """

    skill_id: str | None = Field(default=None, pattern=r"^amzn1\.ask\.skill\.[0-9a-f-]{8,64}$")
    invocation: Mapping[str, InvocationName] = Field(min_length=1)


class Assistant(StrictModel):
    """The voice assistants that answer with the line's words (docs/assistant.md)."""

    alexa: Alexa | None = None
    wyoming: bool = False
    """Whether `ivr skill wyoming` answers Home Assistant."""

    @model_validator(mode="after")
    def _is_for_something(self) -> "Assistant":
        if self.alexa is None and not self.wyoming:
            raise ValueError("assistant: names no assistant; write alexa: or wyoming: true")
        return self
