"""Revisions of the script: its files as text, who made them, and what became of them.

The database has all of them; the one with the highest publication is on the air. Functions take a
connection; with `files=False` no files are read. Those that change something need a transaction of
`writing`, which no other writer's overlaps. All raise SQLAlchemyError if the database fails.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, insert, select, update

from ivr.accounts.publication import digest_of_files
from ivr.accounts.revision_copy import is_file_name
from ivr.database.schema import LARGEST, script_edits, script_recordings, script_revisions
from ivr.errors import IvrError
from ivr.script.yaml_source import Loc

State = Literal["draft", "submitted", "published", "discarded", "imported"]
"""`imported`: how the script was before its first draft, so that it can be restored."""

OPEN: Final[tuple[State, ...]] = ("draft", "submitted")
"""The states of a revision that is not finished; a line has one such revision at most."""

MAX_BYTES = 1_000_000
"""The most that the files of a revision have together, in bytes; those that ship have 70,000."""

MAX_NOTE = 400
"""Characters of the longest note."""

KEEP_DISCARDED = dt.timedelta(days=30)
"""How long a discarded draft is stored. What was published is stored for ever."""

_TABLE = script_revisions
_WITHOUT_FILES = [column for column in _TABLE.c if column is not _TABLE.c.files]


class EditError(IvrError):
    """A change of the script that is not possible; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved a revision, when, and what they had to type, if anything."""

    by: str
    at: dt.datetime
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """A version of the script's files. `digest` is theirs; `version` is the script's, if whole.

    `errors` are what the checks say of these files: None until they have run.
    """

    id: int
    parent: int | None
    made: dt.datetime
    changed: dt.datetime
    author: str
    note: str
    state: State
    files: Mapping[str, str]
    digest: str
    version: str
    errors: tuple[str, ...] | None
    approvals: tuple[Approval, ...]
    published: dt.datetime | None
    published_by: str
    publication: int | None

    @property
    def is_open(self) -> bool:
        """Whether it is a draft, or waits for approval."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class Edit:
    """A text that was typed into a draft. `place` are the keys to it; () is all of the file."""

    operator: str
    moment: dt.datetime
    file: str
    place: Loc
    before: str = ""
    after: str = ""


def digest_of(files: Mapping[str, str]) -> str:
    """Return the digest of a revision's files, which is also that of a folder with them."""
    return digest_of_files({name: text.encode() for name, text in files.items()})


def get(connection: Connection, number: int) -> Revision | None:
    """Return a revision by its number, which may be any."""
    return _first(connection, _TABLE.c.id == number) if 0 < number < LARGEST else None


def open_revision(connection: Connection, *, files: bool = True) -> Revision | None:
    """Return the draft, or what waits for approval; None if there is neither."""
    return _first(connection, _TABLE.c.state.in_(OPEN), files=files)


def submitted(connection: Connection) -> Revision | None:
    """Return what waits for approval; None without it, and then no files are read."""
    return _first(connection, _TABLE.c.state == "submitted")


def newest_published(connection: Connection, *, files: bool = True) -> Revision | None:
    """Return the revision that is on the air; None if nothing was published yet."""
    return _first(connection, _TABLE.c.publication.is_not(None), files=files)


def published_before(connection: Connection, revision: Revision) -> Revision | None:
    """Return what was on the air before a published revision."""
    earlier = _first(connection, _TABLE.c.publication < (revision.publication or 0))
    return earlier or _first(connection, _TABLE.c.state == "imported")


def listed(connection: Connection, most: int = 100) -> list[Revision]:
    """Return the newest revisions, the newest first, without their files."""
    query = select(*_WITHOUT_FILES).order_by(_TABLE.c.id.desc()).limit(most)
    return [_revision(row, {}) for row in connection.execute(query).mappings()]


@dataclass(frozen=True, slots=True)
class Origin:
    """Who makes a revision, when, from which one, and why."""

    author: str
    at: dt.datetime
    parent: int | None = None
    note: str = ""


def add(
    connection: Connection,
    files: Mapping[str, str],
    origin: Origin,
    state: State = "draft",
    version: str = "",
) -> Revision:
    """Add a revision. Raises EditError if another one is open, or for files that cannot be kept."""
    if state in OPEN and (other := open_revision(connection)):
        raise EditError(
            f"revision {other.id}, by {other.author}, is open: publish or discard it first"
        )
    _require_storable(files)
    values = {
        **_contents(files, origin.at),
        "parent": origin.parent,
        "made": origin.at,
        "author": origin.author,
        "note": origin.note[:MAX_NOTE],
        "state": state,
        "version": version,
    }
    key = connection.execute(insert(_TABLE).values(values)).inserted_primary_key
    revision = get(connection, int(key[0])) if key is not None else None
    if revision is None:
        raise EditError("the revision could not be stored: try again")
    return revision


