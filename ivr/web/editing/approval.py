"""`/edit/changes` and `/edit/history`: what a draft changes, its approval, and what went before."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, abort, render_template, request

from ivr.call_graph.svg import KINDS
from ivr.editing import draft_recordings, revisions, workflow
from ivr.editing.changes import confirmation, key_changes
from ivr.editing.revisions import EditError, Revision
from ivr.editing.workflow import READ, Confirmation
from ivr.web.auth import DEMO, PasswordAgain, current_operator
from ivr.web.console import sentence
from ivr.web.editing.change_map import change_map
from ivr.web.editing.drafts import Comparison, Drafts
from ivr.web.editing.sounds import DraftSounds
from ivr.web.editing.value_names import ValueNames
from ivr.web.routes import Routes, get, post, redirected

BAD_PASSWORDS = 5
"""Wrong passwords for publishing that a process of pages accepts from one operator, per hour."""

Step = Callable[..., Revision]
"""Takes a connection, `by`, `now`, and `digest` or what else is asked."""


class ApprovalPages(Routes, name="drafts"):
    """What becomes of a draft."""

    def __init__(self, drafts: Drafts, sounds: DraftSounds) -> None:
        self._drafts, self._sounds = drafts, sounds
        self._password_again = PasswordAgain(drafts.database, BAD_PASSWORDS)

    @get("/edit/changes")
    def changes(self, wrong: str = "") -> str:
        """Show what the draft changes against what is on the air, and what can be done with it."""
        draft = self._drafts.present()
        if draft is None:
            return render_template("edit/changes.html", draft=None, wrong=wrong)
        compared = self._drafts.compared(draft)
        with self._drafts.database.reading() as connection:
            authors = workflow.last_authors(connection, draft)
            recordings = draft_recordings.of(connection, draft.id)
        missing = workflow.lacks_approval(authors, draft.approvals)
        me = current_operator().name
        sounds = self._sounds.of(draft, compared.live)
        return render_template(
            "edit/changes.html",
            draft=draft,
            digest=self._drafts.state_digest(draft),
            recordings=[(one, sounds.sound(one.words)) for one in recordings],
            wrong=sentence(wrong),
            **_changes(compared),
            sounds=sounds,
            seconds=sum(t.seconds_after - t.seconds_before for t in compared.texts),
            errors=[str(p) for p in compared.after.errors] or list(draft.errors or ()),
            authors=sorted(authors),
            missing=sorted(missing),
            alone=self._drafts.is_alone,
            needs=confirmation(compared.texts, compared.values),
            read=READ,
            today=self._drafts.clock().date(),
            may_approve=self._drafts.is_alone or bool(set(authors) - {me}) or not authors,
            has_approved=any(a.by == me for a in draft.approvals),
            is_demo=current_operator() is DEMO,
        )

    @post("/edit/submit")
    def submit(self) -> Response | tuple[str, int]:
        """Ask for approval of the draft; one with errors is refused, and stays a draft."""
        draft = self._drafts.present()
        if draft and (errors := self._drafts.examined(draft.files).errors):
            return self.changes(f"it has errors, such as: {errors[0]}"), 422
        note = request.form.get("note", "").strip()
        answer = self._do(partial(workflow.submit, note=note))
        if not isinstance(answer, tuple):
            by = current_operator().name
            public = self._drafts.settings.public_url
            where = f"{public}/edit/changes" if public else "see Changes in the console"
            text = f"{by} asks for approval of changes of the script: {where}"
            self._drafts.notify("published", text, f"submitted {request.form.get('digest', '')}")
        return answer

    @post("/edit/take-back")
    def take_back(self) -> Response | tuple[str, int]:
        """Make what was submitted a draft again."""
        return self._do(workflow.take_back)

    @post("/edit/discard")
    def discard(self) -> Response | tuple[str, int]:
        """Discard the draft."""
        return self._do(workflow.discard, "edit.page")

    @post("/edit/approve")
    def approve(self) -> Response | tuple[str, int]:
        """Approve the texts that others changed, or one's own if the agency has one person."""
        alone = None
        if self._drafts.is_alone:
            compared = self._drafts.compared(self._drafts.present())
            needs = confirmation(compared.texts, compared.values)
            alone = Confirmation(request.form.get("typed", ""), needs)
        return self._do(partial(workflow.approve, alone=alone))

    @post("/edit/publish")
    def publish(self) -> Response | tuple[str, int]:
        """Put the draft on the air, after the password was asked for again."""
        operator = current_operator()
        if operator is not DEMO:
            given = request.form.get("password", "")
            if refusal := self._password_again.refusal(given):
                return self.changes(refusal), 422
        publish = partial(workflow.publish, alone=self._drafts.is_alone)
        answer = self._do(publish, "drafts.history")
        if not isinstance(answer, tuple):
            with self._drafts.database.reading() as connection:
                newest = revisions.newest_published(connection)
            if newest is not None:
                approvers = ", ".join(a.by for a in newest.approvals)
                text = f"{operator.name} has published revision {newest.id} of the script"
                text += f", version {newest.version}, approved by {approvers}"
                self._drafts.notify("published", text, f"revision {newest.id}")
        return answer

    @get("/edit/history")
    def history(self) -> str:
        """Show all revisions, the newest first."""
        with self._drafts.database.reading() as connection:
            every = revisions.listed(connection)
            newest = revisions.newest_published(connection)
        return render_template(
            "edit/history.html",
            revisions=every,
            on_air=newest.id if newest else None,
        )

    @get("/edit/history/<int:number>")
    def revision(self, number: int) -> str:
        """Show what a revision has otherwise than what is on the air now."""
        with self._drafts.database.reading() as connection:
            one = revisions.get(connection, number)
        if one is None:
            abort(404, f"There is no revision {number}.")
        changes = _changes(self._drafts.compared(one))
        return render_template("edit/revision.html", revision=one, **changes)

    @post("/edit/revert")
    def revert(self) -> Response | tuple[str, int]:
        """Make the files of a former revision the draft: they are checked and approved anew."""
        number = request.form.get("revision", 0, type=int)
        return self._do(workflow.revert, number=number)

    def _do(
        self, step: Step, then: str = "drafts.changes", **asked: object
    ) -> Response | tuple[str, int]:
        """Take a step with the draft that the form names by its digest, or with what is asked."""
        asked = asked or {"digest": request.form.get("digest", "")}
        by, now = current_operator().name, self._drafts.clock()
        try:
            with self._drafts.database.writing() as connection:
                step(connection, by=by, now=now, **asked)
        except EditError as e:
            return self.changes(str(e)), 409
        return redirected(then)


def _changes(compared: Comparison) -> dict[str, Any]:
    """Return what a page shows of the changes of a revision."""
    before, after = compared.before, compared.after
    return {
        "texts": compared.texts,
        "values": compared.values,
        "keys": key_changes(before.script, after.script),
        "map": change_map(before, after, compared.texts),
        "kinds": KINDS,
        "names": ValueNames(before, after),
    }
