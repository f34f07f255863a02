"""Where each box and arrow stands: Graphviz (dot) works it out, in points.

Sizes are given to it and no font is asked for, so that a drawing is the same on every machine.
"""

import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from ivr.call_graph.model import ANYWHERE, Arrow, Box, Drawn

WIDTH, LINE, PAD = 174, 17, 9
"""Of a box: its width, the height of a line of text, the space above and below, in points.

Narrow, so that the drawing goes on an upright sheet of paper and can be read there."""

_TITLE_LETTERS, _FACT_LETTERS = 19, 24
_LABEL_LETTER = 7.5
_INCH = 72

Point = tuple[float, float]

_alone = Lock()
"""Graphviz keeps its state in the process, so one drawing at a time."""


@dataclass(frozen=True)
class PlacedBox:
    """A box with its middle, size and lines of text: kind, title, facts."""

    box: Box
    x: float
    y: float
    width: float
    height: float
    title: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True)
class PlacedArrow:
    """An arrow as a Bézier curve, its tip, and the middle of its label where it has one."""

    arrow: Arrow
    curve: tuple[Point, ...]
    tip: Point
    label: Point | None


@dataclass(frozen=True)
class Placed:
    """A whole drawing with positions, from the upper left."""

    width: float
    height: float
    boxes: tuple[PlacedBox, ...]
    arrows: tuple[PlacedArrow, ...]


def place(drawing: Drawn) -> Placed:
    """Return a drawing with the position of each of its parts."""
    import pygraphviz  # takes long, and a line that answers calls draws seldom

    texts = {box.id: _lines(box) for box in drawing.boxes}
    graph = pygraphviz.AGraph(directed=True, strict=False, **_GRAPH)
    for box in drawing.boxes:
        size = {"width": WIDTH / _INCH, "height": _height(*texts[box.id]) / _INCH}
        graph.add_node(box.id, shape="box", fixedsize=True, label="", **size)
    leads = _leads(drawing)
    for i, arrow in enumerate(drawing.arrows):
        edge = _edge(arrow, leads=arrow in leads)
        graph.add_edge(arrow.start, arrow.end, key=str(i), id=str(i), **edge)
    with _alone:
        told = json.loads(graph.draw(format="json", prog="dot"))
    return _placed(drawing, texts, told)


_GRAPH = {
    "rankdir": "LR",
    "nodesep": 0.3,
    "ranksep": 0.42,
    "splines": "spline",
    "outputorder": "edgesfirst",
    "newrank": True,
}


def _leads(drawing: Drawn) -> frozenset[Arrow]:
    """Return the arrows by which each box is first come to: these alone give it its column."""
    first: dict[str, Arrow] = {}
    queue = [drawing.boxes[0].id, ANYWHERE]
    for here in queue:
        for arrow in drawing.arrows:
            if arrow.start == here and arrow.end not in {*first, *queue}:
                first[arrow.end] = arrow
                queue.append(arrow.end)
    return frozenset(first.values())


def _edge(arrow: Arrow, *, leads: bool) -> dict[str, str]:
    wide = len(arrow.label) * _LABEL_LETTER + 10
    size = f'BORDER="0" FIXEDSIZE="TRUE" WIDTH="{wide:.0f}" HEIGHT="18"'
    room = f"<<TABLE {size}><TR><TD></TD></TR></TABLE>>"
    column = {"weight": "4"} if leads else {"constraint": "false"}
    return {**column, **({"label": room} if arrow.label else {})}


def _lines(box: Box) -> tuple[tuple[str, ...], tuple[str, ...]]:
    facts = [line for fact in box.facts for line in textwrap.wrap(fact, _FACT_LETTERS)]
    return tuple(textwrap.wrap(box.title, _TITLE_LETTERS)), tuple(facts)


def _height(title: tuple[str, ...], facts: tuple[str, ...]) -> float:
    return 2 * PAD + LINE * (1 + len(title) + len(facts))


def _placed(
    drawing: Drawn,
    texts: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]],
    told: Mapping[str, Any],
) -> Placed:
    left, bottom, right, top = (float(part) for part in told["bb"].split(","))

    def flipped(point: Point) -> Point:
        return round(point[0] - left, 1), round(top - point[1], 1)

    at = {o["name"]: flipped(_point(o["pos"])) for o in told["objects"] if "pos" in o}
    boxes = [
        PlacedBox(box, *at[box.id], WIDTH, _height(*texts[box.id]), *texts[box.id])
        for box in drawing.boxes
    ]
    arrows = []
    for edge in told["edges"]:
        tip, *curve = (flipped(_point(p.removeprefix("e,"))) for p in edge["pos"].split())
        label = _nearest(curve, flipped(_point(edge["lp"]))) if "lp" in edge else None
        arrows.append(PlacedArrow(drawing.arrows[int(edge["id"])], tuple(curve), tip, label))
    return Placed(right - left, top - bottom, tuple(boxes), tuple(arrows))


def _nearest(curve: list[Point], to: Point) -> Point:
    """Return the point of a curve nearest to where dot kept room: a label is on its line."""
    on = [
        _bezier(curve[i : i + 4], step / _SAMPLES)
        for i in range(0, len(curve) - 1, 3)
        for step in range(_SAMPLES + 1)
    ]
    return min(on, key=lambda p: (p[0] - to[0]) ** 2 + (p[1] - to[1]) ** 2)


_SAMPLES = 12


def _bezier(four: list[Point], t: float) -> Point:
    shares = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    x, y = (sum(share * p[axis] for share, p in zip(shares, four, strict=True)) for axis in (0, 1))
    return round(x, 1), round(y, 1)


def _point(text: str) -> Point:
    x, y = text.split(",")
    return float(x), float(y)
