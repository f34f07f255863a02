"""`/edit`: the parts of the script, and a page for each with its texts in every language.

Each text is saved by itself, and may be wrong: a draft may be broken, only publishing may not.
"""

from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from ivr.call_graph.svg import KINDS
from ivr.editing import revisions, texts
from ivr.editing.changes import text_changes, value_changes, word_diff
from ivr.editing.examine import Examined, Text
from ivr.editing.plural_texts import parts_of
from ivr.editing.revisions import EditError, Revision
from ivr.editing.texts import ConflictError
from ivr.script.po import digest
from ivr.transcript.build import call_order
from ivr.transcript.labels import heading, language_name
from ivr.web.auth import current_operator
from ivr.web.editing.drafts import Drafts
from ivr.web.editing.prompt_rows import blank_form, prompt_rows
from ivr.web.editing.sounds import DraftSounds

DESK = "translate:"
"""How the address begins of the page with the translations of a language."""

EVERYWHERE = "everywhere"
"""The address of the page with the texts that are said at no node of their own."""


class WordPages:
    """The pages on which the words of the script are edited."""

    def __init__(self, drafts: Drafts, sounds: DraftSounds) -> None:
        self._drafts = drafts
        self._sounds = sounds

    def blueprint(self) -> Blueprint:
        """Return the pages, and the way to save a text."""
        pages = Blueprint("edit", __name__)
        pages.add_url_rule("/edit", view_func=self.page)
        pages.add_url_rule("/edit/node/<node>", "node", self.node)
        pages.add_url_rule("/edit/translate/<language>", "translate", self.translate)
        pages.add_url_rule("/edit/reviewed", "reviewed", self.reviewed, methods=["POST"])
        pages.add_url_rule("/edit/text", "save", self.save, methods=["POST"])
        return pages

    def page(self) -> str:
        """Show the draft: its parts, what has changed in each, and its problems."""
        draft, before, after = self._drafts.both()
        changed = text_changes(before, after)
        return render_template(
            "edit/home.html",
            draft=draft,
            translations=[
                (code, language_name(code))
                for code in after.languages
                if code != self._drafts.script.line.default_language
            ],
            changed_at=self._drafts.local(draft.changed) if draft else "",
            recent=self._recent(draft),
            parts=[
                self._part(node, after, {c.name for c in changed}) for node in self._nodes(after)
            ],
            changes=len(changed)
            + (len(value_changes(self._drafts.live_files(), draft.files)) if draft else 0),
            other=[p for p in after.problems if not _of_node(p.about, p.path, after)],
            errors=len(after.errors),
            problems=len(after.problems),
        )

    def node(self, node: str) -> str:
        """Show the texts of a node, each prompt with its languages side by side."""
        draft, before, after = self._drafts.both()
        name = "" if node == EVERYWHERE else node
        if name not in after.nodes:
            abort(404, f'This script has no part "{node}".')
        return render_template(
            "edit/node.html",
            node=node,
            name=self._title(node),
            kind=self._kind(node),
            draft=draft,
            prompts=prompt_rows(self._drafts, after.nodes[name], before, after, after.languages),
            languages=[(code, language_name(code)) for code in after.languages],
            own=[p for p in after.problems if p.path == "menu.yaml" and p.about == node],
            word_diff=word_diff,
            sounds=self._sounds.of(draft, self._drafts.live_files()),
            may_order=_has(after, name, "choices"),
            has_steps=_has(after, name, "steps"),
            saved=request.args.get("saved", ""),
        )

    def translate(self, language: str) -> str:
        """Show the translations that are stale, or that no named person has reviewed."""
        draft, before, after = self._drafts.both()
        default = self._drafts.script.line.default_language
        if language not in after.languages or language == default:
            abort(404, f'This script has no translation "{language}".')
        every = [t for (code, _), t in after.texts.items() if code == language]
        waiting = [t for t in every if t.is_stale or t.state != "reviewed"]
        named = [t.prompt for t in waiting]
        prompts = prompt_rows(self._drafts, named, before, after, (default, language))
        return render_template(
            "edit/node.html",
            node=f"{DESK}{language}",
            name=f"Translations: {language_name(language)}",
            kind="",
            draft=draft,
            prompts=prompts,
            languages=[(code, language_name(code)) for code in (default, language)],
            translation=language,
            progress=(len(every) - len(waiting), len(every)),
            missing=[
                p
                for c, p in after.texts
                if c == default and (language, p) not in after.texts and not parts_of(p)[1]
            ],
            word_diff=word_diff,
            sounds=self._sounds.of(draft, self._drafts.live_files()),
            saved=request.args.get("saved", ""),
        )

    def reviewed(self) -> Response | tuple[str, int]:
        """Write down that the operator has read a translation and vouches for it."""
        form = request.form
        language, prompt, node = (
            form.get("language", ""),
            form.get("prompt", ""),
            form.get("node", ""),
        )
        now, name = self._drafts.clock(), current_operator().name
        text = self._text(language, prompt)
        edit = texts.new_edit(name, now, text.file, ("prompts", prompt, "state"))
        try:
            with self._drafts.database.writing() as connection:
                draft = self._drafts.begun(connection)
                texts.mark_reviewed(connection, draft, form.get("was", ""), edit)
        except EditError as e:
            page = render_template(
                "edit/refused.html",
                why=str(e),
                typed=text.text,
                text=text,
                node=node,
                back=_back(node, ""),
            )
            return page, 422
        return redirect(_back(node, f"{language}-{prompt}"), 303)  # type: ignore[return-value]

    def save(self) -> Response | tuple[str, int]:
        """Save one text. If somebody else has changed it, show both texts, and let them choose."""
        form = request.form
        node, language, prompt = (
            form.get("node", ""),
            form.get("language", ""),
            form.get("prompt", ""),
        )
        typed, now = form.get("text", ""), self._drafts.clock()
        text = self._text(language, prompt)
        edit = texts.new_edit(current_operator().name, now, text.file, text.place)
        try:
            with self._drafts.database.writing() as connection:
                draft = self._drafts.begun(connection)
                texts.save(connection, draft, typed, form.get("was", ""), edit)
        except ConflictError as e:
            both = {"text": text, "typed": typed, "theirs": e.theirs, "by": e.by, "node": node}
            both["back"] = _back(node, f"{language}-{prompt}")
            was = digest(e.theirs)
            page = render_template("edit/conflict.html", **both, was=was, word_diff=word_diff)
            return page, 409
        except EditError as e:
            page = render_template(
                "edit/refused.html",
                why=str(e),
                typed=typed,
                text=text,
                node=node,
                back=_back(node, ""),
            )
            return page, 422
        return redirect(_back(node, f"{language}-{prompt}"), 303)  # type: ignore[return-value]

    def _text(self, language: str, prompt: str) -> Text:
        """Return a text of the draft, or of what is on the air. Aborts with 404 without one."""
        _, files = self._drafts.shown()
        texts = self._drafts.examined(files).texts
        text = texts.get((language, prompt)) or blank_form(texts, language, prompt)
        if text is None:
            abort(404, f'This script has no text "{prompt}" in {language}.')
        return text

    def _nodes(self, after: Examined) -> list[str]:
        order = call_order(after.script) if after.script else ()
        nodes = [n for n in (*order, *after.nodes) if n and after.nodes.get(n)]
        return [*dict.fromkeys(nodes), ""]

    def _part(self, node: str, after: Examined, changed: set[str]) -> dict[str, Any]:
        prompts = after.nodes.get(node, ())
        problems = after.problems_of(node)
        return {
            "id": node or EVERYWHERE,
            "name": self._title(node or EVERYWHERE),
            "kind": self._kind(node),
            "texts": len(prompts),
            "changed": len([p for p in prompts if p in changed]),
            "errors": len([p for p in problems if p.level == "error"]),
            "warnings": len([p for p in problems if p.level == "warning"]),
        }

    def _title(self, node: str) -> str:
        script = self._drafts.script
        if node in script.graph.nodes:
            return heading(script, script.line.default_language, node)
        return "Said everywhere" if node == EVERYWHERE else node

    def _kind(self, node: str) -> str:
        present = self._drafts.script.graph.nodes.get(node)
        return KINDS[type(present).__name__.lower()] if present else ""

    def _recent(self, draft: Revision | None) -> list[tuple[str, int]]:
        """Return who has changed how many texts of the draft."""
        if draft is None:
            return []
        with self._drafts.database.reading() as connection:
            every = revisions.edits(connection, draft.id)
        counts: dict[str, set[tuple[str, object]]] = {}
        for one in every:
            counts.setdefault(one.operator, set()).add((one.file, one.place))
        return [(name, len(places)) for name, places in counts.items()]


def _back(node: str, anchor: str) -> str:
    """Return the address of the page on which a text was saved."""
    if node.startswith(DESK):
        return url_for("edit.translate", language=node.removeprefix(DESK), saved=anchor)
    return url_for("edit.node", node=node or EVERYWHERE, saved=anchor, _anchor=f"at-{anchor}")


def _has(after: Examined, node: str, part: str) -> bool:
    present = after.graph.nodes.get(node) if after.graph else None
    return bool(getattr(present, part, ()))


def _of_node(about: str, path: str, after: Examined) -> bool:
    """Return whether a problem is shown at a part: at one of its texts, or at the node itself."""
    if path == "menu.yaml":
        return about in after.nodes
    return any(t.file == path and t.prompt == about for t in after.texts.values())
