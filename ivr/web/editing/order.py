"""`/edit/choices` and `/edit/steps`: the order of a menu's keys, and of the steps of a talk."""

from functools import partial

from flask import abort, render_template, request

from ivr.editing.examine import Examined, Text
from ivr.editing.revisions import EditError
from ivr.editing.steps import MENU, place_of, with_step, without_step
from ivr.script import yaml_edit
from ivr.script.nodes import Menu, Talk
from ivr.script.yaml_source import Loc
from ivr.transcript.labels import heading
from ivr.web.console import sentence
from ivr.web.editing.value_form import Answer, Files, FormPages, index_of, read
from ivr.web.routes import get, post


class ChoicePages(FormPages, name="choices"):
    """A page for each menu, on which its choices are moved, removed and added."""

    @get("/edit/choices/<node>")
    def page(self, node: str, wrong: str = "") -> str:
        """Show a menu's choices with their keys, to be moved, removed and added."""
        _, files = self.drafts.shown()
        examined = self.drafts.examined(files)
        graph = examined.graph
        present = graph.nodes.get(node) if graph else None
        if not isinstance(present, Menu | Talk) or not present.choices or graph is None:
            abort(404, f'This script has no choices at "{node}".')
        script = self.drafts.script
        menu = read(files.get(MENU, ""))
        keys = {}
        if examined.script:
            choices = examined.script.choices(examined.script.graph.nodes[node])
            keys = {choice.task: key for key, choice in choices.items()}
        language = script.line.default_language
        names = {n: heading(script, language, n) for n in graph.nodes if n in script.graph.nodes}
        return render_template(
            "edit/choices.html",
            node=node,
            name=names.get(node, node),
            choices=[(c, keys.get(c.task, "")) for c in present.choices],
            names=names,
            own=len(menu.sequence(_choices(node))),  # extras add theirs behind those
            was=menu.digest(_choices(node)),
            others=[n for n in graph.nodes if n not in {c.to for c in present.choices} | {node}],
            wrong=sentence(wrong),
        )

    @post("/edit/choices/<node>")
    def save(self, node: str) -> Answer:
        """Move, remove or add a choice."""
        kind, index = _asked()
        place, to = _choices(node), request.form.get("to", "")

        def change(files: Files) -> Files:
            match kind:
                case "remove":
                    return {MENU: yaml_edit.without_item(files[MENU], place, index)}
                case "add":
                    graph = self.drafts.examined(files).graph
                    if graph is None or to not in graph.nodes:
                        raise EditError("choose a part that the script has")
                    return {MENU: yaml_edit.with_item(files[MENU], place, to)}
                case _:
                    return _moved(files, place, kind, index)

        return self.store_files(MENU, place, change, partial(self.page, node), node=node)


class StepPages(FormPages, name="steps"):
    """A page for each talk, on which its steps are moved, removed and added."""

    @get("/edit/steps/<node>")
    def page(self, node: str, wrong: str = "") -> str:
        """Show the steps of a talk, to be moved, removed and added."""
        _, files = self.drafts.shown()
        examined = self.drafts.examined(files)
        talk, default = _talk(examined, node), self.drafts.script.line.default_language
        written = {p: examined.texts.get((default, p)) for p in talk.steps}
        return render_template(
            "edit/steps.html",
            node=node,
            name=self.drafts.title(node),
            language=default,
            steps=[(p, text.text if text else "") for p, text in written.items()],
            languages=[text.language for text in self._languages(examined, talk)],
            typed=request.form if wrong else {},
            was=read(files.get(MENU, "")).digest(place_of(node)),
            wrong=sentence(wrong),
        )

    @post("/edit/steps/<node>")
    def save(self, node: str) -> Answer:
        """Move, remove or add a step."""
        kind, index = _asked()
        place = place_of(node)

        def change(files: Files) -> Files:
            examined = self.drafts.examined(files)
            talk = _talk(examined, node)
            written = self._languages(examined, talk)
            match kind:
                case "remove" if examined.graph and 0 <= index < len(talk.steps):
                    gone = talk.steps[index]
                    names = [t.file for t in examined.texts.values() if t.prompt == gone]
                    return without_step(files, examined.graph, node, index, names)
                case "add":
                    new = {t.file: request.form.get(f"text-{t.language}", "") for t in written}
                    return with_step(files, node, new, {prompt for _, prompt in examined.texts})
                case _:
                    return _moved(files, place, kind, index)

        return self.store_files(MENU, place, change, partial(self.page, node), node=node)

    def _languages(self, examined: Examined, talk: Talk) -> list[Text]:
        """Return the last step of a talk in each language that has it, the source's first."""
        default = self.drafts.script.line.default_language
        texts = [t for t in examined.texts.values() if t.prompt == talk.steps[-1]]
        return sorted(texts, key=lambda text: text.language != default)


def _talk(examined: Examined, node: str) -> Talk:
    """Return a talk with steps of its own. Aborts with 404 without one."""
    talk = examined.graph.nodes.get(node) if examined.graph else None
    if not isinstance(talk, Talk) or not talk.steps:
        abort(404, f'This script has no steps at "{node}".')
    return talk


def _choices(node: str) -> Loc:
    return ("nodes", node, "choices")


def _asked() -> tuple[str, int]:
    """Return what a button does, and the position in the list that it is for: "up:2"."""
    kind, _, position = request.form.get("do", "").partition(":")
    return kind, index_of(position)


def _moved(files: Files, place: Loc, kind: str, index: int) -> Files:
    if kind not in {"up", "down"}:
        raise EditError("choose what to change")
    return {MENU: yaml_edit.moved(files[MENU], place, index, -1 if kind == "up" else 1)}
