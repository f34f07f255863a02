"""A form that changes what stands at one place of a file of the draft.

The form holds the digest of what it showed, so that nobody overwrites what somebody else has
changed in the meantime.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import yaml
from flask import Response, abort, redirect, request
from pydantic import BaseModel, ValidationError

from ivr.editing import texts
from ivr.editing.revisions import EditError, Revision
from ivr.schedule.hours import Mistake
from ivr.script.review import digest
from ivr.script.yaml_scalar import PlaceError
from ivr.script.yaml_source import Loc, plain_data
from ivr.web.auth import current_operator
from ivr.web.editing.drafts import Drafts

LINE = "line.yaml"

M = TypeVar("M", bound=BaseModel)

Change = Callable[[str], str]
"""From a file's text to its text with the change. Raises EditError, PlaceError, KeyError."""

Files = Mapping[str, str]
"""The files of a draft by name, or those of them that change."""

Answer = Response | tuple[str, int]
"""The way to the page that shows the change, or the page again with what is wrong, and 422."""


def save(
    drafts: Drafts, file: str, place: Loc, change: Change, show: Callable[[str], str], then: str
) -> Answer:
    """Store a change of one file of the draft. `show` makes the page again, with what is wrong."""

    def changed(files: Files) -> Files:
        return {file: change(files.get(file, ""))}

    return save_files(drafts, file, place, changed, show, then)


def save_files(
    drafts: Drafts,
    file: str,
    place: Loc,
    change: Callable[[Files], Files],
    show: Callable[[str], str],
    then: str,
) -> Answer:
    """Store a change of several files of the draft, together or not at all.

    `change` returns those that change. The place in `file` is what the form has shown.
    """
    edit = texts.new_edit(current_operator().name, drafts.clock(), file, place)
    try:
        with drafts.database.writing() as connection:
            draft = drafts.begun(connection)
            _require_unchanged(draft.files.get(file, ""), place)
            texts.save_files(connection, draft, change(draft.files), edit)
    except (KeyError, yaml.YAMLError):
        return show(f"{file} has another form than this page knows: edit it in the folder"), 422
    except (EditError, PlaceError) as e:
        return show(str(e)), 422
    return redirect(then, 303)  # type: ignore[return-value]


def _require_unchanged(file: str, place: Loc) -> None:
    if request.form.get("was") != digest_at(read(file), place):
        raise EditError(
            "somebody has changed this in the meantime: here it is now; make your change again"
        )


def line_of(drafts: Drafts) -> tuple[Revision | None, dict[str, Any]]:
    """Return the draft, and line.yaml as it is in it. Aborts with 404 if that is not YAML."""
    draft, files = drafts.shown()
    return draft, line_in(files)


def line_in(files: Mapping[str, str]) -> dict[str, Any]:
    """Return what line.yaml holds. Aborts with 404 if it is not YAML."""
    try:
        return read(files.get(LINE, ""))
    except EditError:
        abort(404, "line.yaml is not YAML: it has to be mended in the folder.")


def read(text: str) -> dict[str, Any]:
    """Return what a file holds. Raises EditError if it is not YAML."""
    try:
        data = plain_data(text)
    except yaml.YAMLError:
        data = None
    if not isinstance(data, dict):
        raise EditError("the file is not YAML: mend it in the folder")
    return data


def value_at(data: Mapping[str, Any], place: Loc) -> Any:  # noqa: ANN401 what the YAML holds
    """Return what stands at a place, or None."""
    value: Any = data
    for key in place:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def mapping_at(data: Mapping[str, Any], place: Loc) -> dict[str, Any]:
    """Return the mapping that stands at a place, or an empty one."""
    value = value_at(data, place)
    return dict(value) if isinstance(value, dict) else {}


def list_at(data: Mapping[str, Any], place: Loc) -> list[Any]:
    """Return the list that stands at a place, or an empty one."""
    value = value_at(data, place)
    return list(value) if isinstance(value, list) else []


def digest_at(data: Mapping[str, Any], place: Loc) -> str:
    """Return the digest of what stands at a place, by which a form knows whether it changed."""
    return digest(json.dumps(value_at(data, place), sort_keys=True, default=str))


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


def sentence(wrong: str) -> str:
    """Return what is wrong as the page says it, with a capital letter."""
    return wrong[:1].upper() + wrong[1:]


def parts_of(text: str) -> list[str]:
    """Return what somebody has typed with commas or semicolons between."""
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
