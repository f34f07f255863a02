"""Where a graph goes round: each knot of it once, with a way round as short as can be."""

from collections import deque
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

N = TypeVar("N", bound=Hashable)
Graph = Mapping[N, Mapping[str, N]]
"""Node → what leads on from it → the next node. Nodes stand in the order of their distance."""


@dataclass(frozen=True)
class Round(Generic[N]):
    """A way round: from `at`, what leads on, back to `at`; `all` is every node on the way."""

    at: N
    tokens: tuple[str, ...]
    all: frozenset[N]


def rounds(graph: Graph[N]) -> Iterator[Round[N]]:
    """Yield a way round for each knot, from its node that stands first."""
    left = _knotted(graph)
    while left:
        at = next(node for node in graph if node in left)
        found = _way_round(graph, at, left)
        if found is None:  # on the way from one knot to another, on neither
            left.discard(at)
            continue
        yield found
        left -= found.all


def _knotted(graph: Graph[N]) -> set[N]:
    """Return the nodes from which a way goes on for ever: what is left when ends are taken away."""
    ways = {node: set(onward.values()) & graph.keys() for node, onward in graph.items()}
    before: dict[N, list[N]] = {node: [] for node in graph}
    for node, onward in ways.items():
        for to in onward:
            before[to].append(node)
    ended = deque(node for node, onward in ways.items() if not onward)
    while ended:
        to = ended.popleft()
        for node in before[to]:
            ways[node].discard(to)
            if not ways[node]:
                ended.append(node)
        del ways[to]
    return set(ways)


def _way_round(graph: Graph[N], at: N, within: set[N]) -> Round[N] | None:
    came: dict[N, tuple[N, str]] = {}
    queue = deque([at])
    while queue:
        node = queue.popleft()
        for token, to in graph[node].items():
            if to in within and to not in came:
                came[to] = (node, token)
                queue.append(to)
                if to == at:
                    return _told(came, at)
    return None


def _told(came: Mapping[N, tuple[N, str]], at: N) -> Round[N]:
    node, token = came[at]
    tokens, nodes = [token], [at]
    while node != at:
        nodes.append(node)
        node, token = came[node]
        tokens.append(token)
    return Round(at, tuple(reversed(tokens)), frozenset(nodes))
