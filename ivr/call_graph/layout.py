"""The position of each box and arrow of the drawing, in points.

Boxes form a forest: each is one column to the right of the box from which it is first reached. The
other arrows are routed through the gaps between boxes. No font is measured, so that a drawing is
the same on every machine.
"""

import itertools
import textwrap
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ivr.call_graph.model import ANYWHERE, Arrow, Box, Drawing

WIDTH, LINE, PAD = 174, 17, 9
"""The width of a box, the height of a line of text, and the space above and below it, in points.

Narrow, so that the drawing fits an upright sheet of paper and can be read there."""

BETWEEN_ROWS, BETWEEN_COLUMNS = 34, 44
"""The least space between two boxes, in points; columns get more where an arrow has a label."""

LANE = 9
"""The space between two arrows that pass through the same gap, in points."""

HEAD = 9
"""The length of an arrow's head, in points."""

TITLE_LETTERS, FACT_LETTERS = 19, 24
LABEL_LETTER, LABEL_HEIGHT = 7.5, 18
CUT, STOP_CUT = 14.0, 20.0
"""How far the corners of a box are cut, by its shape, in points."""

Point = tuple[float, float]


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

    def side(self, direction: int, y: float) -> Point:
        """Return the point of the outline at a height; `direction` 1 is the right side, -1 left."""
        away, half = abs(y - self.y), self.height / 2
        match self.box.kind:
            case "check":
                inset = CUT * away / half
            case "transfer" | "agency":
                inset = CUT * away / half if direction > 0 else 0
            case "emergency":
                inset = max(0, away - half + min(STOP_CUT, half))
            case _:
                inset = 0
        return self.x + direction * (self.width / 2 - inset), y


@dataclass(frozen=True)
class PlacedArrow:
    """An arrow as a Bézier curve, its tip, and the middle of its label if it has one."""

    arrow: Arrow
    curve: tuple[Point, ...]
    tip: Point
    label: Point | None


@dataclass(frozen=True)
class Layout:
    """A whole drawing with positions, counted from the upper left."""

    width: float
    height: float
    boxes: tuple[PlacedBox, ...]
    arrows: tuple[PlacedArrow, ...]


def lay_out(drawing: Drawing) -> Layout:
    """Return a drawing with the position of each of its parts."""
    columns, children = _forest(drawing)
    boxes = _boxes(drawing, columns, children)
    routes = _Routes(boxes, columns)
    arrows = tuple(routes.arrow(arrow, ports) for arrow, ports in _ports(drawing, boxes, columns))
    points = [point for arrow in arrows for point in arrow.curve]
    right = max([b.x + b.width / 2 for b in boxes.values()] + [x for x, _ in points])
    bottom = max([b.y + b.height / 2 for b in boxes.values()] + [y for _, y in points])
    return Layout(round(right, 1), round(bottom, 1), tuple(boxes.values()), arrows)


