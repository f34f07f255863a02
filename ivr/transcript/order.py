"""In which order a call comes to the parts of a script."""

from collections.abc import Iterator

from ivr.script.graph import edges
from ivr.script.model import Script


def call_order(script: Script) -> tuple[str, ...]:
    """Return the nodes that can be gone to, each once: every choice to its end, then the next.

    What the main menu offers stands in its order, wherever else it is offered too. 911 and the
    goodbye, which can come at any time, stand last.
    """
    graph = script.graph
    last = [graph.emergency, graph.goodbye]
    order: list[str] = []

    def come_to(here: str) -> None:
        if here in order or here in last or not script.is_offered(here):
            return
        order.append(here)
        for there in _onward(script, here):
            if here == graph.home or there not in _by_home(script):
                come_to(there)

    come_to(graph.start)
    for node in (graph.home, graph.person, *graph.nodes):
        come_to(node)
    return (*order, *last)


def _onward(script: Script, node_id: str) -> Iterator[str]:
    """Yield where a node leads; what a talk borrows from comes right behind it."""
    yield from (e.to for e in edges(script.graph.nodes[node_id]) if e.kind != "connect")


def _by_home(script: Script) -> frozenset[str]:
    home = script.graph.nodes[script.graph.home]
    return frozenset(e.to for e in edges(home) if e.kind == "choice")