def replace_files(
    connection: Connection, revision: Revision, files: Mapping[str, str], edit: Edit
) -> None:
    """Store what was typed into a draft."""
    _require_storable(files)
    set_values(connection, revision.id, {"files": dict(files), "digest": digest_of(files)})
    note_change(connection, revision, edit)


def note_change(connection: Connection, revision: Revision, edit: Edit) -> None:
    """Note a change of a draft: it is a draft again, and approvals and checks are void."""
    set_values(connection, revision.id, {**_UNCHECKED, "changed": edit.moment})
    add_edit(connection, revision.id, edit)


AS_DRAFT: Final[Mapping[str, Any]] = {
    "state": "draft",
    "submitted": None,
    "submitted_by": "",
    "approvals": [],
}
"""Columns of a revision that nobody has submitted."""

_UNCHECKED: Final[Mapping[str, Any]] = {**AS_DRAFT, "checked": None, "version": ""}


def _contents(files: Mapping[str, str], now: dt.datetime) -> dict[str, Any]:
    """Return the columns of a draft whose files were written now, which nothing has checked."""
    contents = {"files": dict(files), "digest": digest_of(files), "changed": now}
    return {**_UNCHECKED, **contents}


def add_edit(connection: Connection, number: int, edit: Edit) -> None:
    """Note who changed which text of a draft."""
    place = json.dumps(edit.place) if edit.place else ""
    values = {**asdict(edit), "revision": number, "place": place}
    connection.execute(insert(script_edits).values(values))


def edits(connection: Connection, number: int) -> list[Edit]:
    """Return what was typed into a draft, the oldest first."""
    t = script_edits.c
    columns = select(t.operator, t.moment, t.file, t.place, t.before, t.after)
    rows = connection.execute(columns.where(t.revision == number).order_by(t.id))
    return [
        Edit(operator, moment, file, tuple(json.loads(place)) if place else (), before, after)
        for operator, moment, file, place, before, after in rows
    ]


def set_values(connection: Connection, number: int, values: Mapping[str, Any]) -> None:
    """Change columns of a revision."""
    connection.execute(update(_TABLE).where(_TABLE.c.id == number).values(dict(values)))


def store_checked(connection: Connection, digest: str, errors: Sequence[str], version: str) -> None:
    """Store what the checks say of the files of a digest, wherever an open revision has them."""
    same = (_TABLE.c.digest == digest, _TABLE.c.state.in_(OPEN))
    values = {"checked": {"errors": list(errors)}, "version": version}
    connection.execute(update(_TABLE).where(*same).values(values))


def next_publication(connection: Connection) -> int:
    """Return the number that the next publication gets."""
    return int(connection.execute(select(func.max(_TABLE.c.publication))).scalar() or 0) + 1


def remove_discarded(connection: Connection, now: dt.datetime) -> None:
    """Remove the drafts that were discarded long ago, with what was typed and recorded for them."""
    old = (_TABLE.c.state == "discarded", _TABLE.c.changed < now - KEEP_DISCARDED)
    numbers = select(_TABLE.c.id).where(*old)
    for table in (script_edits, script_recordings):
        connection.execute(delete(table).where(table.c.revision.in_(numbers)))
    connection.execute(delete(_TABLE).where(*old))


def _require_storable(files: Mapping[str, str]) -> None:
    for name, text in files.items():
        if not is_file_name(name):
            raise EditError(f'"{name}" is no name of a file of a script: write it like en.yaml')
        if "\0" in text:
            raise EditError(f"{name} has the character U+0000: write it again without it")
    if "line.yaml" not in files:
        raise EditError("there is no line.yaml: name the folder of a script")
    if sum(len(text.encode()) for text in files.values()) > MAX_BYTES:
        raise EditError(f"the files have over {MAX_BYTES:,} bytes: make them smaller")


def _first(
    connection: Connection, where: ColumnElement[bool], *, files: bool = True
) -> Revision | None:
    """Return the first revision, the newest publication before others; `files` if they are read."""
    order = (_TABLE.c.publication.desc().nulls_last(), _TABLE.c.id.desc())
    query = select(*(_TABLE.c if files else _WITHOUT_FILES)).where(where).order_by(*order).limit(1)
    row = connection.execute(query).mappings().first()
    return _revision(row, row["files"] if files else {}) if row is not None else None


def _revision(row: RowMapping, files: Mapping[str, str]) -> Revision:
    values: dict[str, Any] = {key: row[key] for key in row if key in Revision.__dataclass_fields__}
    values["files"] = files
    values["errors"] = tuple(row["checked"]["errors"]) if row["checked"] else None
    values["approvals"] = tuple(
        Approval(one["by"], dt.datetime.fromisoformat(one["at"]), one.get("typed", ""))
        for one in row["approvals"]
    )
    return Revision(**values)
