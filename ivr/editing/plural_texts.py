"""The plural forms of a text that counts something, each edited as a text of its own.

A form is named by its prompt and its category: `check.some[few]`. It stands in the file of its
language under `forms:`, beside `text:`, which is said for all other numbers (ivr.script.plural).
"""

import re
from typing import Any, get_args

from ivr.script import yaml_edit
from ivr.script.plural import COUNTED, OTHER, Form, gettext_forms, needs_babel
from ivr.script.yaml_edit import PlaceError, text_at, with_text
from ivr.script.yaml_source import Loc, plain_data

FORMS = "forms"
"""The key in a prompt under which its forms stand."""

_NAME = re.compile(rf"(?P<prompt>.+)\[(?P<form>{'|'.join(get_args(Form))})\]")


def name_of(prompt: str, form: str) -> str:
    """Return the name of a form."""
    return f"{prompt}[{form}]"


def parts_of(name: str) -> tuple[str, str]:
    """Return the prompt of a name, and its form; "" for the text that all other numbers have."""
    match = _NAME.fullmatch(name)
    return (match["prompt"], match["form"]) if match else (name, "")


def place_of(prompt: str, form: str) -> Loc:
    """Return where the file of a language has a form."""
    return ("prompts", prompt, FORMS, form)


def entry_of(place: Loc) -> Loc:
    """Return where a prompt stands, from the place of its text or of a form of it."""
    return place[:2]


def is_form(place: Loc) -> bool:
    """Return whether a place is that of a plural form."""
    return place[2:3] == (FORMS,)


def forms_of(language: str, prompt: str) -> tuple[str, ...]:
    """Return the forms that a language may have of a text; none of a text that counts nothing."""
    if prompt not in COUNTED or needs_babel(language):
        return ()
    indexes = gettext_forms(language)
    other = indexes[OTHER]
    return tuple(form for form in get_args(Form) if indexes.get(form, other) != other)


def form_at(source: str, place: Loc) -> str:
    """Return a form in a file; "" without it. Raises yaml.YAMLError."""
    try:
        return text_at(source, place)
    except PlaceError:
        return ""


def with_form(source: str, place: Loc, text: str) -> str:
    """Return a file in which a form has another text; without a text, it is taken out.

    Every other byte stays. Raises PlaceError if the prompt is not there, and yaml.YAMLError.
    """
    entry, form = entry_of(place), str(place[-1])
    try:
        if not text:
            return _without(source, entry, form)
        if form_at(source, place):
            return with_text(source, place, text)
        return _added(source, entry, form, text)
    except KeyError as e:
        raise PlaceError(f"it has no {e.args[0]}") from None


def _without(source: str, entry: Loc, form: str) -> str:
    forms = forms_at(source, entry)
    if form not in forms:
        return source
    if len(forms) > 1:
        return yaml_edit.without(source, (*entry, FORMS), form)
    return yaml_edit.without(source, entry, FORMS)


def _added(source: str, entry: Loc, form: str, text: str) -> str:
    if forms_at(source, entry):
        return yaml_edit.put(source, (*entry, FORMS), form, text)
    if _mapping_at(source, entry):
        return yaml_edit.put(source, entry, FORMS, {form: text})
    content = {"text": text_at(source, entry), FORMS: {form: text}}
    return yaml_edit.put(source, entry[:-1], str(entry[-1]), content)


def forms_at(source: str, entry: Loc) -> dict[str, str]:
    """Return the forms of a prompt in a file; none without them. Raises yaml.YAMLError."""
    return {str(form): str(text) for form, text in _mapping_at(source, (*entry, FORMS)).items()}


def _mapping_at(source: str, loc: Loc) -> dict[str, Any]:
    """Return the mapping at a place; an empty one without it."""
    value = plain_data(source)
    for part in loc:
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
