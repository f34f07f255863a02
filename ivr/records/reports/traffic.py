"""How calls moved through the menu: where they arrived, where they went on to, where they ended.

Counts of fewer than five callers are suppressed, as in every report.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ivr.records.reports.aggregates import Counts, node_of
from ivr.records.reports.suppression import HIDDEN, Cell, suppress


@dataclass(frozen=True)
class Traffic:
    """By node: the calls that arrived and that ended there. By two nodes: how often calls moved."""

    arrived: Mapping[str, Cell]
    ended: Mapping[str, Cell]
    edges: Mapping[tuple[str, str], Cell]


def traffic(counts: Counts) -> Traffic:
    """Return the traffic between the nodes of a script; the steps of a node are one."""
    arrived = _by_node(counts["node"], _largest)
    ended = _by_node(counts["left-at"], _sum)
    moves: dict[str, dict[str, int]] = defaultdict(dict)
    for way, count in counts["way"].items():
        source, _, target = way.partition(">")
        if source != target:
            moves[source][target] = count
    edges = {}
    for source, targets in moves.items():
        end = ended.get(source, 0)
        # A caller who did not go on ended here: that count belongs to the same sum.
        cells = suppress([*targets.values(), end if isinstance(end, int) else 1])
        edges.update({(source, target): cell for target, cell in zip(targets, cells, strict=False)})
        if source in ended:
            ended[source] = cells[-1]
    return Traffic(arrived, ended, edges)


def _largest(cells: list[Cell]) -> Cell:
    """Return the largest count of a node's steps: a call that arrived at any was at the first."""
    return max((n for n in cells if isinstance(n, int)), default=HIDDEN)


def _sum(cells: list[Cell]) -> Cell:
    """Return a sum, suppressed if a part of it is: otherwise the part could be computed."""
    return HIDDEN if HIDDEN in cells else sum(n for n in cells if isinstance(n, int))


def _by_node(column: Mapping[str, int], combine: Callable[[list[Cell]], Cell]) -> dict[str, Cell]:
    """Combine the cells of a node's steps into one."""
    cells: dict[str, list[Cell]] = defaultdict(list)
    for label, cell in zip(column, suppress([*column.values()]), strict=True):
        cells[node_of(label)].append(cell)
    return {node: combine(of_node) for node, of_node in cells.items()}
