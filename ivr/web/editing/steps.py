"""`/edit/steps`: the steps of a talk, in their order."""

from flask import Blueprint, abort, render_template, request, url_for

from ivr.editing.examine import Examined, Text
from ivr.editing.revisions import EditError
from ivr.editing.steps import MENU, place_of, with_step, without_step
from ivr.script import yaml_edit
from ivr.script.nodes import Talk
from ivr.transcript.labels import heading, language_name
from ivr.web.editing.drafts import Drafts
from ivr.web.editing.value_form import (
    Answer,
    Files,
    digest_at,
    index_of,
    read,
    save_files,
    sentence,
)


class StepPages:
    """A page for each talk, on which its steps are moved, removed and added."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts

    def blueprint(self) -> Blueprint:
        """Return the pages, and the way to change what they show."""
        pages = Blueprint("steps", __name__)
        pages.add_url_rule("/edit/steps/<node>", view_func=self.page)
        pages.add_url_rule("/edit/steps/<node>", "save", self.save, methods=["POST"])
        return pages

    def page(self, node: str, wrong: str = "") -> str:
        """Show the steps of a talk, to be moved, removed and added."""
        draft, files = self._drafts.shown()
        examined = self._drafts.examined(files)
        talk = _talk(examined, node)
        script, default = self._drafts.script, self._drafts.script.line.default_language
        is_known = node in script.graph.nodes
        written = {p: examined.texts.get((default, p)) for p in talk.steps}
        return render_template(
            "edit/steps.html",
            draft=draft,
            node=node,
            name=heading(script, default, node) if is_known else node,
            language=default,
            steps=[(p, text.text if text else "") for p, text in written.items()],
            languages=[
                (text.language, language_name(text.language))
                for text in self._languages(examined, talk)
            ],
            typed=request.form if wrong else {},
            was=digest_at(read(files.get(MENU, "")), place_of(node)),
            wrong=sentence(wrong),
        )

    def save(self, node: str) -> Answer:
        """Move, remove or add a step."""
        kind, _, rest = request.form.get("do", "").partition(":")
        place, index = place_of(node), index_of(rest)

        def change(files: Files) -> Files:
            examined = self._drafts.examined(files)
            talk = _talk(examined, node)
            written = self._languages(examined, talk)
            match kind:
                case "up" | "down":
                    by = -1 if kind == "up" else 1
                    return {MENU: yaml_edit.moved(files[MENU], place, index, by)}
                case "remove" if examined.graph and 0 <= index < len(talk.steps):
                    gone = talk.steps[index]
                    names = [t.file for t in examined.texts.values() if t.prompt == gone]
                    return without_step(files, examined.graph, node, index, names)
                case "add":
                    new = {t.file: request.form.get(f"text-{t.language}", "") for t in written}
                    return with_step(files, node, new, {prompt for _, prompt in examined.texts})
                case _:
                    raise EditError("choose what to change")

        then = url_for("steps.page", node=node)
        return save_files(self._drafts, MENU, place, change, lambda e: self.page(node, e), then)

    def _languages(self, examined: Examined, talk: Talk) -> list[Text]:
        """Return the last step of a talk in each language that has it, the source's first."""
        default = self._drafts.script.line.default_language
        texts = [t for t in examined.texts.values() if t.prompt == talk.steps[-1]]
        return sorted(texts, key=lambda text: text.language != default)


def _talk(examined: Examined, node: str) -> Talk:
    """Return a talk with steps of its own. Aborts with 404 without one."""
    talk = examined.graph.nodes.get(node) if examined.graph else None
    if not isinstance(talk, Talk) or not talk.steps:
        abort(404, f'This script has no steps at "{node}".')
    return talk
