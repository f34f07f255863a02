"""`/map`, the drawn call graph, and a page for each node with its words in every language."""

from functools import lru_cache

from flask import abort, current_app, render_template, request, url_for
from markupsafe import Markup

from ivr.call_graph.model import draw
from ivr.call_graph.shortest_paths import shortest_paths
from ivr.call_graph.svg import KINDS, svg
from ivr.script.model import Script
from ivr.transcript.build import call_order, section
from ivr.transcript.labels import heading, language_name
from ivr.web.console import ConsolePages
from ivr.web.routes import get


class CallGraphPages(ConsolePages, name="map"):
    """The pages of the call graph of one script."""

    @get("/map")
    def page(self) -> str:
        """Show the drawing in the language of `?words=`, and the same content as a table."""
        language = request.args.get("words", self.script.line.default_language)
        if language not in self.script.words:
            abort(404, f'This script has no language "{language}".')
        drawing = draw(self.script, language)
        names = {box.id: box.title for box in drawing.boxes}
        return render_template(
            "map.html",
            language=language,
            languages=[(code, language_name(code)) for code in self.script.words],
            drawing=_drawing(self.script, language, url_for("map.page")),
            boxes=drawing.boxes,
            leads={
                box.id: [a for a in drawing.arrows if a.start == box.id] for box in drawing.boxes
            },
            names=names,
            kinds=KINDS,
            shapes=_SHAPES,
            nodes=frozenset(self.script.graph.nodes),
        )

    @get("/map/<node>")
    def node(self, node: str) -> str:
        """Show a node's words in each language, where it leads, and how to hear it in the phone."""
        script = self.script
        if node not in call_order(script):
            abort(404, f'This script has no part "{node}" that a caller can come to.')
        language = script.line.default_language
        arrows = draw(script, language).arrows
        return render_template(
            "node.html",
            node=node,
            kind=KINDS[type(script.graph.nodes[node]).__name__.lower()],
            title=heading(script, language, node),
            language=language,
            languages=[(code, language_name(code)) for code in script.words],
            sections={code: section(script, code, node) for code in script.words},
            paths={code: shortest_paths(script, code).get(node) for code in script.words},
            leads=[a for a in arrows if a.start == node],
            origins=[a for a in arrows if a.end == node and a.start in script.graph.nodes],
            names={n: heading(script, language, n) for n in call_order(script)},
            has_phone="phone.page" in current_app.view_functions,
        )


@lru_cache(maxsize=16)
def _drawing(script: Script, language: str, root: str) -> Markup:
    links = {node: f"{root}/{node}" for node in call_order(script)}
    return Markup(svg(script, language, links))  # noqa: S704 escaped there


_SHAPES = (
    ("opening", "Rounded ends", "The first words"),
    ("menu", "Thick edge, round corners", "A menu: choices on the keys 1 to 5"),
    ("talk", "A page with a folded corner", "A talk that goes on by itself"),
    ("check", "Points at both sides", "Questions to answer with 1, 2 or 3"),
    ("transfer", "An arrow", "A number that can be rung"),
    ("emergency", "A stop sign", "911"),
    ("voicemail", "Rounded ends", "A message that is left, or sent"),
    ("rung", "Dotted edge", "What is said in silence"),
)
