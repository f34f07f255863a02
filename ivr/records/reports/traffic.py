"""How calls went through the menu: what they heard, where they went on to, and where they ended.

Figures that would tell of fewer than five callers are hidden here as in every report.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ivr.records.reports.aggregates import Counts, node_of
from ivr.records.reports.suppression import HIDDEN, Cell, hide


@dataclass(frozen=True)
class Ways:
    """By node: the calls that heard and that ended there; by two nodes: how often calls went on."""

    heard: Mapping[str, Cell]
    ended: Mapping[str, Cell]
    went: Mapping[tuple[str, str], Cell]


def ways(found: Counts) -> Ways:
    """Return the ways between the nodes of a script; the steps within one are taken together."""
    heard = _by_node(found["node"], _most)
    ended = _by_node(found["left-at"], _sum)
    on: dict[str, dict[str, int]] = defaultdict(dict)
    for name, count in found["way"].items():
        here, _, there = name.partition(">")
        if here != there:
            on[here][there] = count
    went = {}
    for here, counted in on.items():
        left = ended.get(here, 0)
        # Whoever did not go on ended here: that count is one of the same sum.
        cells = hide([*counted.values(), left if isinstance(left, int) else 1])
        went.update({(here, there): cell for there, cell in zip(counted, cells, strict=False)})
        if here in ended:
            ended[here] = cells[-1]
    return Ways(heard, ended, went)


def _most(cells: list[Cell]) -> Cell:
    """Return the most that is shown of a node's places: who heard one heard the first of them."""
    return max((n for n in cells if isinstance(n, int)), default=HIDDEN)


def _sum(cells: list[Cell]) -> Cell:
    """Return a sum, hidden where a part of it is: the part could be worked out."""
    return HIDDEN if HIDDEN in cells else sum(n for n in cells if isinstance(n, int))


def _by_node(column: Mapping[str, int], of: Callable[[list[Cell]], Cell]) -> dict[str, Cell]:
    """Take a column of places together by node."""
    spots: dict[str, list[Cell]] = defaultdict(list)
    for spot, cell in zip(column, hide([*column.values()]), strict=True):
        spots[node_of(spot)].append(cell)
    return {node: of(cells) for node, cells in spots.items()}
