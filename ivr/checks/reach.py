"""reach: can a caller get to every part, and to a person, with few keys?

Each of these is an **error**, except where it says warning:

- a node that nothing leads to; a menu or a talk that leads nowhere, because none of its choices has
  a number to ring; a node that leads on by itself to a transfer without a number;
- a place at which 0 does not ring the hotline at once;
- a destination that takes more than 3 keys from the main menu until it rings: each choice, each
  answer in a check, and the 1 that connects count; a talk goes on by itself without a key. A
  destination that has a number and is offered nowhere is a warning;
- a node that is more than 3 choices away from the main menu (answers and steps do not count);
- first words of the line that do not say 911 in every language that the opening offers, or that a
  key can cut short; another language that does not begin so, once it is chosen.

    prompts/menu.yaml:52:3 reach: "signs-health" is 4 choices away from the main menu, limit 3:
    offer it in a menu further up

Callers who are upset remember little and give up soon: every further menu loses some of them.
"""

import re
from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from typing import assert_never

from ivr.checks.engine.context import Finding, ScriptContext
from ivr.checks.measures.limits import DEPTH, KEYS_TO_DESTINATION
from ivr.dialog import Dial, Key, Place, answer, reply
from ivr.dialog.nodes import kind_of
from ivr.dialog.read_place import is_valid
from ivr.explore.events import MOMENT, step_to
from ivr.problem import Problem
from ivr.script.graph import edges
from ivr.script.model import Script
from ivr.script.nodes import Check, Goodbye, Opening, Transfer, choices

ID = "reach"
SAFETY = True

_911 = re.compile(r"(?<!\d)9\W?1\W?1(?!\d)")


def check(context: ScriptContext) -> Iterator[Problem]:
    """Yield whatever callers cannot get to, or only by a long way."""
    yield from _first_words(context)
    yield from _unreachable(context)
    yield from _no_way_on(context)
    yield from _no_person(context)
    yield from _far(context)
    yield from _deep(context)


def _first_words(context: ScriptContext) -> Iterator[Problem]:
    script = context.script
    start = script.graph.nodes[script.graph.start]
    if not isinstance(start, Opening):
        return
    said_in = {words.language for words in answer(script, MOMENT).must if _911.search(words.text)}
    for language in script.every_words:
        if language in script.line.other_languages:
            chosen = step_to(script, language)
            said_in |= {words.language for words in chosen.must if _911.search(words.text)}
        if not _911.search(script.text(language, start.warn)):
            text = f'the first words of the line do not say 911 in "{language}"'
            finding = Finding(ID, text, 'write "hang up and dial 911"')
            yield context.in_words(language, start.warn, finding)
        elif language not in said_in:
            text = f'911 is not among the first words in "{language}", or can be cut short'
            yield context.in_graph(script.graph.start, Finding(ID, text, "report it"))


def _unreachable(context: ScriptContext) -> Iterator[Problem]:
    graph = context.script.graph
    # The line itself leads to these: by a key from everywhere, and after the last silence.
    reached = [graph.start, graph.home, graph.person, graph.emergency, graph.goodbye]
    reached += [graph.text] if graph.text else []
    for node_id in reached:
        # A talk that another one borrows from is heard, too.
        reached += [e.to for e in edges(graph.nodes[node_id]) if e.to not in reached]
    for node_id in graph.nodes:
        if node_id not in reached:
            finding = Finding(
                ID, f'nothing leads to "{node_id}"', "offer it in a menu, or remove it"
            )
            yield context.in_graph(node_id, finding)


def _no_way_on(context: ScriptContext) -> Iterator[Problem]:
    script = context.script
    for node_id, node in script.graph.nodes.items():
        if choices(node) and not script.choices(node):
            text = f'"{node_id}" leads nowhere: none of its choices has a number to ring'
            remedy = "give a destination a number in line.yaml, or offer something else"
            yield context.in_graph(node_id, Finding(ID, text, remedy), "choices")
        for edge in edges(node):
            if edge.kind == "then" and not script.is_offered(edge.to):
                text = f'"{node_id}" leads on to "{edge.to}", which has no number to ring'
                remedy = (
                    "give its destination a number in line.yaml, or lead to a menu that offers it"
                )
                yield context.in_graph(node_id, Finding(ID, text, remedy), "then")
            elif edge.kind == "next" and not isinstance(script.node(edge.to), Transfer):
                text = f'after "{node_id}", "{edge.to}" would be rung, which is no transfer'
                yield context.in_graph(node_id, Finding(ID, text, "name a transfer"), "next")


