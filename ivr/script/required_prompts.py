"""What a script needs in every language: the prompts of its nodes and the line, the inventory."""

from collections.abc import Iterable, Mapping

from pydantic import TypeAdapter

from ivr.script.model import Graph
from ivr.script.nodes import Agency, Goodbye, Node, Opening, Text, Voicemail, choices
from ivr.script.system_prompts import (
    AGENCY_PHRASES,
    BRIDGE_PHRASES,
    PHRASES,
    TEXT_PHRASES,
    VOICEMAIL_PHRASES,
)
from ivr.script.yaml_source import Loc
from ivr.strict_model import StrictModel


class Item(StrictModel):
    """What a caller must be able to hear: its name, its prompt, and its words by language."""

    part: str
    prompt: str
    hears: dict[str, tuple[str, ...]]


INVENTORY = TypeAdapter(tuple[Item, ...])
"""The content of inventory.yaml."""

BY_KIND: Mapping[type[Node], Iterable[str]] = {
    Agency: AGENCY_PHRASES,
    Voicemail: VOICEMAIL_PHRASES,
    Text: TEXT_PHRASES,
}
"""The prompts that a language needs if the script has a node of a kind."""


def required_prompts(graph: Graph, destinations: Iterable[str]) -> dict[str, Loc]:
    """Return the id of each prompt that a language needs → where menu.yaml names it."""
    needed: dict[str, Loc] = dict.fromkeys(PHRASES, ())
    for destination in destinations:
        needed.setdefault(f"destination.{destination}", ())
    if graph.reached:
        asked = graph.reached
        needed |= {asked.ask: ("reached", "ask"), asked.yes: ("reached", "yes")}
        needed |= {asked.no: ("reached", "no")}
    for node_id, node in graph.nodes.items():
        loc: Loc = ("nodes", node_id)
        needed |= dict.fromkeys(BY_KIND.get(type(node), ()), loc)
        for field in ("warn", "first", "say", "steps", "intro", "open", "closed"):
            value = getattr(node, field, ())
            for i, prompt in enumerate([value] if isinstance(value, str) else value):
                needed.setdefault(prompt, (*loc, field, i))
        for i, choice in enumerate(choices(node)):
            needed.setdefault(choice.task, (*loc, "choices", i))
    return needed


def bridge_prompts(graph: Graph) -> dict[str, Loc]:
    """Return the same for a language whose few texts lead to the hotline (tier: bridge)."""
    needed: dict[str, Loc] = {}
    for node_id in (graph.start, graph.goodbye):
        node, loc = graph.nodes.get(node_id), ("nodes", node_id)
        if isinstance(node, Opening):
            needed[node.warn] = (*loc, "warn")
        elif isinstance(node, Goodbye):
            needed |= dict.fromkeys(node.say, (*loc, "say"))
    return {**needed, **dict.fromkeys(BRIDGE_PHRASES, ())}
