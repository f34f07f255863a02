"""The merging of extras into a script (docs/extras.md).

An extra is a fragment of a script that ships off: a folder, `extras/<name>/`, with a menu.yaml of
its own and a file a language. Once line.yaml has switched it on, its nodes and words are like all
others: every check, page and clip treats them so, and a problem names the file and line in which
they stand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ivr.problem import Problem
from ivr.script.extra import Extra
from ivr.script.graph import edges
from ivr.script.line import Destination, Line
from ivr.script.model import Graph, Words
from ivr.script.nodes import Choice, Menu, Talk
from ivr.script.yaml_source import Loc, Source

MAX_CHOICES = 5
"""The most choices of a menu or a talk (docs/requirements.md, R2)."""


@dataclass(frozen=True)
class Fragment:
    """An extra as it was read: its name, its menu.yaml, and its words by language."""

    name: str
    extra: Extra
    source: Source
    words: Mapping[str, Words] = field(default_factory=dict)
    words_sources: Mapping[str, Source] = field(default_factory=dict)


def with_destinations(line: Line, fragments: Sequence[Fragment]) -> Line:
    """Return line.yaml with the destinations of extras; one that it does not name has no number."""
    names = [name for fragment in fragments for name in fragment.extra.destinations]
    missing = {name: Destination(number=None) for name in names if name not in line.destinations}
    if not missing:
        return line
    return line.model_copy(update={"destinations": {**line.destinations, **missing}})


def with_extras(
    graph: Graph, source: Source, fragments: Sequence[Fragment], problems: list[Problem]
) -> tuple[Graph, Source]:
    """Return a call graph with that of each extra, and its file; add the problems of the extras."""
    merge = _GraphMerge(graph, source, problems)
    for fragment in fragments:
        merge.add(fragment)
    return merge.result()


class _GraphMerge:
    """A call graph into which extras are merged, one after the other."""

    def __init__(self, graph: Graph, source: Source, problems: list[Problem]) -> None:
        self._graph, self._source, self._problems = graph, source, problems
        self._nodes = dict(graph.nodes)
        self._reached = graph.reached
        self._inserted: dict[Loc, tuple[Source, Loc]] = {}
        self._offered = {edge.to for node in graph.nodes.values() for edge in edges(node)}

    def result(self) -> tuple[Graph, Source]:
        """Return the whole graph, and its file, which knows where each part of an extra stands."""
        whole = {"nodes": self._nodes, "reached": self._reached}
        inserted = {**self._source.inserted, **self._inserted}
        return self._graph.model_copy(update=whole), replace(self._source, inserted=inserted)

    def add(self, fragment: Fragment) -> None:
        """Merge an extra's nodes, choices and question."""
        for node_id, node in fragment.extra.nodes.items():
            loc: Loc = ("nodes", node_id)
            if node_id in self._nodes:
                what = f'the node "{node_id}" stands in another file, too'
                self._refuse(fragment, loc, what, "rename one of them")
                continue
            self._nodes[node_id] = node
            self._inserted[loc] = fragment.source, loc
        if fragment.extra.reached:
            self._reached = fragment.extra.reached
            self._inserted["reached",] = fragment.source, ("reached",)
        for node_id, choices in fragment.extra.add.items():
            for i, choice in enumerate(choices):
                self._add_choice(fragment, node_id, i, choice)
        for node_id, targets in fragment.extra.instead.items():
            for before, to in targets.items():
                self._lead_elsewhere(fragment, node_id, before, to)

    def _add_choice(self, fragment: Fragment, node_id: str, i: int, choice: Choice) -> None:
        if choice.to in self._offered:
            return
        loc: Loc = ("add", node_id, i)
        node = self._with_choices(node_id)
        if node is None:
            what = f'the script has no menu "{node_id}", at which "{choice.to}" is to be offered'
            self._refuse(fragment, loc, what, _ELSEWHERE)
        elif len(node.choices) == MAX_CHOICES:
            what = f'"{node_id}" has {MAX_CHOICES} choices, so "{choice.to}" has no key there'
            self._refuse(fragment, loc, what, _ELSEWHERE)
        else:
            self._inserted["nodes", node_id, "choices", len(node.choices)] = fragment.source, loc
            choices = (*node.choices, choice)
            self._nodes[node_id] = node.model_copy(update={"choices": choices})

    def _lead_elsewhere(self, fragment: Fragment, node_id: str, before: str, to: str) -> None:
        if to in self._offered:
            return
        loc: Loc = ("instead", node_id, before)
        node = self._with_choices(node_id)
        places = [i for i, c in enumerate(node.choices) if c.to == before] if node else []
        if node is None or not places:
            what = f'"{node_id}" has no choice that leads to "{before}", to lead to "{to}" instead'
            self._refuse(fragment, loc, what, _ELSEWHERE)
            return
        choices = list(node.choices)
        old = choices[places[0]]
        choices[places[0]] = old.model_copy(update={"to": to, "say": old.task})
        self._inserted["nodes", node_id, "choices", places[0]] = fragment.source, loc
        self._nodes[node_id] = node.model_copy(update={"choices": tuple(choices)})

    def _with_choices(self, node_id: str) -> Menu | Talk | None:
        node = self._nodes.get(node_id)
        return node if isinstance(node, Menu | Talk) and node.choices else None

    def _refuse(self, fragment: Fragment, loc: Loc, what: str, remedy: str) -> None:
        self._problems.append(fragment.source.problem(loc, what, remedy))


_ELSEWHERE = "name the node in menu.yaml where it is to be offered; this entry then counts no more"


def with_words(
    words: Mapping[str, Words],
    sources: Mapping[str, Source],
    fragments: Sequence[Fragment],
    problems: list[Problem],
) -> tuple[dict[str, Words], dict[str, Source]]:
    """Return the words of each language with those of the extras, and their files."""
    merged, files = dict(words), dict(sources)
    for code in words:
        for fragment in fragments:
            if code not in fragment.words:
                continue
            own, more = merged[code], fragment.words[code]
            source = fragment.words_sources[code]
            problems += [
                source.problem(
                    ("prompts", prompt),
                    f'the prompt "{prompt}" stands in another file, too',
                    "keep one of them",
                )
                for prompt in more.prompts
                if prompt in own.prompts
            ]
            speech = {
                name: (*own.speech.get(name, ()), *more.speech.get(name, ()))
                for name in {**own.speech, **more.speech}
            }
            merged[code] = own.model_copy(
                update={"prompts": {**own.prompts, **more.prompts}, "speech": speech}
            )
            locs: list[Loc] = [("prompts", name) for name in more.prompts]
            locs += [("speech", name) for name in more.speech if name not in own.speech]
            inserted = {**files[code].inserted, **{loc: (source, loc) for loc in locs}}
            files[code] = replace(files[code], inserted=inserted)
    return merged, files
