"""The call graph as boxes and arrows: nodes and the ladder, and what leads from one to another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, assert_never

from ivr.phone_numbers import written_number
from ivr.script import nodes
from ivr.script.model import Script
from ivr.transcript.build import call_order
from ivr.transcript.labels import heading, written

ANYWHERE = "~anywhere"
"""The box of every place: the keys that work everywhere, and silence, lead from it."""

Style = Literal["key", "then", "next", "silence"]

Mark = Literal["", "new", "changed", "removed"]
"""What a draft does to a box or an arrow (ivr.call_graph.changes)."""


@dataclass(frozen=True)
class Box:
    """A node, or a rung of the ladder. `kind` gives its shape; `facts` stand beneath the title."""

    id: str
    kind: str
    title: str
    facts: tuple[str, ...] = ()
    mark: Mark = ""
    """If it is not empty, it is the first of the facts, too."""


@dataclass(frozen=True)
class Arrow:
    """An edge from one box to another: by a key, by itself, after a failed call, or by silence."""

    start: str
    end: str
    label: str
    style: Style
    about: str
    share: float = 0.0
    """How many calls went this way, as a share of the busiest arrow; 0 without traffic."""
    mark: Mark = ""


@dataclass(frozen=True)
class Drawing:
    """The whole drawing, without positions."""

    language: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def draw(script: Script, language: str) -> Drawing:
    """Return a script's boxes and arrows, titled in a language."""
    order = call_order(script)
    boxes = [_box(script, language, node) for node in order]
    arrows = [arrow for node in order for arrow in _arrows(script, language, node)]
    ladder, climbs = _ladder(script, language)
    return Drawing(language, (*boxes, *ladder), (*arrows, *climbs))


def _box(script: Script, language: str, node_id: str) -> Box:
    node = script.graph.nodes[node_id]
    kind = type(node).__name__.lower()
    return Box(node_id, kind, heading(script, language, node_id), tuple(_facts(script, node_id)))


def _facts(script: Script, node_id: str) -> Iterator[str]:
    node = script.graph.nodes[node_id]
    match node:
        case nodes.Talk() | nodes.Check():
            what = "question" if isinstance(node, nodes.Check) else "part"
            yield _plural(len(script.steps(node_id)), what)
        case nodes.Transfer():
            yield written_number(script.line.destinations[node.destination].number or "")
        case nodes.Agency():
            yield from _people(script)
        case nodes.Emergency():
            bridge = script.line.emergency.bridge
            yield "connects after a warning" if bridge else "says to hang up and dial"
        case nodes.Menu():
            return
        case nodes.Opening() | nodes.Voicemail() | nodes.Text() | nodes.Goodbye():
            yield _ALWAYS[type(node)]


_ALWAYS: Mapping[type, str] = {
    nodes.Opening: "911 first, then the language",
    nodes.Voicemail: "recorded after a yes by key",
    nodes.Text: "to the telephone that calls",
    nodes.Goodbye: "the number twice, then the end",
}


def _people(script: Script) -> Iterator[str]:
    if numbers := script.line.office.numbers:
        yield f"open: {_plural(len(numbers), 'telephone')}"
    if script.line.on_call:
        yield "closed: people on call"


def _plural(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}"


def _arrows(script: Script, language: str, node_id: str) -> Iterator[Arrow]:
    node = script.graph.nodes[node_id]
    for edge in script.edges(node_id):
        match edge.kind:
            case "choice" | "connect":
                task = written(script, language, edge.choice.task, edge.to) if edge.choice else ""
                rings = edge.kind == "connect"
                label = f"{edge.key} rings" if rings else edge.key
                about = f"{task} (rings at once)" if rings else task
                yield Arrow(node_id, edge.to, label, "key", about)
            case "then" if isinstance(node, nodes.Opening):
                count = len(script.line.opening_languages)
                keys = "1" if count == 1 else f"1-{count}"
                yield Arrow(node_id, edge.to, keys, "key", "Choose a language")
                yield from _other_languages(script, edge.to, str(count + 1))
            case "then":
                is_check = isinstance(node, nodes.Check)
                about = "After the last question" if is_check else "Goes on by itself"
                yield Arrow(node_id, edge.to, "", "then", about)
            case "next":
                about = f"If that call fails, or with {edge.key}"
                yield Arrow(node_id, edge.to, edge.key, "next", about)
            case "voicemail":
                about = f"If nobody answers, or with {edge.key}"
                yield Arrow(node_id, edge.to, edge.key, "next", about)
            case "of":
                continue
            case _:
                assert_never(edge.kind)


def _other_languages(script: Script, home: str, key: str) -> Iterator[Arrow]:
    """Yield where the menu of other languages leads: to the main menu, or to the hotline."""
    graph, others = script.graph, script.line.other_languages
    full = [written(script, code, "language.name") for code in others if code in script.words]
    few = [written(script, code, "language.name") for code in others if code in script.bridges]
    for names, to in ((full, home), (few, graph.person)):
        if names:
            yield Arrow(graph.start, to, f"{key} …", "key", f"Other languages: {', '.join(names)}")


def _ladder(script: Script, language: str) -> tuple[list[Box], list[Arrow]]:
    """Return what works at every place: 0, 8, 9 and the ladder (docs/architecture.md, rule 4)."""
    graph = script.graph
    rungs = [f"~rung{i}" for i in (1, 2, 3)]
    boxes = [
        Box(ANYWHERE, "anywhere", "From anywhere", ("* back · # again · 7 pace · 6 language",))
    ]
    for i, rung in enumerate(rungs, 1):
        silent = written(script, language, f"noinput.{i}")
        wrong = written(script, language, f"nomatch.{i}")
        boxes.append(Box(rung, "rung", silent, (f"Wrong key: {wrong}",)))
    to_person = Arrow(ANYWHERE, graph.person, "0", "key", written(script, language, "to.person"))
    to_911 = Arrow(ANYWHERE, graph.emergency, "9", "key", written(script, language, "to.emergency"))
    arrows = [to_person, to_911]
    if graph.text and script.is_offered(graph.text):
        task = written(script, language, "to.text")
        arrows.append(Arrow(ANYWHERE, graph.text, "8", "key", task))
    times = ("silence", "again", "third time")
    for start, end, label in zip((ANYWHERE, *rungs), rungs, times, strict=False):
        arrows.append(Arrow(start, end, label, "silence", "Silence, or a key that does nothing"))
    if script.line.silence == "goodbye":
        arrows.append(Arrow(rungs[-1], graph.goodbye, "silence", "silence", "Silence"))
    arrows.append(Arrow(rungs[-1], graph.person, "rings", "silence", "Rings, once in a call"))
    arrows.append(Arrow(rungs[-1], graph.goodbye, "after that", "silence", "If it has rung before"))
    return boxes, arrows
