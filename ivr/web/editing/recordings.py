"""`/edit/recordings`: what people record for a draft, in the languages that no voice speaks.

A recording is part of the draft: somebody else approves it with the texts, and callers hear it once
the draft is published.
"""

from collections.abc import Mapping
from typing import NamedTuple

from flask import Response, abort, redirect, render_template, request, url_for

from ivr.dialog import Spoken
from ivr.editing import draft_recordings
from ivr.editing.draft_recordings import Recording
from ivr.editing.revisions import EditError, Revision
from ivr.speech import clip_key
from ivr.speech.revision_clips import Status
from ivr.web.auth import current_operator
from ivr.web.console import sentence
from ivr.web.editing.drafts import Drafts
from ivr.web.editing.sounds import DraftSounds, Sound, Sounds
from ivr.web.routes import Routes, get, post


class Row(NamedTuple):
    """Words that are recorded for a draft, or are to be; `why` says why a recording is not used."""

    key: str
    words: Spoken
    recording: Recording | None
    sound: Sound
    why: str


class RecordingPages(Routes, name="draft_recordings"):
    """The page of a draft's recordings."""

    def __init__(self, drafts: Drafts, sounds: DraftSounds) -> None:
        self._drafts = drafts
        self._sounds = sounds

    @get("/edit/recordings")
    def page(self, wrong: str = "") -> str:
        """Show what is recorded for the draft, and what waits for a recording."""
        draft = self._drafts.present()
        sounds = self._sounds.of(draft, self._drafts.live_files())
        rows = self._rows(draft, sounds) if draft else []
        script = self._drafts.examined(draft.files).script if draft else None
        return render_template(
            "edit/recordings.html",
            draft=draft,
            rows=rows,
            waiting=sum(row.recording is None or bool(row.why) for row in rows),
            sounds=sounds,
            has_voices=script is not None and not script.line.recorded_languages,
            wrong=sentence(wrong),
        )

    @post("/edit/recordings/<key>")
    def save(self, key: str) -> Response | tuple[str, int]:
        """Store a recording of some words of the draft."""
        draft = self._drafts.present()
        status = self._sounds.status(draft) if draft else None
        words = self._recordable(draft, status).get(key) if draft and status else None
        if words is None:
            abort(404, "The draft does not say these words any more: open the page again.")
        file, now = request.files.get("sound"), self._drafts.clock()
        edit = draft_recordings.new_edit(words, current_operator().name, now)
        try:
            with self._drafts.editing() as (connection, draft):
                sound = file.read() if file else b""
                draft_recordings.save(connection, draft, words, sound, edit)
        except EditError as e:
            return self.page(str(e)), 422
        return redirect(url_for("draft_recordings.page", _anchor=f"at-{key}"), 303)  # type: ignore[return-value]

    def _recordable(self, draft: Revision, status: Status) -> Mapping[str, Spoken]:
        """Return the words that the draft says in languages that no voice speaks, by clip key."""
        script = self._drafts.examined(draft.files).script
        if script is None:
            return {}
        alone = script.line.recorded_languages
        words = (one for one in status.utterances if one.language in alone and not one.slow)
        return {clip_key.key(one): one for one in words}

    def _rows(self, draft: Revision, sounds: Sounds) -> list[Row]:
        """Return what has no clip among the line's, in the order of the texts' names."""
        status = self._sounds.status(draft)
        if status is None:
            return []
        with self._drafts.database.reading() as connection:
            recorded = {one.key: one for one in draft_recordings.of(connection, draft.id)}
        recordable = self._recordable(draft, status)
        every = [(key, words, sounds.sound(words)) for key, words in recordable.items()]
        return [
            Row(key, words, recorded.get(key), sound, status.refused.get(key, ""))
            for key, words, sound in sorted(every, key=lambda one: one[1])
            if key in recorded or not sound.url
        ]
