"""The map of a draft: the call graph with what it adds, changes or removes; the same in words."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from flask import url_for
from markupsafe import Markup

from ivr.call_graph.changes import with_changes
from ivr.call_graph.model import Box, Drawing, draw
from ivr.call_graph.svg import svg
from ivr.editing.changes import Change
from ivr.editing.examine import Examined
from ivr.script.model import Script


@dataclass(frozen=True, slots=True)
class ChangeMap:
    """The picture, and what it shows; `links` lead to the parts that can be opened."""

    image: Markup
    drawing: Drawing
    links: Mapping[str, str]

    def leads(self, box: Box) -> list[str]:
        """Return the arrows of a part that are new or removed: "1 new → Who can help"."""
        names = {one.id: one.title for one in self.drawing.boxes}
        arrows = (one for one in self.drawing.arrows if one.start == box.id and one.mark)
        return [f"{arrow.label} → {names.get(arrow.end, arrow.end)}" for arrow in arrows]


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
    image = svg(after, language, links, changes=drawing)
    return ChangeMap(Markup(image), drawing, links)  # noqa: S704 escaped there
