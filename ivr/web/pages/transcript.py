"""The written script: `/script/<language>` to print and sign, `/text/<language>` for the public."""

from flask import Response, abort, redirect, render_template, url_for

from ivr.phone_numbers import written_number
from ivr.script.version import version
from ivr.transcript.labels import direction, labels, language_names
from ivr.transcript.render import template_values
from ivr.transcript.text_page import text_page
from ivr.web.console import Console, ConsolePages
from ivr.web.routes import get, not_stored


class TranscriptPages(ConsolePages, name="sheet"):
    """The readable pages of one script."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._texts: dict[str, str] = {}

    @get("/script")
    @get("/script/<language>")
    def page(self, language: str = "") -> str | Response:
        """Show every word of a language, to be printed and signed; by default the line's own."""
        if not language:
            return self._default("sheet.page")
        self._require_language(language)
        now = self.console.clock().astimezone(self.console.zone)
        return render_template(
            "script.html",
            **template_values(self.script, language, now),
            languages=language_names(self.script),
        )

    @get("/text")
    @get("/text/<language>")
    def text(self, language: str = "") -> str | Response:
        """Show the public page: what the line says, to read instead of to hear."""
        if not language:
            return self._default("sheet.text")
        self._require_language(language)
        if language not in self._texts:
            label_language, words = labels(language, self.script.line.default_language)
            number = self.script.line.agency.number
            self._texts[language] = render_template(
                "text.html",
                text=text_page(self.script, language),
                language=language,
                languages=language_names(self.script),
                label_language=label_language,
                label_direction=direction(label_language),
                words=words,
                written_number=written_number,
                line=(number, written_number(number)) if number else None,
                version=version(self.script),
            )
        return not_stored(Response(self._texts[language]))

    def _default(self, endpoint: str) -> Response:
        to = url_for(endpoint, language=self.script.line.default_language)
        return not_stored(redirect(to))  # type: ignore[arg-type]

    def _require_language(self, language: str) -> None:
        if language not in self.script.line.languages:
            abort(404, f'This script has no language "{language}".')
