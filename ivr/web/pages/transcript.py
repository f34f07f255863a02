"""The written script: `/script/<language>` to print and sign, `/text/<language>` for the public."""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, redirect, render_template, url_for

from ivr.script.model import Script
from ivr.script.version import version
from ivr.transcript.labels import direction, labels, language_name, written_number
from ivr.transcript.render import template_values
from ivr.transcript.text_page import text_page


class TranscriptPages:
    """The readable pages of one script."""

    def __init__(self, script: Script, clock: Callable[[], dt.datetime]) -> None:
        self.script = script
        self._clock = clock
        self._texts: dict[str, str] = {}

    def blueprint(self) -> Blueprint:
        """Return the routes; without a language they redirect to the default one."""
        pages = Blueprint("sheet", __name__)
        for name, view in (("page", self.page), ("text", self.text)):
            path = {"page": "/script", "text": "/text"}[name]
            pages.add_url_rule(path, name, view, defaults={"language": ""})
            pages.add_url_rule(f"{path}/<language>", name, view)
        return pages

    def page(self, language: str) -> str | Response:
        """Show every word of a language, to be printed and signed."""
        if not language:
            return self._default("sheet.page")
        self._require_language(language)
        now = self._clock().astimezone(ZoneInfo(self.script.line.time_zone))
        return render_template(
            "script.html",
            **template_values(self.script, language, now),
            languages=self._languages(),
        )

    def text(self, language: str) -> str | Response:
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
                languages=self._languages(),
                label_language=label_language,
                label_direction=direction(label_language),
                words=words,
                written_number=written_number,
                line=(number, written_number(number)) if number else None,
                version=version(self.script),
            )
        return _not_stored(Response(self._texts[language]))

    def _default(self, endpoint: str) -> Response:
        to = url_for(endpoint, language=self.script.line.default_language)
        return _not_stored(redirect(to))  # type: ignore[arg-type]

    def _require_language(self, language: str) -> None:
        if language not in self.script.line.languages:
            abort(404, f'This script has no language "{language}".')

    def _languages(self) -> list[tuple[str, str]]:
        return [(code, language_name(code)) for code in self.script.line.languages]


def _not_stored(response: Response) -> Response:
    """Return a response that the browser does not store: others may use the same device."""
    response.headers["Cache-Control"] = "no-store"
    return response
