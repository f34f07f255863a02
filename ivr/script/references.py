"""The references between the files of a script: each node, prompt and destination must exist."""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from string import Formatter

from ivr.problem import Problem
from ivr.schedule import hours, on_call
from ivr.script import nodes
from ivr.script.graph import Edge, edges
from ivr.script.line import Line
from ivr.script.model import Graph, Prompt, Words
from ivr.script.plural import COUNTED, MAY_LEAVE_OUT
from ivr.script.required_prompts import bridge_prompts, required_prompts
from ivr.script.system_prompts import BLANKS, COMMANDS, OWN_BLANKS
from ivr.script.yaml_source import Files, Loc, Source

ROLES: Mapping[str, type[nodes.Node]] = {
    "start": nodes.Opening,
    "home": nodes.Menu,
    "person": nodes.Transfer,
    "emergency": nodes.Emergency,
    "goodbye": nodes.Goodbye,
    "text": nodes.Text,
}
"""The kind that each of menu.yaml's roles needs; `text` may be left out."""


def broken_links(
    line: Line | None,
    graph: Graph | None,
    words: Mapping[str, Words],
    destinations: tuple[str, ...],
    files: Files,
) -> Iterator[Problem]:
    """Yield a problem for each reference to something that is missing, or of the wrong kind.

    A file that is invalid is None. `destinations` are line.yaml's, even if it is invalid.
    """
    if line:
        yield from _languages(line, files)
        yield from _hours(line, files)
    if line and graph:
        yield from _interpreters(graph, line, files)
    if graph:
        yield from _roles(graph, files)
        yield from _nodes(graph, None if line is None and not destinations else destinations, files)
        bridges = frozenset(c for c in words if line and line.is_bridge(c))
        yield from _prompts(graph, words, destinations, bridges, files)
        yield from _speech(graph, words, files)
    if graph and line:
        yield from _person(graph, line, files)


def _languages(line: Line, files: Files) -> Iterator[Problem]:
    default = line.default_language
    if default not in line.languages and ("languages", default) in files.line.marks:
        what, loc = f'"{default}" is the default language, and off the air', ("languages", default)
        yield files.line.problem(loc, what, "take out on_air: false")
    elif default not in line.languages:
        names = ", ".join(line.languages)
        what = f'"{default}" is not among the languages'
        yield files.line.problem(("default_language",), what, f"write one of: {names}")
    elif line.is_bridge(default):
        what = f'"{default}" is the default language, and has the tier "bridge"'
        yield files.line.problem(("languages", default, "tier"), what, "write tier: full")
    elif default in line.recorded_languages:
        what = f'"{default}" is the default language, and the carrier has no voice for it'
        remedy = "name a language with a voice, which steps in where a clip is lost"
        yield files.line.problem(("default_language",), what, remedy)
    for code, language in line.languages.items():
        if code not in line.agency.name and language.tier == "full":
            what = f'the agency has no name in "{code}"'
            yield files.line.problem(("agency", "name"), what, f"add {code}: …")


def _interpreters(graph: Graph, line: Line, files: Files) -> Iterator[Problem]:
    """Yield each language of few texts whose callers could not ask the hotline for an interpreter.

    Its callers are told that an interpreter can help, so somebody must have found that out.
    """
    name = graph.hotline
    bridges = [code for code in line.languages if line.is_bridge(code)]
    if (to := line.destinations.get(name)) is None:
        return
    if bridges and not to.interpreter:
        what = f'"{bridges[0]}" has the tier "bridge", and "{name}" has no interpreters'
        remedy = "dial it, ask, and write interpreter: true if it has"
        yield files.line.problem(("destinations", name), what, remedy)
    spoken_there = [code for code in to.languages if code in line.languages]
    theirs = next((c for c in spoken_there if not line.is_bridge(c)), line.default_language)
    for code in bridges:
        if theirs not in line.languages[code].called:
            what = f'"{code}" has no name in "{theirs}", to ask for an interpreter by'
            remedy = f"write called: {{{theirs}: Vietnamese}}, with its own name"
            yield files.line.problem(("languages", code), what, remedy)


def _hours(line: Line, files: Files) -> Iterator[Problem]:
    for loc, what, remedy in hours.mistakes(line.hours) if line.hours else ():
        yield files.line.problem(("hours", *loc), what, remedy)
    for loc, what, remedy in on_call.mistakes(line.on_call) if line.on_call else ():
        yield files.line.problem(("on_call", *loc), what, remedy)


