"""`/edit/numbers`, `/edit/hours`, `/edit/choices`: what an agency changes besides its words."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import yaml
from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from pydantic import ValidationError

from ivr.editing import texts
from ivr.editing.revisions import EditError, Revision
from ivr.phone_numbers import COUNTRIES, DEFAULT_COUNTRY, national_or_international
from ivr.schedule.hours import DAYS, Hours, mistakes, on_weekday
from ivr.script import yaml_edit, yaml_sequence
from ivr.script.nodes import Menu, Talk
from ivr.script.yaml_scalar import PlaceError
from ivr.script.yaml_source import Loc, plain_data
from ivr.transcript.labels import heading, written_number
from ivr.web.auth import current_operator
from ivr.web.editing.drafts import Drafts

LINE, MENU = "line.yaml", "menu.yaml"

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Change = Callable[[str], str]
"""From a file's text to its text with the change. Raises EditError, PlaceError, KeyError."""


class ValuePages:
    """The pages for numbers, opening hours, and the order of a menu's keys."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts

    def blueprint(self) -> Blueprint:
        """Return the pages, and the ways to change what they show."""
        pages = Blueprint("values", __name__)
        pages.add_url_rule("/edit/numbers", view_func=self.numbers)
        pages.add_url_rule("/edit/numbers", "number", self.number, methods=["POST"])
        pages.add_url_rule("/edit/hours", view_func=self.hours)
        pages.add_url_rule("/edit/hours", "week", self.week, methods=["POST"])
        pages.add_url_rule("/edit/hours/closed", "closed", self.closed, methods=["POST"])
        pages.add_url_rule("/edit/choices/<node>", view_func=self.choices)
        pages.add_url_rule("/edit/choices/<node>", "choice", self.choice, methods=["POST"])
        return pages

    def numbers(self, wrong: str = "", form: Mapping[str, str] | None = None) -> str:
        """Show whom the line can dial, with the source of each number and when it was dialled."""
        draft, line = self._line()
        destinations = line.get("destinations")
        rows = [
            self._number(name, value)
            for name, value in (destinations if isinstance(destinations, dict) else {}).items()
            if isinstance(value, dict)
        ]
        return render_template(
            "edit/numbers.html",
            draft=draft,
            rows=[
                row | dict(form) if form and form["name"] == row["name"] else row for row in rows
            ],
            wrong=wrong[:1].upper() + wrong[1:],
            wrong_name=form["name"] if form else "",
            today=self._drafts.clock().date(),
        )

    def number(self) -> Response | tuple[str, int]:
        """Change a destination's number. Somebody has dialled it on a day that the form names."""
        names = ("name", "number", "source", "verified_on")
        form = {key: request.form.get(key, "").strip() for key in names}
        name = form["name"]

        def change(text: str) -> str:
            line = _read(text)
            if name not in (line.get("destinations") or {}):
                raise EditError(f'there is no destination "{name}"')
            values = _number_values(form, line, self._drafts.clock().date())
            for key, value in values.items():
                text = yaml_edit.put(text, ("destinations", name), key, value)
            return text

        return self._save(
            LINE,
            ("destinations", name),
            change,
            lambda e: self.numbers(e, form),
            url_for("values.numbers", _anchor=f"at-{name}"),
        )

    def hours(self, wrong: str = "", typed: Mapping[str, str] | None = None) -> str:
        """Show the opening hours: the week, and the days on which the agency is closed."""
        draft, line = self._line()
        hours = line.get("hours") if isinstance(line.get("hours"), dict) else None
        try:
            valid = Hours.model_validate(hours) if hours else None
        except ValidationError:
            valid = None
        week = {
            day: ", ".join(on_weekday(valid.week, i)) if valid else "" for i, day in enumerate(DAYS)
        }
        return render_template(
            "edit/hours.html",
            draft=draft,
            days=[(d, n, (typed or week).get(d, "")) for d, n in zip(DAYS, DAY_NAMES, strict=True)],
            has_hours=hours is not None,
            closures=list(valid.closed) if valid else [],
            holidays=valid.holidays if valid else None,
            wrong=wrong[:1].upper() + wrong[1:],
            zone=line.get("time_zone", ""),
        )

    def week(self) -> Response | tuple[str, int]:
        """Change the opening hours of the week."""
        typed = {day: request.form.get(day, "").strip() for day in DAYS}

        def change(text: str) -> str:
            week = _grouped({d: _spans(spans) for d, spans in typed.items()})
            hours = _read(text).get("hours")
            _require_hours({**(hours if isinstance(hours, dict) else {}), "week": week})
            if isinstance(hours, dict):
                return yaml_edit.put(text, ("hours",), "week", week)
            return yaml_edit.put(text, (), "hours", {"week": week})

        return self._save(
            LINE,
            ("hours", "week"),
            change,
            lambda e: self.hours(e, typed),
            url_for("values.hours"),
        )

    def closed(self) -> Response | tuple[str, int]:
        """Add a closure, or remove one by its position in the list."""
        form = request.form

        def change(text: str) -> str:
            hours = _read(text).get("hours")
            if not isinstance(hours, dict):
                raise EditError("write the hours of the week first")
            closures = [dict(one) for one in hours.get("closed") or ()]
            if "remove" in form:
                index = int(form["remove"]) if form["remove"].isdigit() else -1
                if not 0 <= index < len(closures):
                    raise EditError("that closure is not there any more")
                del closures[index]
            else:
                added = {key: form.get(key, "").strip() for key in ("begins", "ends", "why")}
                closures.append(added)
            written = [{k: str(v) for k, v in one.items()} for one in closures]
            _require_hours({**hours, "closed": written})
            return yaml_edit.put(text, ("hours",), "closed", written)

        return self._save(LINE, ("hours", "closed"), change, self.hours, url_for("values.hours"))

    def choices(self, node: str, wrong: str = "") -> str:
        """Show a menu's choices with their keys, to be moved, removed and added."""
        draft = self._drafts.present()
        files = draft.files if draft else self._drafts.live_files()
        examined = self._drafts.examined(files)
        graph = examined.graph
        present = graph.nodes.get(node) if graph else None
        if not isinstance(present, Menu | Talk) or not present.choices or graph is None:
            abort(404, f'This script has no choices at "{node}".')
        script = self._drafts.script
        keys = {}
        if examined.script:
            choices = examined.script.choices(examined.script.graph.nodes[node])
            keys = {choice.task: key for key, choice in choices.items()}
        language = script.line.default_language
        names = {n: heading(script, language, n) for n in graph.nodes if n in script.graph.nodes}
        return render_template(
            "edit/choices.html",
            draft=draft,
            node=node,
            name=names.get(node, node),
            choices=[(c, keys.get(c.task, "")) for c in present.choices],
            names=names,
            own=_choices_in(files.get(MENU, ""), node),
            others=[n for n in graph.nodes if n not in {c.to for c in present.choices} | {node}],
            wrong=wrong[:1].upper() + wrong[1:],
        )

    def choice(self, node: str) -> Response | tuple[str, int]:
        """Move, remove or add a choice."""
        action, place = request.form.get("do", ""), ("nodes", node, "choices")
        kind, _, rest = action.partition(":")
        parts = self._parts() if kind == "add" else frozenset()

        def change(text: str) -> str:
            index = int(rest) if rest.isascii() and rest.isdigit() else -1
            match kind:
                case "up" | "down":
                    return yaml_sequence.moved(text, place, index, -1 if kind == "up" else 1)
                case "remove":
                    return yaml_sequence.without_item(text, place, index)
                case "add":
                    to = request.form.get("to", "")
                    if to not in parts:
                        raise EditError("choose a part that the script has")
                    return yaml_sequence.with_item(text, place, to)
                case _:
                    raise EditError("choose what to change")

        return self._save(
            MENU,
            place,
            change,
            lambda e: self.choices(node, e),
            url_for("values.choices", node=node),
        )

    def _parts(self) -> frozenset[str]:
        """Return the nodes of the draft, with those of its extras."""
        draft = self._drafts.present()
        graph = self._drafts.examined(draft.files if draft else self._drafts.live_files()).graph
        return frozenset(graph.nodes if graph else ())

    def _save(
        self, file: str, place: Loc, change: Change, show: Callable[[str], str], then: str
    ) -> Response | tuple[str, int]:
        edit = texts.new_edit(current_operator().name, self._drafts.clock(), file, place)
        try:
            with self._drafts.database.writing() as connection:
                draft = self._drafts.begun(connection)
                text = change(draft.files.get(file, ""))
                texts.save_file(connection, draft, file, text, edit)
        except KeyError:
            return show(f"{file} has another form than this page knows: edit it in the folder"), 422
        except (EditError, PlaceError) as e:
            return show(str(e)), 422
        return redirect(then, 303)  # type: ignore[return-value]

    def _line(self) -> tuple[Revision | None, dict[str, Any]]:
        draft = self._drafts.present()
        files = draft.files if draft else self._drafts.live_files()
        try:
            return draft, _read(files.get(LINE, ""))
        except EditError:
            abort(404, "line.yaml is not YAML: it has to be mended in the folder.")

    def _number(self, name: str, value: Mapping[str, Any]) -> dict[str, Any]:
        number = str(value.get("number") or "")
        try:
            title = self._drafts.script.text(
                self._drafts.script.line.default_language, f"destination.{name}"
            )
        except KeyError:
            title = name
        return {
            "name": name,
            "title": title[:1].upper() + title[1:],
            "number": written_number(number) if number.startswith("+") else number,
            "source": str(value.get("source") or ""),
            "verified_on": str(value.get("verified_on") or ""),
        }


