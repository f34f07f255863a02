"""`/card`: cards, posters and magnets of the line, to look at and to download."""

from typing import Final, cast, get_args

from flask import Response, abort, render_template

from ivr.errors import IvrError
from ivr.paper.content import card
from ivr.paper.layout import SIZES, Sheet, SizeName, lay_out
from ivr.paper.pdf import pdf
from ivr.paper.svg import svg
from ivr.script.printed import Printed, read_printed
from ivr.transcript.labels import language_names
from ivr.web.console import ConsolePages, sentence
from ivr.web.routes import get

_ABOUT: Final = {
    "wallet": "Wallet card, folded once",
    "poster": "Poster, A5",
    "magnet": "Fridge magnet, A6",
}


class CardPages(ConsolePages, name="card"):
    """The paper of one script, which never changes while it runs."""

    @get("/card")
    def page(self) -> str:
        """Show each kind of paper in each language, and what was printed before."""
        languages = language_names(self.script)
        return render_template(
            "card.html",
            languages=languages,
            sizes=[(name, _ABOUT[name], SIZES[name]) for name in get_args(SizeName)],
            problems={code: self._problems(code) for code, _ in languages},
            has_number=self.script.line.agency.number is not None,
            has_url=bool(self.console.settings.public_url),
            printed=self._printed(),
            example=self.script.line.default_language,
        )

    @get("/card/<language>/<size>.<form>")
    def file(self, language: str, size: str, form: str) -> Response:
        """Return a card as SVG or PDF. What cannot be made is a page that says why."""
        if language not in self.script.words or size not in SIZES or form not in {"svg", "pdf"}:
            abort(404, "There is no such card: see /card.")
        try:
            sheet = self._sheet(language, size)
            content = svg(sheet).encode() if form == "svg" else pdf(sheet)
        except IvrError as e:
            abort(404, sentence(f"{e}."))
        kind = {"svg": "image/svg+xml", "pdf": "application/pdf"}[form]
        disposition = f'inline; filename="{size}-{language}.{form}"'
        return Response(content, mimetype=kind, headers={"Content-Disposition": disposition})

    def _sheet(self, language: str, size: str) -> Sheet:
        words = card(self.script, language, self.console.settings.public_url)
        return lay_out(words, cast("SizeName", size))

    def _problems(self, language: str) -> dict[str, str]:
        """Return why a kind of paper, or its PDF, cannot be made in a language."""
        problems: dict[str, str] = {}
        for size in SIZES:
            kind = str(size)
            try:
                sheet = self._sheet(language, size)
                kind = f"{size}.pdf"
                pdf(sheet)
            except IvrError as e:
                problems[kind] = str(e)
        return problems

    def _printed(self) -> tuple[Printed, ...]:
        try:
            return read_printed(self.console.settings.prompts)
        except IvrError:
            return ()  # `ivr check` tells what is wrong with the file