def _roles(graph: Graph, files: Files) -> Iterator[Problem]:
    for role, kind in ROLES.items():
        node_id = getattr(graph, role)
        if node_id is None:
            continue
        node = graph.nodes.get(node_id)
        if node is None:
            yield _no_such_node(graph, files, (role,), node_id)
        elif not isinstance(node, kind):
            what = f'{role}: "{node_id}" is a {node.kind}'
            yield files.graph.problem((role,), what, f"name a node of kind {kind.__name__.lower()}")


def _nodes(graph: Graph, destinations: tuple[str, ...] | None, files: Files) -> Iterator[Problem]:
    """Yield what is wrong with each node: where it leads, how it ends, and whom it rings.

    `destinations` is None if line.yaml has its own problem.
    """
    for node_id, node in graph.nodes.items():
        loc: Loc = ("nodes", node_id)
        for edge in edges(node):
            yield from _wrong_edge(graph, edge, (*loc, *edge.field), files)
        if isinstance(node, nodes.Talk):
            if not node.steps and not node.of:
                yield files.graph.problem(loc, f'the talk "{node_id}" says nothing', "add steps:")
            if bool(node.choices) == bool(node.then):
                what = f'the talk "{node_id}" must end in choices or in a node'
                yield files.graph.problem(loc, what, "give it either choices: or then:")
        elif (
            destinations is not None
            and isinstance(node, nodes.Transfer)
            and node.destination not in destinations
        ):
            what = f'line.yaml has no destination "{node.destination}"'
            remedy = nearest(node.destination, destinations)
            yield files.graph.problem((*loc, "destination"), what, remedy)
        yield from _same_keys(node, node_id, files)


def _wrong_edge(graph: Graph, edge: Edge, loc: Loc, files: Files) -> Iterator[Problem]:
    """Yield a problem if an edge leads to no node, or to one of a kind that it cannot lead to."""
    to = graph.nodes.get(edge.to)
    match edge.kind, to:
        case _, None:
            yield _no_such_node(graph, files, loc, edge.to)
        case "of", nodes.Talk(steps=steps, of=of) if not steps or of:
            what = f'"{edge.to}" has no steps of its own'
            yield files.graph.problem(loc, what, "name a talk that has steps")
        case "of", nodes.Talk():
            return
        case "of", other:
            what = f'"{edge.to}" is a {other.kind}, it has no steps'
            yield files.graph.problem(loc, what, "name a talk")
        case "voicemail", other if not isinstance(other, nodes.Voicemail):
            what = f'"{edge.to}" is a {other.kind}, it takes no messages'
            yield files.graph.problem(loc, what, "name a node of kind voicemail")
        case "connect", other if not isinstance(other, nodes.Transfer | nodes.Agency):
            what = f'"{edge.to}" is a {other.kind}, it cannot be connected'
            yield files.graph.problem(loc, what, "name a transfer, or drop connect:")


def _same_keys(node: nodes.Node, node_id: str, files: Files) -> Iterator[Problem]:
    """Yield each choice whose key has another one."""
    taken: dict[str, str] = {}
    for i, choice in enumerate(nodes.choices(node)):
        if choice.key and choice.key in taken:
            what = f'the key {choice.key} of "{node_id}" leads to two nodes'
            remedy = f'give "{choice.to}" another key than "{taken[choice.key]}"'
            yield files.graph.problem(("nodes", node_id, "choices", i), what, remedy)
        elif choice.key:
            taken[choice.key] = choice.to


def _person(graph: Graph, line: Line, files: Files) -> Iterator[Problem]:
    name = graph.hotline
    if name in line.destinations and line.destinations[name].number is None:
        what = f'"{name}", whom 0 rings, has no number'
        yield files.line.problem(("destinations", name), what, "give it one, E.164")


