"""The drawing as SVG, for a page or a file to print.

Kinds differ by shape and by name, not by colour alone; colours come from a style sheet's classes
(`.box-menu`, `.arrow-next` …), so that a page can have its own in the dark and on paper.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ivr.call_graph.layout import CUT, LINE, PAD, STOP_CUT, PlacedArrow, PlacedBox, lay_out
from ivr.call_graph.model import Drawing, draw
from ivr.call_graph.traffic import with_traffic
from ivr.records.reports.traffic import Traffic
from ivr.script.model import Script
from ivr.script.version import version
from ivr.transcript.labels import language_name

KINDS: Mapping[str, str] = {
    "opening": "first words",
    "menu": "menu",
    "talk": "talk",
    "check": "check",
    "transfer": "connects to",
    "agency": "own people",
    "voicemail": "message",
    "text": "text message",
    "emergency": "emergency",
    "goodbye": "goodbye",
    "anywhere": "every place",
    "rung": "silence",
}
"""What stands above a box's title, by its kind."""

_ROUND = 12

ABOUT = (
    "Boxes are the nodes of the call graph; arrows lead to the next one and show the key. The shape"
    " and the first line of a box show its kind. A table below has the same content."
)
ABOUT_TRAFFIC = (
    "Boxes are the nodes of the call graph, with how many calls heard each one and ended at it;"
    " arrows show how many went on that way. A table below has the same content."
)


ABOUT_CHANGES = (
    "Boxes are the nodes of the call graph; those that are new, changed or removed say so in their"
    " first line below the title, and have a thick edge. A list above has the same content."
)


def svg(
    script: Script,
    language: str,
    links: Mapping[str, str],
    style: str = "",
    traffic: Traffic | None = None,
    changes: Drawing | None = None,
) -> str:
    """Return a script's drawing. `links` are the URLs of nodes; `style` is CSS to put inside.

    A drawing in a page needs no `style`: the page has it. With `traffic` it shows counts of calls;
    `changes` is a drawing in which what differs from another script is marked.
    """
    drawing = changes or draw(script, language)
    placed = lay_out(with_traffic(drawing, traffic) if traffic else drawing)
    return _template().render(
        placed=placed,
        language=language,
        language_name=language_name(language),
        version=version(script),
        agency=script.line.agency.name[language],
        links=links,
        style=style,
        about=ABOUT_CHANGES if changes else ABOUT_TRAFFIC if traffic else ABOUT,
        kinds=KINDS,
        shape=shape,
        lines=lines,
        curve=curve,
        tip=tip,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("drawing.svg.jinja")


def shape(box: PlacedBox) -> str:
    """Return a box's outline as an SVG path around its middle: each kind has its own."""
    w, h = box.width / 2, box.height / 2
    match box.box.kind:
        case "opening" | "goodbye" | "voicemail" | "text":
            return _rounded(w, h, min(h, 30))
        case "menu" | "anywhere":
            return _rounded(w, h, _ROUND)
        case "talk":  # a page with a folded corner
            c = CUT
            return f"M{-w},{-h} H{w - c} L{w},{-h + c} V{h} H{-w} Z M{w - c},{-h} V{-h + c} H{w}"
        case "check":  # points at both sides
            c = CUT
            return f"M{-w + c},{-h} H{w - c} L{w},0 L{w - c},{h} H{-w + c} L{-w},0 Z"
        case "transfer" | "agency":  # an arrow's head: it leads off the line
            c = CUT
            return f"M{-w},{-h} H{w - c} L{w},0 L{w - c},{h} H{-w} Z"
        case "emergency":  # a stop sign
            c = min(STOP_CUT, h)
            return (
                f"M{-w + c},{-h} H{w - c} L{w},{-h + c} V{h - c} L{w - c},{h}"
                f" H{-w + c} L{-w},{h - c} V{-h + c} Z"
            )
        case _:
            return _rounded(w, h, 2)


def _rounded(w: float, h: float, r: float) -> str:
    return (
        f"M{-w + r},{-h} H{w - r} A{r},{r} 0 0 1 {w},{-h + r} V{h - r} A{r},{r} 0 0 1 {w - r},{h}"
        f" H{-w + r} A{r},{r} 0 0 1 {-w},{h - r} V{-h + r} A{r},{r} 0 0 1 {-w + r},{-h} Z"
    )


def lines(box: PlacedBox) -> list[tuple[str, str, float]]:
    """Return the lines of a box's text: class, words, and the height of their middle in points."""
    texts = [("kind", KINDS[box.box.kind]), *(("title", t) for t in box.title)]
    texts += [("fact", t) for t in box.facts]
    if box.box.mark:
        first = 1 + len(box.title)
        texts[first] = ("mark", texts[first][1])
    top = -box.height / 2 + PAD + LINE / 2
    return [(name, text, top + i * LINE) for i, (name, text) in enumerate(texts)]


def curve(arrow: PlacedArrow) -> str:
    """Return an arrow's line as an SVG path, up to its head."""
    first, *rest = arrow.curve
    bends = " ".join(f"{x},{y}" for x, y in rest)
    return f"M{first[0]},{first[1]} C{bends}"


def tip(arrow: PlacedArrow) -> str:
    """Return an arrow's head, from the end of its line to its tip."""
    (x, y), (u, v) = arrow.curve[-1], arrow.tip
    dx, dy = (u - x) * 0.38, (v - y) * 0.38
    return f"M{u},{v} L{x - dy:.1f},{y + dx:.1f} L{x + dy:.1f},{y - dx:.1f} Z"
