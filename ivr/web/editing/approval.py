"""`/edit/changes` and `/edit/history`: what a draft changes, its approval, and what went before."""

import datetime as dt
from collections.abc import Callable

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from sqlalchemy import Connection

from ivr.editing import draft_recordings, revisions, workflow
from ivr.editing.changes import (
    confirmation,
    key_changes,
    text_changes,
    value_changes,
)
from ivr.editing.revisions import EditError, Revision
from ivr.editing.workflow import READ, Confirmation
from ivr.transcript.labels import language_name
from ivr.web.auth import DEMO, current_operator
from ivr.web.editing.change_map import change_map
from ivr.web.editing.drafts import Drafts
from ivr.web.editing.sounds import DraftSounds
from ivr.web.editing.value_names import ValueNames
from ivr.web.password_again import PasswordAgain

BAD_PASSWORDS = 5
"""Wrong passwords for publishing that a process of pages accepts from one operator, per hour."""

Step = Callable[[Connection, str, str, dt.datetime], Revision]


class ApprovalPages:
    """What becomes of a draft. `notify(kind, text, about)` alerts the operators."""

    def __init__(
        self, drafts: Drafts, sounds: DraftSounds, notify: Callable[[str, str, str], object]
    ) -> None:
        self._drafts = drafts
        self._sounds = sounds
        self._notify = notify
        self._password_again = PasswordAgain(drafts.database, BAD_PASSWORDS)

    def blueprint(self) -> Blueprint:
        """Return the pages, and the steps of a draft."""
        pages = Blueprint("drafts", __name__)
        pages.add_url_rule("/edit/changes", "changes", self.changes)
        for name, view in (
            ("submit", self.submit),
            ("take_back", self.take_back),
            ("discard", self.discard),
            ("approve", self.approve),
            ("publish", self.publish),
        ):
            rule = f"/edit/{name.replace('_', '-')}"
            pages.add_url_rule(rule, name, view, methods=["POST"])
        pages.add_url_rule("/edit/history", "history", self.history)
        pages.add_url_rule("/edit/history/<int:number>", "revision", self.revision)
        pages.add_url_rule("/edit/revert", "revert", self.revert, methods=["POST"])
        return pages

    def changes(self, wrong: str = "") -> str:
        """Show what the draft changes against what is on the air, and what can be done with it."""
        draft, before, after = self._drafts.both()
        if draft is None:
            return render_template("edit/changes.html", draft=None, wrong=wrong)
        texts = text_changes(before, after)
        values = value_changes(self._drafts.live_files(), draft.files)
        with self._drafts.database.reading() as connection:
            authors = workflow.last_authors(connection, draft)
            recordings = draft_recordings.of(connection, draft.id)
        missing = workflow.lacks_approval(authors, draft.approvals)
        keys = key_changes(before.script, after.script)
        me = current_operator().name
        sounds = self._sounds.of(draft, self._drafts.live_files())
        return render_template(
            "edit/changes.html",
            draft=draft,
            digest=self._drafts.state_digest(draft),
            wrong=wrong[:1].upper() + wrong[1:],
            recordings=[(one, sounds.sound(one.words)) for one in recordings],
            texts=texts,
            name_of=language_name,
            sounds=sounds,
            values=values,
            names=ValueNames(before, after),
            map=change_map(before, after, texts),
            keys=keys,
            seconds=sum(t.seconds_after - t.seconds_before for t in texts),
            errors=[str(p) for p in after.errors] or list(draft.errors or ()),
            authors=sorted(authors),
            missing=sorted(missing),
            alone=self._drafts.is_alone,
            needs=confirmation(texts, values),
            read=READ,
            today=self._drafts.clock().date(),
            may_approve=self._drafts.is_alone or bool(set(authors) - {me}) or not authors,
            has_approved=any(a.by == me for a in draft.approvals),
            is_demo=current_operator() is DEMO,
        )

    def submit(self) -> Response | tuple[str, int]:
        """Ask for approval of the draft; one with errors is refused, and stays a draft."""
        draft = self._drafts.present()
        if draft and (errors := self._drafts.examined(draft.files).errors):
            return self.changes(f"it has errors, such as: {errors[0]}"), 422
        note = request.form.get("note", "").strip()

        def step(connection: Connection, by: str, digest: str, now: dt.datetime) -> Revision:
            return workflow.submit(connection, by, note, digest, now)

        answer = self._do(step)
        if not isinstance(answer, tuple):
            by = current_operator().name
            public = self._drafts.settings.public_url
            where = f"{public}/edit/changes" if public else "see Changes in the console"
            text = f"{by} asks for approval of changes of the script: {where}"
            self._notify("published", text, f"submitted {request.form.get('digest', '')}")
        return answer

    def take_back(self) -> Response | tuple[str, int]:
        """Make what was submitted a draft again."""
        return self._do(workflow.take_back)

    def discard(self) -> Response | tuple[str, int]:
        """Discard the draft."""
        return self._do(workflow.discard, "edit.page")

    def approve(self) -> Response | tuple[str, int]:
        """Approve the texts that others changed, or one's own if the agency has one person."""
        alone = None
        if self._drafts.is_alone:
            draft, before, after = self._drafts.both()
            values = value_changes(self._drafts.live_files(), draft.files) if draft else []
            needs = confirmation(text_changes(before, after), values)
            alone = Confirmation(request.form.get("typed", ""), needs)

        def step(connection: Connection, by: str, digest: str, now: dt.datetime) -> Revision:
            return workflow.approve(connection, by, digest, now, alone=alone)

        return self._do(step)

    def publish(self) -> Response | tuple[str, int]:
        """Put the draft on the air, after the password was asked for again."""
        operator = current_operator()
        if operator is not DEMO:
            given = request.form.get("password", "")
            if refusal := self._password_again.refusal(given):
                return self.changes(refusal), 422

        def step(connection: Connection, by: str, digest: str, now: dt.datetime) -> Revision:
            alone = self._drafts.is_alone
            return workflow.publish(connection, by, digest, now, alone=alone)

        answer = self._do(step, "drafts.history")
        if not isinstance(answer, tuple):
            with self._drafts.database.reading() as connection:
                newest = revisions.newest_published(connection)
            if newest is not None:
                approvers = ", ".join(a.by for a in newest.approvals)
                text = f"{operator.name} has published revision {newest.id} of the script"
                text += f", version {newest.version}, approved by {approvers}"
                self._notify("published", text, f"revision {newest.id}")
        return answer

    def history(self) -> str:
        """Show all revisions, the newest first."""
        with self._drafts.database.reading() as connection:
            every = revisions.listed(connection)
            newest = revisions.newest_published(connection)
        return render_template(
            "edit/history.html",
            revisions=[(one, self._drafts.local(one.published or one.changed)) for one in every],
            on_air=newest.id if newest else None,
        )

    def revision(self, number: int) -> str:
        """Show what a revision has otherwise than what is on the air now."""
        with self._drafts.database.reading() as connection:
            one = revisions.get(connection, number)
        if one is None:
            abort(404, f"There is no revision {number}.")
        live = self._drafts.live_files()
        before, after = self._drafts.examined(live), self._drafts.examined(one.files)
        texts, values = text_changes(before, after), value_changes(live, one.files)
        keys = key_changes(before.script, after.script)
        return render_template(
            "edit/revision.html",
            revision=one,
            made=self._drafts.local(one.made),
            texts=texts,
            map=change_map(before, after, texts),
            name_of=language_name,
            values=values,
            names=ValueNames(before, after),
            keys=keys,
        )

    def revert(self) -> Response | tuple[str, int]:
        """Make the files of a former revision the draft: they are checked and approved anew."""
        text = request.form.get("revision", "")
        number = int(text) if text.isascii() and text.isdigit() else 0
        now, by = self._drafts.clock(), current_operator().name
        try:
            with self._drafts.database.writing() as connection:
                workflow.revert(connection, by, number, now)
        except EditError as e:
            return self.changes(str(e)), 409
        return redirect(url_for("drafts.changes"), 303)  # type: ignore[return-value]

    def _do(self, step: Step, then: str = "drafts.changes") -> Response | tuple[str, int]:
        """Take a step with the draft that the form names by its digest."""
        digest, now = request.form.get("digest", ""), self._drafts.clock()
        try:
            with self._drafts.database.writing() as connection:
                step(connection, current_operator().name, digest, now)
        except EditError as e:
            return self.changes(str(e)), 409
        return redirect(url_for(then), 303)  # type: ignore[return-value]
