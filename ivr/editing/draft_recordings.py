"""What people recorded of a draft's words: part of the draft, and approved with its texts.

In a language that no voice speaks, callers hear clips alone. The database has the recordings, so
that every server can make the clips; a caller hears one once its draft is published.
"""

import datetime as dt
import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from ivr.database.schema import script_recordings
from ivr.dialog.turn import Spoken
from ivr.editing import revisions
from ivr.editing.revisions import Edit, EditError, Revision
from ivr.speech import clip_key

MAX_BYTES = 900_000
"""The most that a recording has, in bytes: half a minute of WAV at 16 kHz, a minute of MP3."""

PLACE = "recording"
"""The last key of the place of an edit that is a recording of a prompt."""

_TABLE = script_recordings
_MARK_LETTERS = 20


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording of some words, without its sound; `mark` is a hash of that."""

    key: str
    words: Spoken
    mark: str
    by: str
    moment: dt.datetime


def save(connection: Connection, draft: Revision, words: Spoken, sound: bytes, edit: Edit) -> None:
    """Store a recording of a draft's words, in place of the one before.

    `edit` says who recorded it. Raises EditError if the file cannot be a recording.
    """
    if not sound:
        raise EditError("choose the file of the recording first")
    if len(sound) > MAX_BYTES:
        raise EditError(f"the file has over {MAX_BYTES:,} bytes: save it as MP3")
    key = clip_key.key(words)
    connection.execute(delete(_TABLE).where(_TABLE.c.revision == draft.id, _TABLE.c.key == key))
    values = {
        "revision": draft.id,
        "key": key,
        "language": words.language,
        "prompt": words.prompt,
        "text": words.text,
        "mark": hashlib.sha256(sound).hexdigest()[:_MARK_LETTERS],
        "sound": sound,
        "moment": edit.moment,
        "operator": edit.operator,
    }
    connection.execute(insert(_TABLE).values(values))
    revisions.note_change(connection, draft, edit)


def new_edit(words: Spoken, by: str, now: dt.datetime) -> Edit:
    """Return the edit that says who recorded some words."""
    place = ("prompts", words.prompt, PLACE)
    return Edit(by, now, f"{words.language}.yaml", place)


def of(connection: Connection, number: int) -> list[Recording]:
    """Return what was recorded for a revision, in the order of its texts' names."""
    t = _TABLE.c
    query = select(t.key, t.language, t.text, t.prompt, t.mark, t.operator, t.moment)
    ordered = query.where(t.revision == number).order_by(t.language, t.prompt, t.text)
    return [
        Recording(key, Spoken(language, text, prompt), mark, by, moment)
        for key, language, text, prompt, mark, by, moment in connection.execute(ordered)
    ]


def state_digest(connection: Connection, number: int, digest: str) -> str:
    """Return the digest of a revision's files and recordings: what somebody approves.

    Without recordings it is that of the files, `digest`.
    """
    query = select(_TABLE.c.key, _TABLE.c.mark).where(_TABLE.c.revision == number)
    marks = [f"{key} {mark}" for key, mark in connection.execute(query.order_by(_TABLE.c.key))]
    if not marks:
        return digest
    content = "\n".join([digest, *marks])
    return hashlib.sha256(content.encode()).hexdigest()[:_MARK_LETTERS]


def sounds(connection: Connection, present: Collection[str]) -> dict[str, bytes]:
    """Return the newest recording of all words, by clip key, except those `present`."""
    newest = select(_TABLE.c.key, func.max(_TABLE.c.id)).group_by(_TABLE.c.key)
    rows = [row for key, row in connection.execute(newest) if key not in present]
    query = select(_TABLE.c.key, _TABLE.c.sound).where(_TABLE.c.id.in_(rows))
    return {key: bytes(sound) for key, sound in connection.execute(query)}
