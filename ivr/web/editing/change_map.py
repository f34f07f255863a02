"""The map of a draft: the call graph with what it adds, changes or removes; the same in words."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from flask import url_for
from markupsafe import Markup

from ivr.call_graph.changes import with_changes
from ivr.call_graph.model import draw
from ivr.call_graph.svg import KINDS, svg
from ivr.editing.changes import Change
from ivr.editing.examine import Examined
from ivr.script.model import Script


@dataclass(frozen=True, slots=True)
class MarkedPart:
    """A part that is "new", "changed" or "removed". `url` is "" for what cannot be opened."""

    name: str
    kind: str
    mark: str
    leads: tuple[str, ...]
    """The arrows that are new or removed: "1 new → Who can help"."""
    url: str


@dataclass(frozen=True, slots=True)
class ChangeMap:
    """The drawing, and the parts in it that are marked."""

    drawing: Markup
    parts: tuple[MarkedPart, ...]


def change_map(before: Examined, after: Examined, texts: Collection[Change]) -> ChangeMap | None:
    """Return the map of what a draft changes; None if one of the two scripts is broken."""
    if before.script is None or after.script is None:
        return None
    names = {change.name for change in texts}
    changed = frozenset(
        node
        for one in (before, after)
        for node, prompts in one.nodes.items()
        if node and names & set(prompts)
    )
    return _drawn(before.script, after.script, changed, url_for("edit.page"))


@lru_cache(maxsize=2)
def _drawn(before: Script, after: Script, changed: frozenset[str], root: str) -> ChangeMap:
    language = after.line.default_language
    old = draw(before, before.line.default_language)
    drawing = with_changes(old, draw(after, language), changed)
    links = {node: f"{root}/node/{node}" for node in after.graph.nodes}
    names = {box.id: box.title for box in drawing.boxes}
    parts = tuple(
        MarkedPart(
            box.title,
            KINDS[box.kind],
            box.mark,
            tuple(
                f"{arrow.label} → {names.get(arrow.end, arrow.end)}"
                for arrow in drawing.arrows
                if arrow.start == box.id and arrow.mark
            ),
            links.get(box.id, ""),
        )
        for box in drawing.boxes
        if box.mark
    )
    image = svg(after, language, links, changes=drawing)
    return ChangeMap(Markup(image), parts)  # noqa: S704 escaped there
