"""The phone script as frozen values: its call graph, its words, and all of it together.

A `Script` that `load` returned is whole: every node that it names exists, and every language has
every prompt. Code that has one need not check that again.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Literal, cast

from pydantic import Field, field_validator

from ivr.schedule.duty import Schedule
from ivr.schedule.on_call import Calendar
from ivr.script.extra import Extra
from ivr.script.graph import Edge, edges
from ivr.script.line import Destination, LanguageCode, Line
from ivr.script.nodes import (
    Agency,
    Choice,
    Node,
    NodeId,
    PromptId,
    ReachedQuestion,
    Talk,
    Text,
    Transfer,
    Voicemail,
    choices,
)
from ivr.script.plural import Form, form_of
from ivr.script.spoken_text import SpokenText
from ivr.strict_model import StrictModel

EMERGENCY_NUMBER = "911"
"""The number for emergencies, which is the same in all of the US."""

NEXT_KEY, VOICEMAIL_KEY = "3", "4"
"""The keys for the next destination and for a message, at a transfer and at the agency."""


class Graph(StrictModel):
    """menu.yaml: the call graph, language-free."""

    start: NodeId
    home: NodeId
    person: NodeId
    emergency: NodeId
    goodbye: NodeId
    text: NodeId | None = None
    reached: ReachedQuestion | None = None
    """Asked after a transfer that lasted; None: nobody is asked."""
    nodes: dict[NodeId, Annotated[Node, Field(discriminator="kind")]]

    @property
    def hotline(self) -> str:
        """The destination that 0 rings; "" if `person` is no transfer, which `load` reports."""
        person = self.nodes.get(self.person)
        return person.destination if isinstance(person, Transfer) else ""


class Prompt(StrictModel):
    """A text in one language.

    Of a translation, `of` is the digest of the source text. `state` says whether a machine or a
    person made it, or who has reviewed it (`by`) on which day (`on`). `forms` are the plural forms
    of a text that counts something; `text` is that of all other numbers (ivr.script.plural).
    """

    text: SpokenText = Field(min_length=1)
    forms: Mapping[Form, SpokenText] = Field(default_factory=dict)
    of: str | None = Field(default=None, pattern=r"^[0-9a-f]{8}$")
    state: Literal["machine", "draft", "reviewed"] = "draft"
    by: str | None = Field(default=None, min_length=1)
    on: dt.date | None = None

    @property
    def is_reviewed(self) -> bool:
        """Whether a person has reviewed it and vouches for it by name and day."""
        return self.state == "reviewed" and self.by is not None and self.on is not None


class Words(StrictModel):
    """A language's file: its prompts, and the words that a caller may say instead of a key."""

    prompts: dict[PromptId, Prompt]
    speech: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @field_validator("prompts", mode="before")
    @classmethod
    def _plain_text_is_a_prompt(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {k: {"text": v} if isinstance(v, str) else v for k, v in value.items()}

    def every_text(self) -> Iterator[tuple[PromptId, str]]:
        """Yield each text with its prompt, and its plural forms as texts of their own."""
        for id_, prompt in self.prompts.items():
            yield id_, prompt.text
            for text in prompt.forms.values():
                yield id_, text


@dataclass(frozen=True, eq=False)
class Script:
    """A whole phone script, made by `ivr.script.load`, which checks its references."""

    line: Line
    graph: Graph
    words: Mapping[LanguageCode, Words]
    calendar: Calendar | None = None
    speaker: Mapping[LanguageCode, Words] = field(default_factory=dict)
    """What a voice assistant says in place of the phone's words; empty if it says the same."""
    bridges: Mapping[LanguageCode, Words] = field(default_factory=dict)
    """The few texts of each language of the tier `bridge`."""
    extras: Mapping[str, Extra] = field(default_factory=dict)
    """The extras that are merged into it, by name (ivr.script.merge)."""

    @property
    def every_words(self) -> Mapping[LanguageCode, Words]:
        """The words of all languages that callers hear, whatever their tier."""
        return {**self.words, **self.bridges}

    def has_text(self, language: str, prompt: str) -> bool:
        """Return whether a language has a text; those of the tier `bridge` lack most."""
        return language in self.words or prompt in self.bridges[language].prompts

    @property
    def hotline(self) -> Destination:
        """The destination that 0 rings."""
        return self.line.destinations[self.graph.hotline]

    @cached_property
    def on_speaker(self) -> "Script":
        """The same script in the words of a voice assistant, for what is said and understood.

        What a caller may say on a phone is understood, too; the speaker's own phrases come first.
        """
        words = {}
        for code, phone in self.words.items():
            own = self.speaker.get(code, Words(prompts={}))
            speech = {
                name: tuple(dict.fromkeys((*own.speech.get(name, ()), *phone.speech.get(name, ()))))
                for name in {**phone.speech, **own.speech}
            }
            words[code] = Words(prompts={**phone.prompts, **own.prompts}, speech=speech)
        return replace(self, words=words, speaker={})

    def listens(self, language: str) -> bool:
        """Return whether callers may say words in a language, instead of pressing keys."""
        recognition = self.line.languages[language].recognition
        return self.line.speech and bool(recognition) and not self.line.is_bridge(language)

    def node(self, node_id: str) -> Node | None:
        """Return the node of that id, or None if the script does not have it."""
        return self.graph.nodes.get(node_id)

    def choices(self, node: Node) -> Mapping[str, Choice]:
        """Return key → choice, in the order of the keys, without destinations that have no number.

        Choices without a fixed key get the free keys from 1 to 5, in the order of menu.yaml.
        """
        offered = [c for c in choices(node) if self.is_offered(c.to)]
        free = iter(k for k in "12345" if k not in {c.key for c in offered})
        keyed = {c.key or next(free): c for c in offered}
        return MappingProxyType(dict(sorted(keyed.items())))

    def is_offered(self, node_id: str) -> bool:
        """Return whether callers can go to a node: line.yaml has a number for it, or allows it."""
        node = self.node(node_id)
        if isinstance(node, Transfer):
            return self.line.destinations[node.destination].number is not None
        if isinstance(node, Agency):
            return bool(self.line.office.numbers or self.line.on_call)
        if isinstance(node, Voicemail):
            return self.line.voicemail is not None
        if isinstance(node, Text):
            return self.line.text_me
        return node is not None

    @cached_property
    def schedule(self) -> Schedule:
        """When the office is open and who is on call, by line.yaml."""
        line = self.line
        has_office = bool(line.office.numbers)
        return Schedule(line.time_zone, line.hours, line.on_call, has_office, self.calendar)

    def edges(self, node_id: str) -> tuple[Edge, ...]:
        """Return the edges of a node that callers can follow, each with its key.

        An edge to a talk whose steps are borrowed (`of`) is left out: it leads nowhere.
        """
        node = self.graph.nodes[node_id]
        keys = {choice: key for key, choice in self.choices(node).items()}
        ways = [e for e in edges(node) if e.kind != "of" and self.is_offered(e.to)]
        fixed = {"next": NEXT_KEY, "voicemail": VOICEMAIL_KEY}
        keyed = [
            replace(e, key=keys[e.choice] if e.choice else fixed.get(e.kind, "")) for e in ways
        ]
        return tuple(sorted(keyed, key=lambda e: e.key if e.choice else "~"))

    def steps(self, node_id: str) -> tuple[str, ...]:
        """Return the prompt ids that a talk or a check walks through, in order."""
        return self._steps.get(node_id, ())

    @cached_property
    def _steps(self) -> Mapping[str, tuple[str, ...]]:
        """The steps of each node. A talk whose steps are borrowed has no borrowed ones (`load`)."""
        nodes = self.graph.nodes
        own = {id_: node.steps if isinstance(node, Talk) else () for id_, node in nodes.items()}
        return {
            id_: own[id_] + tuple(s for e in edges(node) if e.kind == "of" for s in own[e.to])
            for id_, node in nodes.items()
        }

    @cached_property
    def parents(self) -> Mapping[str, str]:
        """Where `*` leads from each node: the nearest menu above it, seen from the main menu.

        A node that follows another by itself (`then`) has the same parent as that node, so that
        "back" always goes up and never round in a circle.
        """
        parents = {self.graph.home: self.graph.home}
        queue = [self.graph.home]
        for above in queue:
            for edge in edges(self.graph.nodes[above]):
                if edge.kind != "of" and edge.to not in parents and edge.to in self.graph.nodes:
                    beside = edge.kind in {"then", "next"}
                    parents[edge.to] = parents[above] if beside else above
                    queue.append(edge.to)
        return MappingProxyType(parents)

    @property
    def numbers(self) -> frozenset[str]:
        """Every number that this script may dial (docs/architecture.md, rule 7), E.164 or 911."""
        destinations = [d for d in self.line.destinations.values() if d.number]
        dialled = {n for d in destinations for n in (d.number or "", *d.number_in.values())}
        emergency = {EMERGENCY_NUMBER} if self.line.emergency.bridge else set()
        on_call = self.line.on_call.people.values() if self.line.on_call else ()
        return frozenset({*dialled, *self.line.office.numbers, *on_call, *emergency})

    def text(self, language: str, prompt: str, count: int | None = None) -> str:
        """Return the text of a prompt, with its blanks, in the plural form of a count."""
        words = self.words.get(language) or self.bridges[language]
        entry = words.prompts[prompt]
        if count is None or not entry.forms:
            return entry.text
        return {**entry.forms}.get(cast("Form", form_of(language, count)), entry.text)