def _prompts(
    graph: Graph,
    words_of: Mapping[str, Words],
    destinations: tuple[str, ...],
    bridges: frozenset[str],
    files: Files,
) -> Iterator[Problem]:
    of_full, of_bridge = required_prompts(graph, destinations), bridge_prompts(graph)
    for code, words in words_of.items():
        source, needed = files.words[code], of_bridge if code in bridges else of_full
        missing = [prompt for prompt in needed if prompt not in words.prompts]
        if len(missing) > _SOME:
            what = f'{len(missing)} of the {len(needed)} prompts are missing, as "{missing[0]}"'
            remedy = f"translate them (ivr translate {code} --export {code}.po)"
            yield source.problem(("prompts",), what, remedy)
        for prompt, loc in needed.items():
            if prompt in words.prompts:
                yield from wrong_blanks(source, prompt, words.prompts[prompt].text)
                yield from _wrong_forms(source, prompt, words.prompts[prompt])
                continue
            if len(missing) > _SOME:
                continue
            what = f'the prompt "{prompt}" is missing'
            if loc:
                what += f" ({_place(files, loc)} says it)"
            yield source.problem(("prompts",), what, nearest(prompt, words.prompts, "add it"))


def _place(files: Files, loc: Loc) -> str:
    """Return the file and line of a part of the call graph, as seen from the script's folder."""
    path = files.graph.origin(loc)[0].path
    return f"{path.relative_to(files.line.path.parent).as_posix()}:{files.graph.at(loc)[0]}"


_SOME = 20
"""The most missing prompts of a language that are named one by one."""


def wrong_blanks(
    source: Source,
    prompt: str,
    text: str,
    own: Mapping[str, tuple[str, ...]] = OWN_BLANKS,
    *,
    loc: Loc = (),
    says_all: bool = True,
) -> Iterator[Problem]:
    """Yield a problem for each blank that a text has and nothing fills, or lacks and must have.

    `own` are the blanks that prompts must have, besides those that line.yaml fills; without
    `says_all` they may have them. `loc` is where the text stands, if it is not the prompt's.
    """
    loc = loc or ("prompts", prompt)
    allowed = set(own.get(prompt, ())) | BLANKS
    try:
        used = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        yield source.problem(loc, f'"{prompt}" has a brace without its partner', "write {number}")
        return
    for name in sorted(used - allowed):
        names = ", ".join(f"{{{b}}}" for b in sorted(allowed))
        yield source.problem(loc, f'"{prompt}" has the unknown blank {{{name}}}', f"use {names}")
    for name in own.get(prompt, ()) if says_all else ():
        if name not in used and name != "name":
            what = f'"{prompt}" does not say {{{name}}}'
            yield source.problem(loc, what, f"put {{{name}}} where it is to be said")


def _wrong_forms(source: Source, prompt: str, entry: Prompt) -> Iterator[Problem]:
    """Yield what is wrong with the plural forms of a text. Some may leave out the number."""
    if entry.forms and prompt not in COUNTED:
        what, remedy = f'"{prompt}" counts nothing, and has plural forms', "take out forms:"
        yield source.problem(("prompts", prompt, "forms"), what, remedy)
        return
    for form, text in entry.forms.items():
        loc: Loc = ("prompts", prompt, "forms", form)
        yield from wrong_blanks(source, prompt, text, loc=loc, says_all=form not in MAY_LEAVE_OUT)


def _speech(graph: Graph, words_of: Mapping[str, Words], files: Files) -> Iterator[Problem]:
    """Report words for a choice that menu.yaml does not have, or has no more.

    A name is only suggested if it has no words yet: a stale entry resembles the other choices.
    """
    tasks = {c.task for node in graph.nodes.values() for c in nodes.choices(node)}
    names = {*COMMANDS, *"0123456789", "to.language", *tasks}
    for code, words in words_of.items():
        missing = sorted(names - words.speech.keys())
        for name in (name for name in words.speech if name not in names):
            what = f'speech: "{name}" belongs to no choice in menu.yaml'
            remedy = nearest(name, missing, "remove it")
            yield files.words[code].problem(("speech", name), what, remedy)


def _no_such_node(graph: Graph, files: Files, loc: Loc, node_id: str) -> Problem:
    return files.graph.problem(loc, f'there is no node "{node_id}"', nearest(node_id, graph.nodes))


def nearest(name: str, names: Collection[str], otherwise: str = "", cutoff: float = 0.6) -> str:
    """Return the remedy for a name that does not exist: the one that is meant, or another."""
    near = get_close_matches(name, names, 1, cutoff)
    return f'did you mean "{near[0]}"?' if near else otherwise or f"use one of: {', '.join(names)}"
