"""The kinds of node that a call graph is made of; few and closed, so a union and `match`.

A node says prompts (ids into a language's words) and leads on to other nodes (ids into the graph).
"""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from ivr.strict_model import StrictModel

NodeId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
PromptId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]*$")]
ChoiceKey = Literal["1", "2", "3", "4", "5"]


class Choice(StrictModel):
    """One way on from a menu. In YAML a bare node id, or a mapping.

    `connect` skips a transfer's offer and dials at once. `say` is the task in words, `to.<node>`
    when unset. `key` is fixed by the operator, or given in order of place.
    """

    to: NodeId
    say: PromptId = ""
    key: ChoiceKey | None = None
    connect: bool = False

    @model_validator(mode="before")
    @classmethod
    def _a_bare_node_is_a_choice(cls, value: object) -> object:
        return {"to": value} if isinstance(value, str) else value

    @field_validator("key", mode="before")
    @classmethod
    def _key_may_be_a_number(cls, value: object) -> object:
        return str(value) if isinstance(value, int) else value

    @property
    def task(self) -> str:
        """The prompt id of the task in words: "To hear the warning signs"."""
        return self.say or f"to.{self.to}"


class Opening(StrictModel):
    """The first words: the 911 warning and the choice of language, in every language."""

    kind: Literal["opening"]
    warn: PromptId
    then: NodeId


class Menu(StrictModel):
    """Choices on the keys 1 to 5. `first` is said once, on the way in from the opening.

    `alert` tells the operators at once that a caller has come here.
    """

    kind: Literal["menu"]
    first: tuple[PromptId, ...] = ()
    say: tuple[PromptId, ...] = ()
    choices: tuple[Choice, ...] = Field(min_length=1, max_length=5)
    alert: bool = False


class Talk(StrictModel):
    """A sequence that goes on by itself and that the caller can walk: next, back, again.

    Its steps stand here, or are those of other talks (`of`). It ends in choices or in a node.
    """

    kind: Literal["talk"]
    steps: tuple[PromptId, ...] = ()
    of: tuple[NodeId, ...] = ()
    choices: tuple[Choice, ...] = Field(default=(), max_length=5)
    then: NodeId | None = None


class Check(StrictModel):
    """A guided check: each step of the talks `of` is asked, 1 yes, 2 no, 3 not sure."""

    kind: Literal["check"]
    intro: tuple[PromptId, ...] = ()
    of: tuple[NodeId, ...] = Field(min_length=1)
    then: NodeId


class Transfer(StrictModel):
    """One destination: hear of it, hear its number, be connected; `next` is offered if it fails."""

    kind: Literal["transfer"]
    destination: NodeId
    say: tuple[PromptId, ...] = ()
    next: NodeId | None = None


class Agency(StrictModel):
    """The agency's own people: who is open is rung, who is closed says so and offers `next`.

    Where nobody can be rung, or nobody answers, `voicemail` is offered.
    """

    kind: Literal["agency"]
    open: tuple[PromptId, ...] = ()
    closed: tuple[PromptId, ...] = Field(min_length=1)
    next: NodeId | None = None
    voicemail: NodeId | None = None


class Voicemail(StrictModel):
    """A message for the agency: told that it is recorded, the caller says yes by a key first."""

    kind: Literal["voicemail"]
    say: tuple[PromptId, ...] = ()


class Text(StrictModel):
    """The numbers as a text message, to the telephone that calls, after a yes by a key."""

    kind: Literal["text"]


class Emergency(StrictModel):
    """911 (docs/architecture.md, rule 6)."""

    kind: Literal["emergency"]


class Goodbye(StrictModel):
    """Says its prompt (which holds the hotline's number) and ends the call."""

    kind: Literal["goodbye"]
    say: tuple[PromptId, ...] = Field(min_length=1)


Node = Opening | Menu | Talk | Check | Transfer | Agency | Voicemail | Text | Emergency | Goodbye


def choices(node: Node) -> tuple[Choice, ...]:
    """Return the choices that a node itself offers on the keys 1 to 5."""
    return node.choices if isinstance(node, Menu | Talk) else ()
