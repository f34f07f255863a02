"""The models of the kinds of node that a call graph is made of.

A node names prompts by their ids in a language's words, and other nodes by their ids in the graph.
What a call does at a node of each kind stands in `ivr/dialog/nodes`.
"""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from ivr.strict_model import StrictModel

NodeId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
PromptId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]*$")]
ChoiceKey = Literal["1", "2", "3", "4", "5"]


class Choice(StrictModel):
    """A choice of a menu: in YAML the id of a node, or a mapping.

    `connect` skips a transfer's offer and dials at once. `say` is the prompt with the task, by
    default `to.<node>`. `key` is fixed by the operator, or the next one that is free.
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
        """The id of the prompt with the task, like "To hear the warning signs"."""
        return self.say or f"to.{self.to}"


class ReachedQuestion(StrictModel):
    """What a caller is asked after a long transfer: whether they reached a person, yes or no."""

    ask: PromptId
    yes: PromptId
    no: PromptId


class Opening(StrictModel):
    """The first words: the 911 warning and the choice of language, in every language."""

    kind: Literal["opening"]
    warn: PromptId
    then: NodeId


class Menu(StrictModel):
    """Choices on the keys 1 to 5. `first` is said once, on the way in from the opening.

    If `alert` is set, the operators are alerted at once when a caller chooses this menu.
    """

    kind: Literal["menu"]
    first: tuple[PromptId, ...] = ()
    say: tuple[PromptId, ...] = ()
    choices: tuple[Choice, ...] = Field(min_length=1, max_length=5)
    alert: bool = False


class Talk(StrictModel):
    """Steps that follow each other by themselves; a caller can go on, back, or hear one again.

    Its steps are its own, or those of other talks (`of`). It ends in choices or in a node.
    """

    kind: Literal["talk"]
    steps: tuple[PromptId, ...] = ()
    of: tuple[NodeId, ...] = ()
    choices: tuple[Choice, ...] = Field(default=(), max_length=5)
    then: NodeId | None = None


class Check(StrictModel):
    """A guided check: each step of the talks `of` is asked: 1 is yes, 2 no, 3 not sure, 4 stops.

    The result is how many yeses there were; the caller can hear which, and then goes on to `then`.
    """

    kind: Literal["check"]
    intro: tuple[PromptId, ...] = ()
    of: tuple[NodeId, ...] = Field(min_length=1)
    then: NodeId


class Transfer(StrictModel):
    """A destination: a call to it, its number, what it is. If it fails, `next` is offered first.

    `warn` is what a caller must know before this destination rings: it is said at once, keys do not
    interrupt it, no text message lists the number, and a failed call elsewhere never leads on to a
    call to it, but to its node.
    """

    kind: Literal["transfer"]
    destination: NodeId
    warn: tuple[PromptId, ...] = ()
    say: tuple[PromptId, ...] = ()
    next: NodeId | None = None


class Agency(StrictModel):
    """The agency's own people. While the office is closed, `closed` is said and `next` offered.

    If nobody can be rung, or nobody answers, `voicemail` is offered.
    """

    kind: Literal["agency"]
    open: tuple[PromptId, ...] = ()
    closed: tuple[PromptId, ...] = Field(min_length=1)
    next: NodeId | None = None
    voicemail: NodeId | None = None


class Voicemail(StrictModel):
    """A message for the agency. It is only recorded after the caller has said yes by a key."""

    kind: Literal["voicemail"]
    say: tuple[PromptId, ...] = ()


class Text(StrictModel):
    """The numbers as a text message to the caller's telephone, after a yes by a key."""

    kind: Literal["text"]


class Emergency(StrictModel):
    """911 (docs/architecture.md, rule 6)."""

    kind: Literal["emergency"]


class Goodbye(StrictModel):
    """The last words, which have the hotline's number. Then the line hangs up."""

    kind: Literal["goodbye"]
    say: tuple[PromptId, ...] = Field(min_length=1)


Node = Opening | Menu | Talk | Check | Transfer | Agency | Voicemail | Text | Emergency | Goodbye


def choices(node: Node) -> tuple[Choice, ...]:
    """Return the choices that a node itself offers on the keys 1 to 5."""
    return node.choices if isinstance(node, Menu | Talk) else ()
