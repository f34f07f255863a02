"""The call graph with traffic: how many calls heard each node, went on from it, and ended at it.

Small counts are suppressed already.
"""

from dataclasses import replace

from ivr.call_graph.model import Arrow, Box, Drawing
from ivr.records.reports.suppression import Cell
from ivr.records.reports.traffic import Traffic


def with_traffic(drawing: Drawing, traffic: Traffic) -> Drawing:
    """Return a drawing with counts in place of facts and keys.

    The more calls went a way, the thicker its arrow. The ladder of silence is left out: the node
    that it led to is counted.
    """
    nodes = {box.id: box for box in drawing.boxes if box.kind not in {"rung", "anywhere"}}
    boxes = tuple(_counted(box, traffic) for box in nodes.values())
    most = max((n for n in traffic.edges.values() if isinstance(n, int)), default=0)
    arrows = tuple(
        _weighed(arrow, traffic, most)
        for arrow in drawing.arrows
        if arrow.start in nodes and arrow.end in nodes
    )
    return replace(drawing, boxes=boxes, arrows=_each_once(arrows))


def _counted(box: Box, traffic: Traffic) -> Box:
    visits, ends = traffic.arrived.get(box.id, 0), traffic.ended.get(box.id, 0)
    facts = (f"heard it: {_written(visits)}", *([f"ended here: {_written(ends)}"] if ends else []))
    return replace(box, facts=facts)


def _weighed(arrow: Arrow, traffic: Traffic, most: int) -> Arrow:
    count = traffic.edges.get((arrow.start, arrow.end), 0)
    share = count / most if isinstance(count, int) and most else 0.0
    return replace(arrow, label=_written(count) if count else "", share=share)


def _each_once(arrows: tuple[Arrow, ...]) -> tuple[Arrow, ...]:
    """Keep one arrow between two boxes: the records hold where a call went on, not by which key."""
    return tuple({(arrow.start, arrow.end): arrow for arrow in reversed(arrows)}.values())[::-1]


def _written(count: Cell) -> str:
    return f"{count:,}" if isinstance(count, int) else count
