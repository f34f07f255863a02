"""The map with the calls on it: how many heard each part, which way they went on, where they ended.

The figures are given; who may be shown in them is not decided here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ivr.call_graph.model import Arrow, Box, Drawn

Figure = int | str
"""A count, or a word in place of one that is not shown."""


@dataclass(frozen=True)
class Traffic:
    """What happened at each node and between two: calls that heard it, calls that ended there."""

    heard: Mapping[str, Figure]
    ended: Mapping[str, Figure]
    ways: Mapping[tuple[str, str], Figure]


def travelled(drawing: Drawn, traffic: Traffic) -> Drawn:
    """Return a drawing with counts for facts and keys; what no count belongs to is left out.

    The more went a way, the thicker its arrow. The ladder of silence is no part of a script's
    graph, so it is not drawn; where it led is counted at the node that it led to.
    """
    nodes = {box.id: box for box in drawing.boxes if box.kind not in {"rung", "anywhere"}}
    boxes = tuple(_counted(box, traffic) for box in nodes.values())
    most = max((n for n in traffic.ways.values() if isinstance(n, int)), default=0)
    arrows = tuple(
        _weighed(arrow, traffic, most)
        for arrow in drawing.arrows
        if arrow.start in nodes and arrow.end in nodes
    )
    return replace(drawing, boxes=boxes, arrows=_each_once(arrows))


def _counted(box: Box, traffic: Traffic) -> Box:
    heard, ended = traffic.heard.get(box.id, 0), traffic.ended.get(box.id, 0)
    facts = (f"heard it: {_written(heard)}", *([f"ended here: {_written(ended)}"] if ended else []))
    return replace(box, facts=facts)


def _weighed(arrow: Arrow, traffic: Traffic, most: int) -> Arrow:
    count = traffic.ways.get((arrow.start, arrow.end), 0)
    share = count / most if isinstance(count, int) and most else 0.0
    return replace(arrow, label=_written(count) if count else "", share=share)


def _each_once(arrows: tuple[Arrow, ...]) -> tuple[Arrow, ...]:
    """Keep one arrow between two boxes: the records tell where a call went on, not by which key."""
    return tuple({(arrow.start, arrow.end): arrow for arrow in reversed(arrows)}.values())[::-1]


def _written(count: Figure) -> str:
    return f"{count:,}" if isinstance(count, int) else count
