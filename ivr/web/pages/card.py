"""`/card`: cards, posters and magnets of the line, to look at and to download."""

from typing import Final, cast, get_args

from flask import Blueprint, Response, abort, render_template

from ivr.errors import IvrError
from ivr.paper.content import card
from ivr.paper.layout import SIZES, Sheet, SizeName, lay_out
from ivr.paper.pdf import pdf
from ivr.paper.svg import svg
from ivr.script.model import Script
from ivr.script.printed import Printed, read_printed
from ivr.settings import Settings
from ivr.transcript.labels import language_names

_ABOUT: Final = {
    "wallet": "Wallet card, folded once",
    "poster": "Poster, A5",
    "magnet": "Fridge magnet, A6",
}


class CardPages:
    """The paper of one script, which never changes while it runs."""

    def __init__(self, script: Script, settings: Settings) -> None:
        self._script = script
        self._settings = settings

    def blueprint(self) -> Blueprint:
        """Return the page, and the files that it links."""
        pages = Blueprint("card", __name__)
        pages.add_url_rule("/card", view_func=self.page)
        pages.add_url_rule("/card/<language>/<size>.<form>", view_func=self.file)
        return pages

    def page(self) -> str:
        """Show each kind of paper in each language, and what was printed before."""
        languages = language_names(self._script)
        code = self._script.line.default_language
        problems = {c: self._problems(c) for c, _ in languages}
        return render_template(
            "card.html",
            languages=languages,
            sizes=[(name, _ABOUT[name], SIZES[name]) for name in get_args(SizeName)],
            problems=problems,
            has_number=self._script.line.agency.number is not None,
            has_url=bool(self._settings.public_url),
            printed=self._printed(),
            example=code,
        )

    def file(self, language: str, size: str, form: str) -> Response:
        """Return a card as SVG or PDF. What cannot be made is a page that says why."""
        if language not in self._script.words or size not in SIZES or form not in {"svg", "pdf"}:
            abort(404, "There is no such card: see /card.")
        try:
            sheet = self._sheet(language, size)
            content = svg(sheet).encode() if form == "svg" else pdf(sheet)
        except IvrError as e:
            abort(404, f"{str(e)[:1].upper()}{str(e)[1:]}.")
        kind = {"svg": "image/svg+xml", "pdf": "application/pdf"}[form]
        answer = Response(content, mimetype=kind)
        name = f"{size}-{language}.{form}"
        answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
        return answer

    def _sheet(self, language: str, size: str) -> Sheet:
        words = card(self._script, language, self._settings.public_url)
        return lay_out(words, cast("SizeName", size))

    def _problems(self, language: str) -> dict[str, str]:
        """Return why a kind of paper, or its PDF, cannot be made in a language."""
        problems: dict[str, str] = {}
        for size in SIZES:
            try:
                sheet = self._sheet(language, size)
            except IvrError as e:
                problems[size] = str(e)
                continue
            try:
                pdf(sheet)
            except IvrError as e:
                problems[f"{size}.pdf"] = str(e)
        return problems

    def _printed(self) -> tuple[Printed, ...]:
        try:
            return read_printed(self._settings.prompts)
        except IvrError:
            return ()  # `ivr check` tells what is wrong with the file
