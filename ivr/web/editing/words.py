"""`/edit`: the parts of the script, and a page for each with its texts in every language.

Each text is saved by itself, and may be wrong: a draft may be broken, only publishing may not.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for

from ivr.call_graph.svg import KINDS
from ivr.editing import revisions, texts
from ivr.editing.changes import word_diff
from ivr.editing.examine import Examined, Text
from ivr.editing.plural_texts import parts_of
from ivr.editing.revisions import Edit, EditError, Revision
from ivr.editing.texts import ConflictError
from ivr.script.review import digest
from ivr.script.yaml_source import Loc
from ivr.transcript.build import call_order
from ivr.transcript.labels import language_name
from ivr.web.auth import current_operator
from ivr.web.editing.drafts import Comparison, Drafts
from ivr.web.editing.prompt_rows import blank_form, prompt_rows
from ivr.web.editing.sounds import DraftSounds
from ivr.web.routes import Routes, get, post

DESK = "translate:"
"""How the address begins of the page with the translations of a language."""

EVERYWHERE = "everywhere"
"""The address of the page with the texts that are said at no node of their own."""


class WordPages(Routes, name="edit"):
    """The pages on which the words of the script are edited."""

    def __init__(self, drafts: Drafts, sounds: DraftSounds) -> None:
        self._drafts = drafts
        self._sounds = sounds

    @get("/edit")
    def page(self) -> str:
        """Show the draft: its parts, what has changed in each, and its problems."""
        draft = self._drafts.present()
        compared = self._drafts.compared(draft)
        after, changed = compared.after, {c.name for c in compared.texts}
        return render_template(
            "edit/home.html",
            draft=draft,
            default=self._drafts.script.line.default_language,
            languages=after.languages,
            recent=self._recent(draft),
            parts=[self._part(node, after, changed) for node in self._nodes(after)],
            changes=len(compared.texts) + len(compared.values),
            other=[p for p in after.problems if not _of_node(p.about, p.path, after)],
            errors=len(after.errors),
        )

    @get("/edit/node/<node>")
    def node(self, node: str) -> str:
        """Show the texts of a node, each prompt with its languages side by side."""
        compared = self._drafts.compared(self._drafts.present())
        name, after = "" if node == EVERYWHERE else node, compared.after
        if name not in after.nodes:
            abort(404, f'This script has no part "{node}".')
        return self._texts(
            compared,
            after.languages,
            after.nodes[name],
            node=node,
            name=self._title(node),
            kind=self._kind(node),
            own=[p for p in after.problems if p.path == "menu.yaml" and p.about == node],
            may_order=_has(after, name, "choices"),
            has_steps=_has(after, name, "steps"),
        )

    @get("/edit/translate/<language>")
    def translate(self, language: str) -> str:
        """Show the translations that are stale, or that no named person has reviewed."""
        compared = self._drafts.compared(self._drafts.present())
        after, default = compared.after, self._drafts.script.line.default_language
        if language not in after.languages or language == default:
            abort(404, f'This script has no translation "{language}".')
        every = [t for (code, _), t in after.texts.items() if code == language]
        waiting = [t.prompt for t in every if t.is_stale or t.state != "reviewed"]
        return self._texts(
            compared,
            (default, language),
            waiting,
            node=f"{DESK}{language}",
            name=f"Translations: {language_name(language)}",
            kind="",
            translation=language,
            progress=(len(every) - len(waiting), len(every)),
            missing=[
                p
                for c, p in after.texts
                if c == default and (language, p) not in after.texts and not parts_of(p)[1]
            ],
        )

    def _texts(
        self, compared: Comparison, codes: tuple[str, ...], prompts: Iterable[str], **values: object
    ) -> str:
        """Show prompts in several languages, each to be changed."""
        return render_template(
            "edit/node.html",
            draft=compared.revision,
            prompts=prompt_rows(self._drafts, prompts, compared, codes),
            languages=[(code, language_name(code)) for code in codes],
            word_diff=word_diff,
            sounds=self._sounds.of(compared.revision, compared.live),
            saved=request.args.get("saved", ""),
            **values,
        )

    @post("/edit/reviewed")
    def reviewed(self) -> Response | tuple[str, int]:
        """Write down that the operator has read a translation and vouches for it."""
        text = self._text()
        edit = self._edit(text, ("prompts", text.prompt, "state"))
        try:
            with self._drafts.editing() as (connection, draft):
                texts.mark_reviewed(connection, draft, request.form.get("was", ""), edit)
        except EditError as e:
            return _refused(e, text, text.text)
        return redirect(_back(text), 303)  # type: ignore[return-value]

    @post("/edit/text")
    def save(self) -> Response | tuple[str, int]:
        """Save one text. If somebody else has changed it, show both texts, and let them choose."""
        text, typed = self._text(), request.form.get("text", "")
        edit = self._edit(text, text.place)
        try:
            with self._drafts.editing() as (connection, draft):
                texts.save(connection, draft, typed, request.form.get("was", ""), edit)
        except ConflictError as e:
            page = render_template(
                "edit/conflict.html",
                text=text,
                typed=typed,
                theirs=e.theirs,
                by=e.by,
                node=request.form.get("node", ""),
                back=_back(text),
                was=digest(e.theirs),
                word_diff=word_diff,
            )
            return page, 409
        except EditError as e:
            return _refused(e, text, typed)
        return redirect(_back(text), 303)  # type: ignore[return-value]

    def _text(self) -> Text:
        """Return the text that the form names, of the draft or of what is on the air, or 404."""
        language, prompt = request.form.get("language", ""), request.form.get("prompt", "")
        _, files = self._drafts.shown()
        texts = self._drafts.examined(files).texts
        text = texts.get((language, prompt)) or blank_form(texts, language, prompt)
        if text is None:
            abort(404, f'This script has no text "{prompt}" in {language}.')
        return text

    def _edit(self, text: Text, place: Loc) -> Edit:
        return Edit(current_operator().name, self._drafts.clock(), text.file, place)

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
        return "Said everywhere" if node == EVERYWHERE else self._drafts.title(node)

    def _kind(self, node: str) -> str:
        present = self._drafts.script.graph.nodes.get(node)
        return KINDS[type(present).__name__.lower()] if present else ""

    def _recent(self, draft: Revision | None) -> list[tuple[str, int]]:
        """Return who has changed how many texts of the draft."""
        if draft is None:
            return []
        with self._drafts.database.reading() as connection:
            every = revisions.edits(connection, draft.id)
        texts_of = dict.fromkeys((one.operator, one.file, one.place) for one in every)
        return list(Counter(operator for operator, _, _ in texts_of).items())


def _refused(error: EditError, text: Text, typed: str) -> tuple[str, int]:
    page = render_template(
        "edit/refused.html",
        why=str(error),
        typed=typed,
        text=text,
        node=request.form.get("node", ""),
        back=_back(),
    )
    return page, 422


def _back(saved: Text | None = None) -> str:
    """Return the address of the page on which a text was saved, at that text."""
    node, anchor = request.form.get("node", ""), f"{saved.language}-{saved.prompt}" if saved else ""
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
