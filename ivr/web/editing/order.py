"""`/edit/choices`: the order of a menu's keys."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

from ivr.editing.revisions import EditError
from ivr.script import yaml_sequence
from ivr.script.nodes import Menu, Talk
from ivr.script.yaml_source import Loc
from ivr.transcript.labels import heading
from ivr.web.editing.drafts import Drafts
from ivr.web.editing.value_form import Answer, digest_at, index_of, read, save, sentence

MENU = "menu.yaml"


class ChoicePages:
    """A page for each menu, on which its choices are moved, removed and added."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts

    def blueprint(self) -> Blueprint:
        """Return the pages, and the way to change what they show."""
        pages = Blueprint("choices", __name__)
        pages.add_url_rule("/edit/choices/<node>", view_func=self.page)
        pages.add_url_rule("/edit/choices/<node>", "save", self.save, methods=["POST"])
        return pages

    def page(self, node: str, wrong: str = "") -> str:
        """Show a menu's choices with their keys, to be moved, removed and added."""
        draft, files = self._drafts.shown()
        examined = self._drafts.examined(files)
        graph = examined.graph
        present = graph.nodes.get(node) if graph else None
        if not isinstance(present, Menu | Talk) or not present.choices or graph is None:
            abort(404, f'This script has no choices at "{node}".')
        script = self._drafts.script
        menu = read(files.get(MENU, ""))
        keys = {}
        if examined.script:
            choices = examined.script.choices(examined.script.graph.nodes[node])
            keys = {choice.task: key for key, choice in choices.items()}
        language = script.line.default_language
        names = {n: heading(script, language, n) for n in graph.nodes if n in script.graph.nodes}
        return render_template(
            "edit/choices.html",
            draft=draft,
            node=node,
            name=names.get(node, node),
            choices=[(c, keys.get(c.task, "")) for c in present.choices],
            names=names,
            own=_choices_in(menu, node),
            was=digest_at(menu, _place(node)),
            others=[n for n in graph.nodes if n not in {c.to for c in present.choices} | {node}],
            wrong=sentence(wrong),
        )

    def save(self, node: str) -> Answer:
        """Move, remove or add a choice."""
        action, place = request.form.get("do", ""), _place(node)
        kind, _, rest = action.partition(":")
        parts = self._parts() if kind == "add" else frozenset()

        def change(text: str) -> str:
            index = index_of(rest)
            match kind:
                case "up" | "down":
                    return yaml_sequence.moved(text, place, index, -1 if kind == "up" else 1)
                case "remove":
                    return yaml_sequence.without_item(text, place, index)
                case "add":
                    to = request.form.get("to", "")
                    if to not in parts:
                        raise EditError("choose a part that the script has")
                    return yaml_sequence.with_item(text, place, to)
                case _:
                    raise EditError("choose what to change")

        return save(
            self._drafts,
            MENU,
            place,
            change,
            lambda e: self.page(node, e),
            url_for("choices.page", node=node),
        )

    def _parts(self) -> frozenset[str]:
        """Return the nodes of the draft, with those of its extras."""
        _, files = self._drafts.shown()
        graph = self._drafts.examined(files).graph
        return frozenset(graph.nodes if graph else ())


def _place(node: str) -> Loc:
    return ("nodes", node, "choices")


def _choices_in(menu: Mapping[str, Any], node: str) -> int:
    """Return how many choices a node has in menu.yaml; extras add theirs behind those."""
    written = (menu.get("nodes") or {}).get(node)
    return len(written.get("choices") or ()) if isinstance(written, dict) else 0
