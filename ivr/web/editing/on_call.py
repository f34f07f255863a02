"""`/edit/on-call`: who is rung while the office is closed, and when."""

import re
from collections.abc import Iterator
from typing import Any

from flask import render_template, request

from ivr.editing.revisions import EditError
from ivr.schedule.hours import DAYS
from ivr.schedule.on_call import RUNGS, OnCall, mistakes
from ivr.script import yaml_edit
from ivr.script.yaml_source import Loc
from ivr.transcript.labels import language_name
from ivr.web.console import sentence
from ivr.web.editing.hours import DAY_NAMES
from ivr.web.editing.numbers import as_written, dialable
from ivr.web.editing.value_form import (
    Answer,
    Change,
    FormPages,
    Values,
    as_texts,
    index_of,
    read,
    require_sound,
    validated,
)
from ivr.web.routes import get, post

PLACE: Loc = ("on_call",)
PEOPLE, WEEK, DATES, SPEAKS = ((*PLACE, key) for key in ("people", "week", "days", "speaks"))

_NAME = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)


class OnCallPage(FormPages, name="on_call"):
    """The page with the people on call, and their shifts by week and by date."""

    @get("/edit/on-call")
    def page(self, wrong: str = "") -> str:
        """Show the people on call, and when each is rung."""
        line = self.line()
        people, speaks = line.mapping(PEOPLE), line.mapping(SPEAKS)
        calendar = line.mapping(PLACE).get("calendar")
        return render_template(
            "edit/on_call.html",
            people=[
                {"name": name, "number": as_written(number), "speaks": speaks.get(name) or ()}
                for name, number in people.items()
            ],
            week=list(_by_week(line)),
            dates=list(_by_date(line)),
            days=list(zip(DAYS, DAY_NAMES, strict=True)),
            rungs=range(1, RUNGS + 1),
            languages=[(code, language_name(code)) for code in self.drafts.script.line.languages],
            was=line.digest(PLACE),
            calendar="an address" if calendar and "://" in str(calendar) else calendar or "",
            wrong=sentence(wrong),
            typed=request.form if wrong else {},
            zone=line.data.get("time_zone", ""),
        )

    @post("/edit/on-call/person")
    def person(self) -> Answer:
        """Add a person, change their number and languages, or remove them."""
        form = request.form
        name = "-".join(form.get("name", "").lower().split())

        def change(text: str) -> str:
            line = read(text)
            if form.get("do") == "remove":
                return _without_person(text, line, name)
            if form.get("do") == "add" and name in line.mapping(PEOPLE):
                raise EditError(f"{name} is on call already: change the number there")
            return _with_person(text, line, name, dialable(form.get("number", ""), line))

        return self._save(change)

    @post("/edit/on-call/shift")
    def shift(self) -> Answer:
        """Add a shift to the week or to a date, or remove one by its position there."""

        def change(text: str) -> str:
            line = read(text)
            remove = request.form.get("remove", "")
            return _without_shift(text, line, remove) if remove else _with_shift(text, line)

        return self._save(change)

    def _save(self, change: Change) -> Answer:
        def checked(text: str) -> str:
            after = change(text)
            require_sound(mistakes(validated(OnCall, read(after).mapping(PLACE))))
            return after

        return self.store(PLACE, checked, self.page)


def _with_person(text: str, line: Values, name: str, number: str) -> str:
    """Return line.yaml with a person's number and languages; the first one gets a shift, too."""
    if not _NAME.fullmatch(name):
        raise EditError("write the name in letters from a to z, such as maria")
    if not line.mapping(PLACE):
        days, shift = _typed_shift()
        schedule = {"people": {name: number}, "week": {days: [shift | {"ring": [name]}]}}
        return yaml_edit.put(text, (), "on_call", schedule)
    if not line.mapping(PEOPLE):
        text = yaml_edit.put(text, PLACE, "people", {name: number})
    else:
        text = yaml_edit.put(text, PEOPLE, name, number)
    speaks = line.mapping(SPEAKS)
    languages = request.form.getlist("speaks")
    if languages == list(speaks.get(name) or ()):
        return text
    speaks = {**speaks, name: languages}
    return yaml_edit.put(text, PLACE, "speaks", {n: s for n, s in speaks.items() if s})