def _number_values(
    form: Mapping[str, str], line: Mapping[str, Any], today: dt.date
) -> dict[str, str | None]:
    """Return what is written at a destination. Raises EditError for what cannot be right."""
    country = line.get("country", DEFAULT_COUNTRY)
    country = country if country in COUNTRIES else DEFAULT_COUNTRY
    if not form["number"]:
        return {"number": None, "verified_on": None}
    try:
        number = national_or_international(form["number"], country)
    except ValueError as e:
        raise EditError(str(e)) from None
    if number in {"911", "+1911"}:
        raise EditError("911 is no destination: the line has its own way to it")
    destinations = line["destinations"]
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


def _read(text: str) -> dict[str, Any]:
    try:
        data = plain_data(text)
    except yaml.YAMLError:
        data = None
    if not isinstance(data, dict):
        raise EditError("the file is not YAML: mend it in the folder")
    return data


def _choices_in(menu: str, node: str) -> int:
    """Return how many choices a node has in menu.yaml; extras add theirs behind those."""
    written = (_read(menu).get("nodes") or {}).get(node)
    return len(written.get("choices") or ()) if isinstance(written, dict) else 0


def _spans(text: str) -> list[str]:
    return [span.strip() for span in text.replace(";", ",").split(",") if span.strip()]


def _grouped(week: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return a week with days of the same hours together, as mon-fri; closed days are left out."""
    grouped: dict[str, list[str]] = {}
    run: list[str] = []
    for day in (*DAYS, ""):
        if run and (not day or week[day] != week[run[0]]):
            if week[run[0]]:
                name = run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}"
                grouped[name] = week[run[0]]
            run = []
        run.append(day)
    return grouped


def _require_hours(value: Mapping[str, Any]) -> None:
    """Raise EditError, in words for an operator, for hours that cannot be right."""
    try:
        hours = Hours.model_validate(value)
    except ValidationError as e:
        raise EditError(e.errors()[0]["msg"].removeprefix("Value error, ")) from None
    for _, what, remedy in mistakes(hours):
        raise EditError(f"{what}: {remedy}")
