"""The call graph of a draft beside that on the air: what is new, changed or removed is marked."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from ivr.call_graph.model import Arrow, Box, Drawing, Mark


def with_changes(before: Drawing, after: Drawing, changed: Collection[str]) -> Drawing:
    """Return a drawing of both, with marks. `changed` are the nodes whose words are others now.

    A box has also changed if its title, its facts or its arrows have. What was removed stands where
    the arrows of before lead to it.
    """
    old, new = {box.id: box for box in before.boxes}, {box.id: box for box in after.boxes}
    arrows = tuple(_arrows(before, after))
    starts = {arrow.start for arrow in arrows if arrow.mark}

    def marked(box: Box) -> Box:
        if box.id not in old:
            return _with_mark(box, "new")
        is_other = box.id in changed or box.id in starts or box != old[box.id]
        return _with_mark(box, "changed") if is_other else box

    removed = [_with_mark(box, "removed") for box in before.boxes if box.id not in new]
    return replace(after, boxes=(*map(marked, after.boxes), *removed), arrows=arrows)


def _arrows(before: Drawing, after: Drawing) -> Iterator[Arrow]:
    old, new = set(map(_way, before.arrows)), set(map(_way, after.arrows))
    for arrow in after.arrows:
        yield arrow if _way(arrow) in old else _labelled(arrow, "new")
    for arrow in before.arrows:
        if _way(arrow) not in new:
            yield _labelled(arrow, "removed")


def _way(arrow: Arrow) -> tuple[str, str, str, str]:
    """Return what makes an arrow the same; another wording of its task does not matter."""
    return arrow.start, arrow.end, arrow.label, arrow.style


def _with_mark(box: Box, mark: Mark) -> Box:
    return replace(box, mark=mark, facts=(mark, *box.facts))


def _labelled(arrow: Arrow, mark: Mark) -> Arrow:
    label = f"{arrow.label} {mark}".strip()
    return replace(arrow, mark=mark, label=label, about=f"{mark}: {arrow.about}")
