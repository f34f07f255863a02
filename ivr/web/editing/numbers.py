"""`/edit/numbers`: whom the line can dial, and the telephones of the agency's office."""

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import render_template, request

from ivr.editing.revisions import EditError
from ivr.phone_numbers import COUNTRIES, DEFAULT_COUNTRY, national_or_international, written_number
from ivr.script import yaml_edit
from ivr.script.line import MAX_NUMBERS, Office
from ivr.script.yaml_source import Loc
from ivr.web.console import sentence
from ivr.web.editing.value_form import Answer, FormPages, Values, parts_of, read, validated
from ivr.web.routes import get, post

PLACE: Loc = ("destinations",)
OFFICE: Loc = ("office",)
TELEPHONES: Loc = (*OFFICE, "numbers")


class NumberPage(FormPages, name="numbers"):
    """The page with the numbers of the destinations."""

    @get("/edit/numbers")
    def page(self, wrong: str = "", form: Mapping[str, str] | None = None) -> str:
        """Show whom the line can dial, with the source of each number and when it was dialled."""
        line = self.line()
        rows = [
            self._row(name, value) | {"was": line.digest((*PLACE, name))}
            for name, value in line.mapping(PLACE).items()
            if isinstance(value, dict)
        ]
        return render_template(
            "edit/numbers.html",
            rows=[
                row | dict(form) if form and form["name"] == row["name"] else row for row in rows
            ],
            office=line.mapping(OFFICE),
            telephones=", ".join(as_written(one) for one in line.sequence(TELEPHONES)),
            typed_telephones=request.form.get("numbers", "") if wrong else "",
            was_office=line.digest(OFFICE),
            max_numbers=MAX_NUMBERS,
            wrong=sentence(wrong),
            wrong_name=form["name"] if form else "",
            today=self.drafts.clock().date(),
        )

    @post("/edit/numbers")
    def save(self) -> Answer:
        """Change a destination's number. Somebody has dialled it on a day that the form names."""
        names = ("name", "number", "source", "verified_on")
        form = {key: request.form.get(key, "").strip() for key in names}
        name = form["name"]

        def change(text: str) -> str:
            line = read(text)
            if name not in line.mapping(PLACE):
                raise EditError(f'there is no destination "{name}"')
            values = _number_values(form, line, self.drafts.clock().date())
            for key, value in values.items():
                text = yaml_edit.put(text, (*PLACE, name), key, value)
            return text

        show = partial(self.page, form=form)
        return self.store((*PLACE, name), change, show, f"at-{name}")

    @post("/edit/numbers/office")
    def office(self) -> Answer:
        """Change the telephones of the agency's office, or say that it has none."""
        typed = parts_of(request.form.get("numbers", ""))

        def change(text: str) -> str:
            line = read(text)
            numbers = [dialable(one, line) for one in typed]
            office = line.mapping(OFFICE)
            office |= {"numbers": numbers, "ring": request.form.get("ring", "in turn")}
            office["screened"] = "screened" in request.form
            validated(Office, office)
            return yaml_edit.put(text, (), "office", office)

        return self.store(OFFICE, change, self.page, "at-office")

    def _row(self, name: str, value: Mapping[str, Any]) -> dict[str, Any]:
        number = str(value.get("number") or "")
        script = self.drafts.script
        try:
            title = script.text(script.line.default_language, f"destination.{name}")
        except KeyError:
            title = name
        return {
            "name": name,
            "title": sentence(title),
            "number": as_written(number),
            "source": str(value.get("source") or ""),
            "verified_on": str(value.get("verified_on") or ""),
        }


def _number_values(form: Mapping[str, str], line: Values, today: dt.date) -> dict[str, str | None]:
    """Return what is written at a destination. Raises EditError for what cannot be right."""
    if not form["number"]:
        return {"number": None, "verified_on": None}
    number = dialable(form["number"], line)
    destinations = line.mapping(PLACE)
    others = [n for n, d in destinations.items() if n != form["name"] and isinstance(d, dict)]
    same = [n for n in others if destinations[n].get("number") == number]
    if same:
        raise EditError(f"{same[0]} has that number already: look at both again")
    try:
        day = dt.date.fromisoformat(form["verified_on"])
    except ValueError:
        raise EditError("dial the number, and write the day on which you did") from None
    if day > today:
        raise EditError(f"{day} has not come yet: write the day on which you dialled the number")
    return {"number": number, "source": form["source"] or None, "verified_on": str(day)}


def dialable(text: str, line: Values) -> str:
    """Return a number in E.164, as people of the line's country write it.

    Raises EditError for one that the line may not dial.
    """
    try:
        number = national_or_international(text, country_of(line))
    except ValueError as e:
        raise EditError(str(e)) from None
    if number in {"911", "+1911"}:
        raise EditError("911 is no destination: the line has its own way to it")
    return number


def as_written(number: object) -> str:
    """Return a number of line.yaml as people write it; anything else as it stands there."""
    text = str(number)
    return written_number(text) if text.startswith("+") else text


def country_of(line: Values) -> str:
    """Return the country of a line, as whose people write numbers its operators may write them."""
    country = line.data.get("country", DEFAULT_COUNTRY)
    return country if country in COUNTRIES else DEFAULT_COUNTRY