def _without_person(text: str, line: Values, name: str) -> str:
    shifts = (*_by_week(line), *_by_date(line))
    if any(name in shift["ring"] for shift in shifts):
        raise EditError(f"{name} has a shift: remove it first")
    if len(line.mapping(PEOPLE)) == 1:
        raise EditError(f"{name} is the only one on call: add somebody else first")
    if name not in line.mapping(PEOPLE):
        raise EditError(f"{name or 'that person'} is not there any more")
    speaks = line.mapping(SPEAKS)
    if name in speaks:
        others = {n: s for n, s in speaks.items() if n != name}
        text = yaml_edit.put(text, PLACE, "speaks", others)
    return yaml_edit.without(text, PEOPLE, name)


def _with_shift(text: str, line: Values) -> str:
    """Return line.yaml with the shift that the form describes."""
    days, shift = _typed_shift()
    ring = list(dict.fromkeys(n for n in request.form.getlist("ring") if n))
    shift = shift | {"ring": ring}
    if on := request.form.get("on", "").strip():
        dates = [dict(date) for date in line.sequence(DATES)]
        same = next((date for date in dates if str(date.get("on")) == on), None)
        if same is None:
            dates.append({"on": on, "shifts": [shift]})
        else:
            same["shifts"] = [*same["shifts"], shift]
        return yaml_edit.put(text, PLACE, "days", as_texts(dates))
    week = line.mapping(WEEK)
    if not week:
        return yaml_edit.put(text, PLACE, "week", {days: [shift]})
    return yaml_edit.put(text, WEEK, days, [*(week.get(days) or ()), shift])


def _typed_shift() -> tuple[str, dict[str, Any]]:
    """Return the days of the week, and the hours, that the form holds."""
    form = request.form
    first, last = form.get("first", ""), form.get("last", "")
    days = first if last in {"", first} else f"{first}-{last}"
    return days, {"hours": form.get("hours", "").strip()}


def _without_shift(text: str, line: Values, which: str) -> str:
    """Return line.yaml without a shift, named as "mon-fri 0" or "2026-12-24 0"."""
    name, _, position = which.partition(" ")
    index = index_of(position)
    dates = [dict(date) for date in line.sequence(DATES)]
    for date in dates:
        if str(date.get("on")) == name and 0 <= index < len(date["shifts"]):
            date["shifts"] = [s for i, s in enumerate(date["shifts"]) if i != index]
            left = [d for d in dates if d["shifts"]]
            return yaml_edit.put(text, PLACE, "days", as_texts(left))
    week = line.mapping(WEEK)
    shifts = list(week.get(name) or ())
    if not 0 <= index < len(shifts):
        raise EditError("that shift is not there any more")
    if len(shifts) > 1:
        return yaml_edit.put(text, WEEK, name, [s for i, s in enumerate(shifts) if i != index])
    if len(week) > 1:
        return yaml_edit.without(text, WEEK, name)
    return yaml_edit.put(text, PLACE, "week", {})


def _by_week(line: Values) -> Iterator[dict[str, Any]]:
    """Yield the shifts of the week, each with the name by which it can be removed."""
    for days, shifts in line.mapping(WEEK).items():
        yield from _rows(str(days), _written_days(str(days)), shifts)


def _written_days(days: str) -> str:
    """Return weekdays such as "mon-fri" as "Monday to Friday"."""
    names = dict(zip(DAYS, DAY_NAMES, strict=True))
    return " to ".join(names.get(day, day) for day in days.split("-"))


def _by_date(line: Values) -> Iterator[dict[str, Any]]:
    for date in line.sequence(DATES):
        if isinstance(date, dict):
            on = str(date.get("on"))
            yield from _rows(on, on, date.get("shifts"))


def _rows(key: str, when: str, shifts: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 of the YAML
    for i, shift in enumerate(shifts if isinstance(shifts, list) else ()):
        if isinstance(shift, dict):
            ring = [str(name) for name in shift.get("ring") or ()]
            yield {"id": f"{key} {i}", "when": when, "hours": shift.get("hours"), "ring": ring}
