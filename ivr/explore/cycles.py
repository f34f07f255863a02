"""Find cycles: one shortest cycle per group of nodes that lead round to each other."""

from collections import deque
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

N = TypeVar("N", bound=Hashable)
Graph = Mapping[N, Mapping[str, N]]
"""Node → token → the node that the token leads to. Nodes stand in the order of their distance."""


@dataclass(frozen=True)
class Cycle(Generic[N]):
    """A way from `start` back to it: the tokens that lead round, and all nodes on the way."""

    start: N
    tokens: tuple[str, ...]
    nodes: frozenset[N]


def cycles(graph: Graph[N]) -> Iterator[Cycle[N]]:
    """Yield cycles that share no node, each from its node that stands first in the graph."""
    remaining = _endless(graph)
    while remaining:
        start = next(node for node in graph if node in remaining)
        cycle = _shortest(graph, start, remaining)
        if cycle is None:  # between two cycles, and on neither
            remaining.discard(start)
            continue
        yield cycle
        remaining -= cycle.nodes


def _endless(graph: Graph[N]) -> set[N]:
    """Return the nodes from which a way goes on for ever: what is left once ends are removed."""
    following = {node: set(onward.values()) & graph.keys() for node, onward in graph.items()}
    preceding: dict[N, list[N]] = {node: [] for node in graph}
    for node, onward in following.items():
        for to in onward:
            preceding[to].append(node)
    ends = deque(node for node, onward in following.items() if not onward)
    while ends:
        end = ends.popleft()
        for node in preceding[end]:
            following[node].discard(end)
            if not following[node]:
                ends.append(node)
        del following[end]
    return set(following)


def _shortest(graph: Graph[N], start: N, within: set[N]) -> Cycle[N] | None:
    predecessors: dict[N, tuple[N, str]] = {}
    queue = deque([start])
    while queue and start not in predecessors:
        node = queue.popleft()
        for token, to in graph[node].items():
            if to in within and to not in predecessors:
                predecessors[to] = (node, token)
                queue.append(to)
    return _traced(predecessors, start) if start in predecessors else None


def _traced(predecessors: Mapping[N, tuple[N, str]], start: N) -> Cycle[N]:
    node, token = predecessors[start]
    tokens, nodes = [token], [start]
    while node != start:
        nodes.append(node)
        node, token = predecessors[node]
        tokens.append(token)
    return Cycle(start, tuple(reversed(tokens)), frozenset(nodes))
