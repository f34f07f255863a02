"""Saves what was typed into a text of the draft, by itself; two people on one text lose nothing."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

import yaml
from sqlalchemy import Connection, select

from ivr.database.schema import script_edits
from ivr.editing import plural_texts, revisions
from ivr.editing.revisions import Edit, EditError, Revision
from ivr.script import yaml_edit
from ivr.script.review import digest
from ivr.script.yaml_edit import PlaceError, text_at, with_text

MAX_CHARACTERS = 2000
"""The longest text that is stored; checks refuse a text long before."""


MAX_EDITS = 5000
"""How many edits of a file are looked through for a former text, the newest ones."""


class ConflictError(EditError):
    """Somebody else has changed the text in the meantime. `theirs` is what it is now."""

    def __init__(self, theirs: str, by: str) -> None:
        self.theirs, self.by = theirs, by
        super().__init__(f"{by or 'Somebody'} has changed this text in the meantime")


def save(connection: Connection, draft: Revision, typed: str, was: str, edit: Edit) -> None:
    """Store a text in the draft. `was` is the digest of the text that the form showed.

    `edit` says who changes what; its texts are ignored. Raises ConflictError if the text is another
    one by now, and EditError if it cannot be stored.
    """
    text = " ".join(typed.replace("\0", " ").split())
    if len(text) > MAX_CHARACTERS:
        raise EditError(f"the text has over {MAX_CHARACTERS:,} characters: make it short")
    source = draft.files.get(edit.file)
    if source is None:
        raise EditError(f"the script has no file {edit.file} any more")
    try:
        is_form = plural_texts.is_form(edit.place)
        before = (plural_texts.form_at if is_form else text_at)(source, edit.place)
        if before == text:
            return
        if digest(before) != was:
            raise ConflictError(before, _last_editor(connection, draft, edit))
        after = (plural_texts.with_form if is_form else with_text)(source, edit.place, text)
    except (PlaceError, yaml.YAMLError) as e:
        why = str(e).partition("\n")[0]
        raise EditError(f"{edit.file} cannot be edited here: {why}") from None
    files = {**draft.files, edit.file: after}
    files[edit.file] = _as_new_translation(files, edit)
    revisions.replace_files(connection, draft, files, replace(edit, before=before, after=text))


def mark_reviewed(connection: Connection, draft: Revision, was: str, edit: Edit) -> None:
    """Write that the editor has read a translation, whose digest was `was`, and vouches for it.

    It is one of the source as it is now, so it is not stale any more. Raises EditError if the text
    is another one by now, or is no translation.
    """
    entry, source = edit.place[:-1], draft.files.get(edit.file, "")
    try:
        if digest(text_at(source, (*entry, "text"))) != was:
            raise EditError("the text has changed in the meantime: read it again")
        values = {"state": "reviewed", "by": edit.operator, "on": edit.moment.date().isoformat()}
        values["of"] = _digest_of_source(draft.files, replace(edit, place=(*entry, "text")))
        for key, value in values.items():
            source = yaml_edit.put(source, entry, key, value)
    except (PlaceError, KeyError, yaml.YAMLError):
        raise EditError("this text has no source that it is translated from") from None
    save_files(connection, draft, {edit.file: source}, edit)


def former_texts(connection: Connection, file: str) -> list[str]:
    """Return what stood in a file before it was edited here, text by text, the newest first."""
    query = select(script_edits.c.before).where(script_edits.c.file == file)
    newest = query.order_by(script_edits.c.id.desc()).limit(MAX_EDITS)
    return [text for text in connection.execute(newest).scalars() if text]


def save_files(
    connection: Connection, draft: Revision, changed: Mapping[str, str], edit: Edit
) -> None:
    """Store files of the draft that belong together. Raises EditError."""
    differ = [name for name, text in changed.items() if draft.files.get(name) != text]
    if differ:
        revisions.replace_files(connection, draft, {**draft.files, **changed}, edit)
        for name in differ:
            if name != edit.file:
                revisions.add_edit(connection, draft.id, replace(edit, file=name))


def _as_new_translation(files: Mapping[str, str], edit: Edit) -> str:
    """Return the file with the state of the text mended: a changed one was reviewed by nobody.

    A translation gets the digest of the source text that stands beside it now.
    """
    source = files[edit.file]
    if edit.place[-1:] != ("text",) and not plural_texts.is_form(edit.place):
        return source
    entry = plural_texts.entry_of(edit.place)
    for key, value in (("state", "draft"), ("of", _digest_of_source(files, edit))):
        try:
            present = text_at(source, (*entry, key))
        except PlaceError:
            present = None
        if key == "state" and present != "reviewed":
            continue
        if value and present != value:
            source = (
                with_text(source, (*entry, key), value)
                if present is not None
                else yaml_edit.put(source, entry, key, value)
            )
    return source


def _digest_of_source(files: Mapping[str, str], edit: Edit) -> str:
    """Return the digest of what a translation is made from; empty for a source text."""
    try:
        default = text_at(files["line.yaml"], ("default_language",))
    except (KeyError, PlaceError, yaml.YAMLError):
        return ""
    name = str(PurePosixPath(edit.file).with_name(f"{default}.yaml"))
    if name == edit.file or name not in files:
        return ""
    entry = plural_texts.entry_of(edit.place)
    for place in ((*entry, "text"), entry):
        try:
            text = text_at(files[name], place)
            return digest(text, plural_texts.forms_at(files[name], entry).items())
        except (PlaceError, yaml.YAMLError):
            continue
    return ""


def _last_editor(connection: Connection, draft: Revision, edit: Edit) -> str:
    same = [
        one.operator
        for one in revisions.edits(connection, draft.id)
        if (one.file, one.place) in {(edit.file, edit.place), (edit.file, ())}
    ]
    return same[-1] if same else ""
