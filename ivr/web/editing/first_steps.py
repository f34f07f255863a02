"""`/edit/start`: the first hour with a new line, and what is still to be done before it is printed.

The list is that of docs/go-live.md: a row ticks itself if the draft shows that it is done.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import available_timezones

from flask import render_template, request, url_for

from ivr.editing.examine import Examined
from ivr.editing.revisions import EditError, Revision
from ivr.errors import IvrError
from ivr.script import yaml_edit
from ivr.script.model import Script
from ivr.script.review import translations, unreviewed
from ivr.script.state_choice import STATE, choose, is_state, with_state
from ivr.script.state_hotlines import state_hotlines
from ivr.script.yaml_source import Loc
from ivr.settings import shipped
from ivr.transcript.labels import language_name
from ivr.web.console import sentence
from ivr.web.editing.hours import PLACE as HOURS
from ivr.web.editing.numbers import PLACE as DESTINATIONS
from ivr.web.editing.numbers import TELEPHONES
from ivr.web.editing.on_call import PLACE as ON_CALL
from ivr.web.editing.value_form import LINE, Answer, FormPages, Values, read
from ivr.web.routes import get, post

NAME: Loc = ("agency", "name")
ZONE: Loc = ("time_zone",)


class Step(NamedTuple):
    """A row of the list. `is_done` is None if the line cannot see it; `href` leads to its page."""

    text: str
    is_done: bool | None
    href: str = ""


class FirstStepsPage(FormPages, name="start"):
    """The page for a new line: the agency's name, clocks and state, and the list."""

    @get("/edit/start")
    def page(self, wrong: str = "") -> str:
        """Show the first values of a line, and what is still to be done."""
        line = self.line()
        draft, files = self.drafts.shown()
        examined = self.drafts.examined(files)
        names = line.mapping(NAME)
        states = sorted(state_hotlines().items(), key=lambda row: row[1].name["en"].lower())
        return render_template(
            "edit/start.html",
            names=names or dict.fromkeys(self.drafts.script.line.languages, ""),
            zone=line.data.get("time_zone", ""),
            zones=_zones(str(line.data.get("time_zone", ""))),
            states=[(code, row.name["en"]) for code, row in states if row.number],
            is_choice=any(is_state(n) and n != STATE for n in line.mapping(DESTINATIONS)),
            was={str(p[0]): line.digest(p) for p in (ZONE, DESTINATIONS)}
            | {"name": line.digest(NAME)},
            steps=list(_steps(draft, line, examined)),
            wrong=sentence(wrong),
        )

    @post("/edit/start/name")
    def name(self) -> Answer:
        """Change the agency's name, as callers hear it in each language."""
        typed = {
            code.removeprefix("name-"): " ".join(text.split())
            for code, text in request.form.items()
            if code.startswith("name-")
        }

        def change(text: str) -> str:
            names = read(text).mapping(NAME)
            for code, name in typed.items():
                if code not in names:
                    raise EditError(f'the agency has no name in "{code}"')
                if not name:
                    raise EditError("write a name in every language: callers hear it first")
                text = yaml_edit.put(text, NAME, code, name)
            return text

        return self.store(NAME, change, self.page)

    @post("/edit/start/zone")
    def zone(self) -> Answer:
        """Change the clocks by which the hours are told."""
        zone = request.form.get("zone", "")

        def change(text: str) -> str:
            if zone not in _every_zone():
                raise EditError(f'"{zone}" is no time zone: choose one of the list')
            return yaml_edit.put(text, (), "time_zone", zone)

        return self.store(ZONE, change, self.page)

    @post("/edit/start/state")
    def state(self) -> Answer:
        """Write the child-abuse hotline of a state; somebody has to dial it."""
        code = request.form.get("state", "")

        def change(text: str) -> str:
            if any(is_state(n) and n != STATE for n in read(text).mapping(DESTINATIONS)):
                raise EditError("callers choose between several states: change it in the folder")
            try:
                return with_state(text, choose(code))
            except IvrError as e:
                raise EditError(str(e)) from None

        return self.store(DESTINATIONS, change, self.page)


def _steps(draft: Revision | None, line: Values, examined: Examined) -> Iterator[Step]:
    """Yield the rows of the list, in the order in which they are done."""
    numbers = line.mapping(DESTINATIONS)
    dialled = {
        n: bool(d.get("verified_on"))
        for n, d in numbers.items()
        if isinstance(d, dict) and d.get("number")
    }
    count = f"{sum(dialled.values())} of {len(dialled)} are dialled"
    page = url_for("numbers.page")
    yield Step("Write the agency's name", _has_own_name(line), "#name")
    has_state = any(is_state(name) for name in dialled)
    yield Step("Write your state's child-abuse hotline", has_state, "#state")
    dial = f"Dial every number, hear who answers, and write the day: {count}"
    yield Step(dial, all(dialled.values()), page)
    for text, place, href in (
        ("If the agency has an office: write its telephones", TELEPHONES, f"{page}#at-office"),
        ("If it has an office: write its hours", HOURS, url_for("hours.page")),
        ("If somebody is on call: write who, and when", ON_CALL, url_for("on_call.page")),
    ):
        yield Step(text, bool(line.at(place)) or None, href)
    yield Step("Read every text that callers hear", None, url_for("edit.page"))
    if examined.script:
        yield from _reviews(examined.script)
    errors = len(examined.errors)
    mend = f"Mend what the checks report: {errors or 'no'} errors"
    yield Step(mend, not errors, url_for("edit.page"))
    hear = url_for("phone.page", draft=draft.id) if draft else url_for("phone.page")
    yield Step("Call the line in the browser, in each language", None, hear)
    changes = url_for("drafts.changes")
    yield Step("Let somebody else approve the draft, and publish it", draft is None, changes)
    yield Step("Render the recordings of what you changed", None, url_for("voices.page"))
    yield Step("Look at the server, the carrier and the alerts", None, url_for("doctor.page"))
    for text in _ON_PAPER:
        yield Step(text, None)


_ON_PAPER = (
    "Agree with each destination that it will receive calls; keep a name and a day on paper",
    "Call the line from a mobile phone and a landline, by the list in docs/go-live.md",
)


def _reviews(script: Script) -> Iterator[Step]:
    """Yield a row for each translation that callers hear."""
    for code in translations(script):
        left, decision = len(unreviewed(script, code)), script.line.unreviewed.get(code)
        text = f"Have the texts in {language_name(code)} on which safety depends reviewed"
        if left:
            text += f": {left} wait"
            text += f"; callers hear them by a decision of {decision.by}" if decision else ""
        yield Step(text, not left, url_for("edit.translate", language=code))


def _has_own_name(line: Values) -> bool:
    name = line.mapping(NAME)
    return bool(name) and name != _shipped_name()


@cache
def _shipped_name() -> dict[str, Any]:
    return read((shipped("prompts") / LINE).read_text(encoding="utf-8")).mapping(NAME)


def _zones(present: str) -> list[str]:
    """Return the time zones of the United States and its territories, and the line's."""
    usual = [zone for zone in sorted(_every_zone()) if zone.startswith(_USUAL)]
    return usual if present in usual or not present else [present, *usual]


@cache
def _every_zone() -> frozenset[str]:
    return frozenset(available_timezones())  # which looks at hundreds of files


_USUAL = ("America/", "Pacific/Guam", "Pacific/Honolulu", "Pacific/Pago_Pago", "Pacific/Saipan")
