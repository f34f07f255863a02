"""`/edit/hours`: when the agency is open."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import groupby
from typing import Any

from flask import render_template, request
from pydantic import ValidationError

from ivr.editing.revisions import EditError
from ivr.schedule.hours import DAYS, Hours, mistakes, on_weekday
from ivr.script import yaml_edit
from ivr.script.yaml_source import Loc
from ivr.web.console import sentence
from ivr.web.editing.numbers import country_of
from ivr.web.editing.value_form import (
    Answer,
    FormPages,
    Values,
    as_texts,
    index_of,
    parts_of,
    read,
    require_sound,
    validated,
)
from ivr.web.routes import get, post

PLACE = ("hours",)
WEEK, CLOSED, DATES, HOLIDAYS = ((*PLACE, key) for key in ("week", "closed", "days", "holidays"))

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class HoursPage(FormPages, name="hours"):
    """The page with the week, dates with hours of their own, closures, and public holidays."""

    @get("/edit/hours")
    def page(self, wrong: str = "", typed: Mapping[str, str] | None = None) -> str:
        """Show when the agency is open."""
        line = self.line()
        hours = line.mapping(PLACE)
        try:
            valid = Hours.model_validate(hours) if hours else None
        except ValidationError:
            valid = None
        week = {
            day: ", ".join(on_weekday(valid.week, i)) if valid else "" for i, day in enumerate(DAYS)
        }
        return render_template(
            "edit/hours.html",
            days=[(d, n, (typed or week).get(d, "")) for d, n in zip(DAYS, DAY_NAMES, strict=True)],
            hours=valid,
            has_hours=bool(hours),
            was={place[-1]: line.digest(place) for place in (WEEK, DATES, CLOSED, HOLIDAYS)},
            country=country_of(line),
            wrong=sentence(wrong),
            zone=line.data.get("time_zone", ""),
        )

    @post("/edit/hours")
    def week(self) -> Answer:
        """Change the opening hours of the week."""
        typed = {day: request.form.get(day, "").strip() for day in DAYS}

        def change(text: str) -> str:
            week = _grouped({day: parts_of(spans) for day, spans in typed.items()})
            hours = read(text).mapping(PLACE)
            _require({**hours, "week": week})
            if hours:
                return yaml_edit.put(text, PLACE, "week", week)
            return yaml_edit.put(text, (), "hours", {"week": week})

        return self.store(WEEK, change, partial(self.page, typed=typed))

    @post("/edit/hours/date")
    def date(self) -> Answer:
        """Add a date with hours of its own, or remove one by its position in the list."""
        form = request.form
        added: dict[str, Any] = {"on": form.get("on", "").strip()}
        added["open"] = parts_of(form.get("open", ""))
        if why := form.get("why", "").strip():
            added["why"] = why
        return self._save_list(DATES, added, "that date is not there any more")

    @post("/edit/hours/closed")
    def closed(self) -> Answer:
        """Add a closure, or remove one by its position in the list."""
        added = {key: request.form.get(key, "").strip() for key in ("begins", "ends", "why")}
        return self._save_list(CLOSED, added, "that closure is not there any more")

    @post("/edit/hours/holidays")
    def holidays(self) -> Answer:
        """Say on which public holidays the agency is closed, or that it is open on all."""
        form = request.form
        value: dict[str, Any] | None = None
        if form.get("do") != "open":
            value = {"country": form.get("country", "").strip().upper()}
            if state := form.get("state", "").strip().upper():
                value["state"] = state
            if names := parts_of(form.get("except", "")):
                value["except"] = names
        return self._save_part(HOLIDAYS, lambda _: value)

    def _save_list(self, place: Loc, added: Mapping[str, Any], gone: str) -> Answer:
        def changed(line: Values) -> list[dict[str, Any]]:
            items = [dict(one) for one in line.sequence(place)]
            if "remove" not in request.form:
                return [*items, dict(added)]
            index = index_of(request.form["remove"])
            if not 0 <= index < len(items):
                raise EditError(gone)
            return items[:index] + items[index + 1 :]

        return self._save_part(place, changed)

    def _save_part(self, place: Loc, changed: Callable[[Values], Any]) -> Answer:
        """Store a part of the hours; `changed` makes it from line.yaml."""
        key = str(place[-1])

        def change(text: str) -> str:
            line = read(text)
            hours = line.mapping(PLACE)
            if not hours:
                raise EditError("write the hours of the week first")
            value = as_texts(changed(line))
            _require({**hours, key: value})
            return yaml_edit.put(text, PLACE, key, value)

        return self.store(place, change, self.page)


def _grouped(week: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return a week with days of the same hours together, as mon-fri; closed days are left out."""
    grouped: dict[str, list[str]] = {}
    for spans, run in groupby(DAYS, week.__getitem__):
        days = list(run)
        if spans:
            grouped[days[0] if len(days) == 1 else f"{days[0]}-{days[-1]}"] = spans
    return grouped


def _require(value: Mapping[str, Any]) -> None:
    """Raise EditError for hours that cannot be right."""
    require_sound(mistakes(validated(Hours, value)))