def _no_person(context: ScriptContext) -> Iterator[Problem]:
    script = context.script
    person = script.graph.nodes[script.graph.person]
    number = isinstance(person, Transfer) and script.line.destinations[person.destination].number
    for node_id, node in script.graph.nodes.items():
        if isinstance(node, Goodbye):
            continue
        if any(not _rings(script, place, str(number)) for place in _places(script, node_id)):
            text = f'0 does not ring the hotline from "{node_id}"'
            yield context.in_graph(node_id, Finding(ID, text, "report it, with the script"))


def _places(script: Script, node_id: str) -> Iterator[Place]:
    """Return the places of a node at which a key can be pressed, in the default language."""
    for phase in sorted(kind_of(script, node_id).phases - {"dial"}):
        for step in range(len(script.steps(node_id)) + 1):
            place = Place(script.line.default_language, node_id, step=step, phase=phase)
            if is_valid(script, place):
                yield place


def _rings(script: Script, place: Place, number: str) -> bool:
    try:
        verb = reply(script, place, Key("0"), MOMENT).verb
    except Exception:  # noqa: BLE001 the exploration tells what broke
        return False
    return isinstance(verb, Dial) and verb.number == number


def _far(context: ScriptContext) -> Iterator[Problem]:
    script = context.script
    away = _distances(script, answers=True)
    rung = _keys_until_rung(script, away)
    offered = _offered(script)
    for name, destination in script.line.destinations.items():
        dialling = [
            node_id
            for node_id, node in script.graph.nodes.items()
            if isinstance(node, Transfer) and node.destination == name
        ]
        if destination.number is None:
            continue
        keys = min((rung[node_id] for node_id in dialling if node_id in rung), default=None)
        if keys is None and offered.isdisjoint(dialling):
            text = f'"{name}" has a number, and no menu leads to it'
            finding = Finding(ID, text, "offer it, or remove the number", "warning")
            yield context.in_line(("destinations", name), finding)
        elif keys is not None and keys > KEYS_TO_DESTINATION:
            text = f'"{name}" takes {keys} keys from the main menu, limit {KEYS_TO_DESTINATION}'
            finding = Finding(ID, text, "offer it further up")
            yield context.in_graph(dialling[0], finding)


def _keys_until_rung(script: Script, away: Mapping[str, int]) -> dict[str, int]:
    """Return the fewest keys from the main menu until each transfer rings."""
    graph = script.graph
    rung = {n: keys + 1 for n, keys in away.items() if isinstance(graph.nodes[n], Transfer)}
    rung[graph.person] = 1  # 0
    for node_id, keys in away.items():
        for edge in script.edges(node_id):
            if edge.kind == "connect":
                rung[edge.to] = min(rung.get(edge.to, keys + 1), keys + 1)
    return rung


def _offered(script: Script) -> frozenset[str]:
    """Return every node that a caller can come to, also after a call that rang at once.

    Such a call ends in an offer of its `next` destination, which no count of keys can weigh.
    """
    queue = [script.graph.home, script.graph.person]
    for node_id in queue:
        queue += dict.fromkeys(e.to for e in script.edges(node_id) if e.to not in queue)
    return frozenset(queue)


def _deep(context: ScriptContext) -> Iterator[Problem]:
    for node_id, depth in _distances(context.script, answers=False).items():
        if depth > DEPTH:
            text = f'"{node_id}" is {depth} choices away from the main menu, limit {DEPTH}'
            yield context.in_graph(node_id, Finding(ID, text, "offer it in a menu further up"))


def _distances(script: Script, *, answers: bool) -> dict[str, int]:
    """Return how many keys each node is away from the main menu; `answers` in a check count too."""
    away: dict[str, int] = {}
    queue = [(0, script.graph.home)]
    while queue:
        keys, node_id = heappop(queue)
        if node_id in away or not script.is_offered(node_id):
            continue
        away[node_id] = keys
        for to, more in _ways(script, node_id, answers=answers):
            heappush(queue, (keys + more, to))
    return away


def _ways(script: Script, node_id: str, *, answers: bool) -> Iterator[tuple[str, int]]:
    """Yield where a node leads, and how many keys that takes."""
    is_check = isinstance(script.graph.nodes[node_id], Check)
    for edge in script.edges(node_id):
        match edge.kind:
            case "choice" | "next" | "voicemail":
                yield edge.to, 1
            case "then":
                yield edge.to, len(script.steps(node_id)) if is_check and answers else 0
            case "connect" | "of":
                continue
            case _:
                assert_never(edge.kind)
