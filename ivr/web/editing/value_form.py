"""A form that changes what stands at one place of a file of the draft.

The form holds the digest of what it showed, so that nobody overwrites what somebody else has
changed in the meantime.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml
from flask import Response, abort, redirect, request, url_for
from pydantic import BaseModel, ValidationError

from ivr.editing import texts
from ivr.editing.revisions import Edit, EditError
from ivr.schedule.hours import Mistake
from ivr.script.review import digest
from ivr.script.yaml_edit import PlaceError
from ivr.script.yaml_source import Loc, plain_data
from ivr.web.auth import current_operator
from ivr.web.editing.drafts import Drafts
from ivr.web.routes import Routes

LINE = "line.yaml"

M = TypeVar("M", bound=BaseModel)

Change = Callable[[str], str]
"""From a file's text to its text with the change. Raises EditError, PlaceError, KeyError."""

Files = Mapping[str, str]
"""The files of a draft by name, or those of them that change."""

Answer = Response | tuple[str, int]
"""The way to the page that shows the change, or the page again with what is wrong, and 422."""


@dataclass(frozen=True)
class Values:
    """What a YAML file of the draft holds."""

    data: Mapping[str, Any]

    def at(self, place: Loc) -> Any:  # noqa: ANN401 what the YAML holds
        """Return what stands at a place, or None."""
        value: Any = self.data
        for key in place:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def mapping(self, place: Loc) -> dict[str, Any]:
        """Return the mapping that stands at a place, or an empty one."""
        value = self.at(place)
        return dict(value) if isinstance(value, dict) else {}

    def sequence(self, place: Loc) -> list[Any]:
        """Return the list that stands at a place, or an empty one."""
        value = self.at(place)
        return list(value) if isinstance(value, list) else []

    def digest(self, place: Loc) -> str:
        """Return the digest of what stands at a place, by which a form knows whether it changed."""
        return digest(json.dumps(self.at(place), sort_keys=True, default=str))


def read(text: str) -> Values:
    """Return what a file holds. Raises EditError if it is not YAML."""
    try:
        data = plain_data(text)
    except yaml.YAMLError:
        data = None
    if not isinstance(data, dict):
        raise EditError("the file is not YAML: mend it in the folder")
    return Values(data)


class FormPages(Routes):
    """Pages of the editor whose forms each change what stands at one place of a file."""

    def __init__(self, drafts: Drafts) -> None:
        self.drafts = drafts

    def line(self) -> Values:
        """Return line.yaml as it is in the draft. Aborts with 404 if that is not YAML."""
        _, files = self.drafts.shown()
        try:
            return read(files.get(LINE, ""))
        except EditError:
            abort(404, "line.yaml is not YAML: it has to be mended in the folder.")

    def store(
        self, place: Loc, change: Change, show: Callable[[str], str], anchor: str | None = None
    ) -> Answer:
        """Store a change of line.yaml, and show the page again, at an anchor if one is given.

        `show` makes the page again, with what is wrong.
        """

        def changed(files: Files) -> Files:
            return {LINE: change(files.get(LINE, ""))}

        return self.store_files(LINE, place, changed, show, _anchor=anchor)

    def store_files(
        self,
        file: str,
        place: Loc,
        change: Callable[[Files], Files],
        show: Callable[[str], str],
        **page: Any,  # noqa: ANN401 as Flask takes them
    ) -> Answer:
        """Store a change of several files of the draft, together or not at all, and show the page.

        `change` returns those that change. The place in `file` is what the form has shown. `page`
        are the parts of the page's address.
        """
        edit = Edit(current_operator().name, self.drafts.clock(), file, place)
        try:
            with self.drafts.editing() as (connection, draft):
                _require_unchanged(draft.files.get(file, ""), place)
                texts.save_files(connection, draft, change(draft.files), edit)
        except (KeyError, yaml.YAMLError):
            wrong = f"{file} has another form than this page knows: edit it in the folder"
            return show(wrong), 422
        except (EditError, PlaceError) as e:
            return show(str(e)), 422
        return redirect(url_for(f"{self.blueprint_name}.page", **page), 303)  # type: ignore[return-value]


def _require_unchanged(file: str, place: Loc) -> None:
    if request.form.get("was") != read(file).digest(place):
        raise EditError(
            "somebody has changed this in the meantime: here it is now; make your change again"
        )


def as_texts(value: Any) -> Any:  # noqa: ANN401 what the YAML holds
    """Return a value with its dates as texts, as they are written into the file."""
    if isinstance(value, dict):
        return {key: as_texts(part) for key, part in value.items()}
    if isinstance(value, list):
        return [as_texts(part) for part in value]
    return str(value) if isinstance(value, dt.date) else value


def validated(kind: type[M], value: Mapping[str, Any]) -> M:
    """Return a part of line.yaml. Raises EditError, in words for an operator, if it is invalid."""
    try:
        return kind.model_validate(value)
    except ValidationError as e:
        raise EditError(e.errors()[0]["msg"].removeprefix("Value error, ")) from None


def require_sound(mistakes: Iterable[Mistake]) -> None:
    """Raise EditError for the first mistake between the parts of a schedule."""
    for _, what, remedy in mistakes:
        raise EditError(f"{what}: {remedy}")


def index_of(text: str) -> int:
    """Return the position that a button names, or -1."""
    return int(text) if text.isascii() and text.isdigit() else -1


def parts_of(text: str) -> list[str]:
    """Return what somebody has typed with commas or semicolons between."""
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
