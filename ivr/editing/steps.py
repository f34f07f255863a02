"""A step of a talk is added or removed: in menu.yaml, and with its text in each language."""

import re
from collections.abc import Collection, Mapping

from ivr.editing.revisions import EditError
from ivr.editing.texts import MAX_CHARACTERS
from ivr.script import yaml_edit
from ivr.script.model import Graph
from ivr.script.nodes import Talk
from ivr.script.required_prompts import required_prompts
from ivr.script.review import digest
from ivr.script.yaml_source import Loc
from ivr.text import without_accents

MENU = "menu.yaml"

_WORDS_OF_NAME = 3
"""The id of a new prompt has so many words of its text."""


def place_of(node: str) -> Loc:
    """Return where menu.yaml has the steps of a node."""
    return ("nodes", node, "steps")


def with_step(
    files: Mapping[str, str], node: str, texts: Mapping[str, str], taken: Collection[str]
) -> dict[str, str]:
    """Return the files that change if a talk gets one more step at its end.

    `texts` are what it says, by the file of each language, the source's first; `taken` are the ids
    of all prompts. Raises EditError, and PlaceError, KeyError or yaml.YAMLError.
    """
    clean = {name: " ".join(text.replace("\0", " ").split()) for name, text in texts.items()}
    if not clean or not all(clean.values()):
        raise EditError("write the new step in every language: callers of each would miss it")
    if any(len(text) > MAX_CHARACTERS for text in clean.values()):
        raise EditError(f"the text has over {MAX_CHARACTERS:,} characters: make it short")
    source, *translations = clean
    prompt = _new_id(node, clean[source], taken)
    changed = {MENU: yaml_edit.with_item(files[MENU], place_of(node), prompt)}
    changed[source] = yaml_edit.put(files[source], ("prompts",), prompt, clean[source])
    for name in translations:
        entry = {"text": clean[name], "of": digest(clean[source]), "state": "draft"}
        changed[name] = yaml_edit.put(files[name], ("prompts",), prompt, entry)
    return changed


def without_step(
    files: Mapping[str, str], graph: Graph, node: str, index: int, names: Collection[str]
) -> dict[str, str]:
    """Return the files that change if a talk loses a step.

    The text goes, too, from the files `names`, unless something else says it. Raises PlaceError,
    KeyError or yaml.YAMLError.
    """
    changed = {MENU: yaml_edit.without_item(files[MENU], place_of(node), index)}
    talk = graph.nodes[node]
    if not isinstance(talk, Talk):
        raise EditError("only a talk has steps")
    prompt = talk.steps[index]
    steps = talk.steps[:index] + talk.steps[index + 1 :]
    nodes = {**graph.nodes, node: talk.model_copy(update={"steps": steps})}
    if prompt not in required_prompts(graph.model_copy(update={"nodes": nodes}), ()):
        for name in names:
            changed[name] = yaml_edit.without(files[name], ("prompts",), prompt)
    return changed


def _new_id(node: str, text: str, taken: Collection[str]) -> str:
    """Return an id that no prompt has: the node's, and the first words of the text."""
    plain = without_accents(text.casefold()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain)[:_WORDS_OF_NAME]
    name = f"{node}.{'-'.join(words) or 'step'}"
    counted = (f"{name}-{i}" for i in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in counted if one not in taken)
