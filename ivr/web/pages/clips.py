"""`/voices`: every prompt in every language, and the clip that callers hear of it. For operators.

Clips are made by `ivr audio render` in a process of its own, which no answer to a caller waits for,
and which goes on when this one is replaced. Any worker can tell how far it is: from the manifest.
"""

import datetime as dt
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for

from ivr.dialog import Spoken
from ivr.errors import SpeechError
from ivr.explore.utterances import said
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.speech import manifest as kept
from ivr.speech import overview
from ivr.speech.overview import Row
from ivr.speech.speakers import SPEAKERS
from ivr.transcript.labels import language_name
from ivr.web.recording.render_job import Renderer


class ClipPages:
    """The page of one script's clips."""

    def __init__(
        self, script: Script, settings: Settings, clock: Callable[[], dt.datetime]
    ) -> None:
        self.script = script
        self.settings = settings
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
        found, trouble = self._rows()
        return render_template(
            "voices.html",
            rows=[row for row in found if row.words.language == language],
            counted=overview.count(found),
            language=language,
            languages=[(code, language_name(code)) for code in self.script.line.languages],
            engines=SPEAKERS,
            busy=self._renderer.is_busy,
            trouble=trouble,
            is_on=self.settings.audio,
            age=self._age,
        )

    def progress(self) -> Response:
        """Tell how far the renderer is, and what it said last."""
        found, trouble = self._rows()
        counted = overview.count(found)
        return jsonify(
            busy=self._renderer.is_busy,
            made=counted["fresh"] + counted["recorded"],
            wanted=len(found),
            told=trouble or self._renderer.told,
        )

    def render(self) -> Response:
        """Start a renderer; one that is at work already goes on alone."""
        engine = request.form.get("engine", "")
        if engine and engine not in SPEAKERS:
            abort(400, f'There is no engine "{engine}".')
        if not self._renderer.is_busy:
            self._renderer.start(*(["--engine", engine] if engine else []))
        return redirect(url_for("voices.page"))  # type: ignore[return-value]

    def _rows(self) -> tuple[list[Row], str]:
        """Return what there is, and what is wrong with the manifest."""
        try:
            there, trouble = kept.read(self.settings.clips), ""
        except SpeechError as e:
            there, trouble = kept.Manifest(), str(e)
        return overview.rows(self.settings.clips, self._wanted, there), trouble

    @property
    def _wanted(self) -> Mapping[str, Spoken]:
        return said(self.script)

    def _age(self, made: dt.datetime | None) -> str:
        """Return how old a clip is, in days."""
        if made is None:
            return ""
        days = (self._clock() - made).days
        return "today" if days < 1 else "1 day" if days == 1 else f"{days} days"
