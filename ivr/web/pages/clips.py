"""`/voices`, for operators: every prompt in every language, and the clip that callers hear.

Clips are made by `ivr audio render` in a process of its own, so no caller waits for it, and it goes
on if this process is replaced. Any worker can read its progress from the manifest.
"""

import datetime as dt
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for

from ivr.accounts import audit_log
from ivr.accounts.audit_log import Deed
from ivr.database.engine import Database
from ivr.dialog import Spoken
from ivr.errors import SpeechError
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.speech import overview
from ivr.speech.engines import ENGINES
from ivr.speech.manifest import Manifest, read_manifest
from ivr.speech.overview import Row
from ivr.transcript.labels import language_name
from ivr.web.auth import current_operator
from ivr.web.recording.render_job import Renderer


class ClipPages:
    """The page of one script's clips.

    `utterances` is all that the script says, by clip key, as the checks published it.
    """

    def __init__(
        self,
        script: Script,
        settings: Settings,
        utterances: Mapping[str, Spoken],
        database: Database,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self.script = script
        self.settings = settings
        self._database = database
        self._utterances = utterances
        self._clock = clock
        self._renderer = Renderer(settings)

    def blueprint(self) -> Blueprint:
        """Return the routes; without a language the page is that of the default one."""
        pages = Blueprint("voices", __name__)
        default = {"language": self.script.line.default_language}
        pages.add_url_rule("/voices", "page", self.page, defaults=default)
        pages.add_url_rule("/voices/<language>", "page", self.page)
        pages.add_url_rule("/voices/progress", view_func=self.progress)
        pages.add_url_rule("/voices/render", view_func=self.render, methods=["POST"])
        return pages

    def page(self, language: str) -> str:
        """Show the clips of a language."""
        if language not in self.script.words:
            abort(404, f'This script has no language "{language}".')
        rows, trouble = self._rows()
        return render_template(
            "voices.html",
            rows=[row for row in rows if row.words.language == language],
            counted=overview.count(rows),
            is_checked=bool(self._utterances),
            language=language,
            languages=[(code, language_name(code)) for code in self.script.line.languages],
            engines=ENGINES,
            busy=self._renderer.is_busy,
            trouble=trouble,
            is_on=self.settings.audio,
            age=self._age,
        )

    def progress(self) -> Response:
        """Return the renderer's progress as JSON, and the last lines of its output."""
        rows, trouble = self._rows()
        counted = overview.count(rows)
        return jsonify(
            busy=self._renderer.is_busy,
            made=counted["fresh"] + counted["recorded"],
            wanted=len(rows),
            told=trouble or self._renderer.told,
        )

    def render(self) -> Response:
        """Start a renderer, unless one is at work already."""
        engine = request.form.get("engine", "")
        if engine and engine not in ENGINES:
            abort(400, f'There is no engine "{engine}".')
        if not self._renderer.is_busy:
            deed = Deed("rendered clips", engine or "what was missing")
            with self._database.writing() as connection:
                audit_log.add(connection, current_operator().name, deed, self._clock())
            self._renderer.start(*(["--engine", engine] if engine else []))
        return redirect(url_for("voices.page"))  # type: ignore[return-value]

    def _rows(self) -> tuple[list[Row], str]:
        """Return a row for each utterance, and what is wrong with the manifest."""
        try:
            listed, trouble = read_manifest(self.settings.clips), ""
        except SpeechError as e:
            listed, trouble = Manifest(), str(e)
        return overview.rows(self.settings.clips, self._utterances, listed), trouble

    def _age(self, made: dt.datetime | None) -> str:
        """Return how old a clip is, in days."""
        if made is None:
            return ""
        days = (self._clock() - made).days
        return "today" if days < 1 else "1 day" if days == 1 else f"{days} days"
