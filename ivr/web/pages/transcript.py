"""The script to read: `/script/<language>` to sign, and `/text/<language>` for everybody."""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, redirect, render_template, url_for

from ivr.script.model import Script
from ivr.script.version import version
from ivr.transcript.export import sheet_values
from ivr.transcript.labels import labels, language_name
from ivr.transcript.page import page
from ivr.transcript.written import written_number


class TranscriptPages:
    """The readable pages of one script."""

    def __init__(self, script: Script, clock: Callable[[], dt.datetime]) -> None:
        self.script = script
        self._clock = clock
        self._texts: dict[str, str] = {}

    def blueprint(self) -> Blueprint:
        """Return the routes; without a language they lead to the default one."""
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
        self._must_know(language)
        now = self._clock().astimezone(ZoneInfo(self.script.line.time_zone))
        return render_template(
            "script.html", **sheet_values(self.script, language, now), languages=self._languages()
        )

    def text(self, language: str) -> str | Response:
        """Show the public page: what the line tells, for the eye."""
        if not language:
            return self._default("sheet.text")
        self._must_know(language)
        if language not in self._texts:
            chrome, words = labels(language, self.script.line.default_language)
            number = self.script.line.agency.number
            self._texts[language] = render_template(
                "text.html",
                text=page(self.script, language),
                language=language,
                languages=self._languages(),
                chrome=chrome,
                words=words,
                written_number=written_number,
                line=(number, written_number(number)) if number else None,
                version=version(self.script),
            )
        return self._texts[language]

    def _default(self, endpoint: str) -> Response:
        to = url_for(endpoint, language=self.script.line.default_language)
        return redirect(to)  # type: ignore[return-value]

    def _must_know(self, language: str) -> None:
        if language not in self.script.words:
            abort(404, f'This script has no language "{language}".')

    def _languages(self) -> list[tuple[str, str]]:
        return [(code, language_name(code)) for code in self.script.line.languages]