def _forest(drawing: Drawing) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Return the column of each box, and the boxes that hang on it; first reached, first placed."""
    leads: dict[str, list[str]] = defaultdict(list)
    for arrow in drawing.arrows:
        leads[arrow.start].append(arrow.end)
    columns: dict[str, int] = {}
    children: dict[str, list[str]] = defaultdict(list)
    names = [box.id for box in drawing.boxes]
    queue: list[str] = []
    for roots in ([name for name in names if name in {names[0], ANYWHERE}], names):
        queue = [box for box in roots if box not in columns]
        children[""] += queue
        columns |= dict.fromkeys(queue, 0)
        for box in queue:
            for end in leads[box]:
                if end not in columns:
                    columns[end] = columns[box] + 1
                    children[box].append(end)
                    queue.append(end)
    return columns, children


def _boxes(
    drawing: Drawing, columns: Mapping[str, int], children: Mapping[str, list[str]]
) -> dict[str, PlacedBox]:
    """Return each box in its place: the middle of those that hang on it, and below all before."""
    texts = {box.id: _lines(box) for box in drawing.boxes}
    heights = {name: 2 * PAD + LINE * (1 + len(t) + len(f)) for name, (t, f) in texts.items()}
    free: dict[int, float] = defaultdict(float)
    tops: dict[str, float] = {}

    def settle(name: str, down: float) -> float:
        """Place a box and what hangs on it, at least `down` from the top; return its middle."""
        column, height = columns[name], heights[name]
        below = [settle(child, down) for child in children.get(name, ())]
        middle = (below[0] + below[-1]) / 2 if below else down + height / 2
        top = max(middle - height / 2, free[column])
        tops[name] = top
        free[column] = top + height + BETWEEN_ROWS
        return top + height / 2

    for root in children[""]:
        settle(root, max(free.values(), default=0) if columns[root] == 0 and tops else 0)
    left = _lefts(drawing, columns)
    return {
        box.id: PlacedBox(
            box,
            left[columns[box.id]] + WIDTH / 2,
            round(tops[box.id] + heights[box.id] / 2, 1),
            WIDTH,
            heights[box.id],
            *texts[box.id],
        )
        for box in drawing.boxes
    }


def _lefts(drawing: Drawing, columns: Mapping[str, int]) -> dict[int, float]:
    """Return where each column begins, with room for the widest label before it."""
    room: dict[int, float] = defaultdict(float)
    for arrow in drawing.arrows:
        between = min(columns[arrow.start], columns[arrow.end])
        room[between] = max(room[between], len(arrow.label) * LABEL_LETTER)
    lefts, x = {}, 0.0
    for column in range(max(columns.values()) + 1):
        lefts[column] = x
        x += WIDTH + BETWEEN_COLUMNS + room[column]
    return lefts


def _lines(box: Box) -> tuple[tuple[str, ...], tuple[str, ...]]:
    facts = [line for fact in box.facts for line in textwrap.wrap(fact, FACT_LETTERS)]
    return tuple(textwrap.wrap(box.title, TITLE_LETTERS)), tuple(facts)


def _ports(
    drawing: Drawing, boxes: Mapping[str, PlacedBox], columns: Mapping[str, int]
) -> Iterator[tuple[Arrow, tuple[Point, Point]]]:
    """Yield each arrow with the points where it leaves and arrives, spread over the sides."""
    sides: dict[tuple[str, int], list[tuple[float, int, int]]] = defaultdict(list)
    for i, arrow in enumerate(drawing.arrows):
        start, end = boxes[arrow.start], boxes[arrow.end]
        forward = columns[arrow.start] <= columns[arrow.end]
        same = columns[arrow.start] == columns[arrow.end]
        sides[start.box.id, 1 if forward else -1].append((end.y, i, 0))
        sides[end.box.id, 1 if same or not forward else -1].append((start.y, i, 1))
    points: dict[tuple[int, int], Point] = {}
    for (name, direction), users in sides.items():
        box = boxes[name]
        step = box.height / (len(users) + 1)
        for n, (_, i, which) in enumerate(sorted(users), 1):
            points[i, which] = box.side(direction, box.y - box.height / 2 + n * step)
    for i, arrow in enumerate(drawing.arrows):
        yield arrow, (points[i, 0], points[i, 1])


@dataclass
class _Routes:
    """Routes the arrows one after the other, so that no two share a lane or a label."""

    boxes: Mapping[str, PlacedBox]
    columns: Mapping[str, int]
    lanes: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    labels: list[tuple[float, float, float]] = field(default_factory=list)

    def arrow(self, arrow: Arrow, ports: tuple[Point, Point]) -> PlacedArrow:
        """Return an arrow's route from port to port."""
        start, end = self.boxes[arrow.start], self.boxes[arrow.end]
        if start.x != end.x:
            curve, tip = self._across(arrow, *ports)
        elif self._are_neighbours(start, end):
            curve, tip = _down(start, end)
        else:
            curve, tip = _around(*ports)
        label = self._label(curve, arrow.label) if arrow.label else None
        return PlacedArrow(arrow, tuple((round(x, 1), round(y, 1)) for x, y in curve), tip, label)

    def _across(self, arrow: Arrow, begin: Point, tip: Point) -> tuple[list[Point], Point]:
        first, last = self.columns[arrow.start], self.columns[arrow.end]
        way = 1 if last > first else -1
        stops = [begin]
        for column in range(first + way, last, way):
            share = (column - first) / (last - first)
            middle, y = self._lane(column, begin[1] + share * (tip[1] - begin[1]))
            stops += [(middle - way * WIDTH / 2, y), (middle + way * WIDTH / 2, y)]
        stops.append((tip[0] - way * HEAD, tip[1]))
        curve = [begin]
        for (x, y), (u, v) in itertools.pairwise(stops):
            reach = max(abs(u - x) * 0.5, 12) * way
            curve += [(x + reach, y), (u - reach, v), (u, v)]
        return curve, tip

    def _lane(self, column: int, wanted: float) -> tuple[float, float]:
        """Return the middle of a column, and the free height in it that is nearest to one."""
        inside = sorted((b for b in self.boxes.values() if self.columns[b.box.id] == column),
                        key=lambda b: b.y)  # fmt: skip
        taken = self.lanes[column]
        room = BETWEEN_ROWS / 2

        def is_free(y: float) -> bool:
            clear = all(abs(y - b.y) >= b.height / 2 + LANE / 2 for b in inside)
            return clear and all(abs(y - other) >= LANE for other in taken)

        edges = [b.y + sign * (b.height / 2 + room) for b in inside for sign in (-1, 1)]
        near = [y + n * LANE for y in (wanted, *edges) for n in range(-12, 13)]
        y = min((y for y in near if y >= 0 and is_free(y)), key=lambda y: abs(y - wanted),
                default=max(b.y + b.height / 2 for b in inside) + room)  # fmt: skip
        taken.append(y)
        return inside[0].x, y

    def _are_neighbours(self, one: PlacedBox, other: PlacedBox) -> bool:
        upper, lower = sorted((one.y, other.y))
        return not any(b.x == one.x and upper < b.y < lower for b in self.boxes.values())

    def _label(self, curve: list[Point], text: str) -> Point:
        """Return a point of a curve where its label covers no other label and no box."""
        half = (len(text) * LABEL_LETTER + 10) / 2
        pieces = range(0, len(curve) - 1, 3)
        points = [
            _bezier(curve[i : i + 4], t / 20) for i in pieces for t in (10, 8, 12, 6, 14, 4, 16)
        ]
        best = next((point for point in points if self._is_free(point, half)), points[0])
        self.labels.append((*best, half))
        return best

    def _is_free(self, point: Point, half: float) -> bool:
        x, y = point
        return all(
            abs(x - u) >= half + other or abs(y - v) >= LABEL_HEIGHT for u, v, other in self.labels
        ) and all(
            abs(x - b.x) >= half + b.width / 2 or abs(y - b.y) >= (LABEL_HEIGHT + b.height) / 2
            for b in self.boxes.values()
        )


def _down(start: PlacedBox, end: PlacedBox) -> tuple[list[Point], Point]:
    """Return a straight route to the box above or below."""
    sign = 1 if end.y > start.y else -1
    begin, tip = (
        (start.x, start.y + sign * start.height / 2),
        (end.x, end.y - sign * end.height / 2),
    )
    last = (tip[0], tip[1] - sign * HEAD)
    return [begin, begin, last, last], tip


def _around(begin: Point, tip: Point) -> tuple[list[Point], Point]:
    """Return a route round the boxes between two of one column."""
    last = (tip[0] + HEAD, tip[1])
    out = max(begin[0], tip[0]) + min(30 + abs(tip[1] - begin[1]) * 0.1, 60)
    return [begin, (out, begin[1]), (out, tip[1]), last], tip


def _bezier(four: list[Point], t: float) -> Point:
    shares = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    x, y = (sum(share * p[axis] for share, p in zip(shares, four, strict=True)) for axis in (0, 1))
    return round(x, 1), round(y, 1)
