"""What becomes of a draft: submitted, approved by somebody else, published; or discarded.

Whoever changed a text last, or recorded it, cannot approve it. An approval is of the files and
recordings as they are: any further change makes it void. Every step is an entry in the audit log,
in the same transaction.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import Connection

from ivr.accounts import audit_log
from ivr.accounts.audit_log import AuditEvent
from ivr.editing import draft_recordings, revisions
from ivr.editing.revisions import Approval, Edit, EditError, Origin, Revision
from ivr.script.yaml_source import Loc

WHOLE_FILE = ()
"""The place of an edit that is a whole file: it came from a folder."""

DIALLED = re.compile(r"I dialled it on (\d{4}-\d\d-\d\d)\.?", re.IGNORECASE)
"""What a lone approver types for a number: they dialled it, and on which day."""

READ = "I have read every change"
"""What a lone approver types for a text on which a caller's safety depends."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a lone approver typed, and what the changes need: "dialled", "read" or nothing."""

    typed: str
    needs: Literal["dialled", "read", ""]


def begin(
    connection: Connection,
    own_files: Callable[[], Mapping[str, str]],
    author: str,
    now: dt.datetime,
    version: str,
) -> Revision:
    """Return the open revision, or else a new draft of the script that is on the air.

    Before the first draft, the script as it was (`own_files`) is stored, too, so that it can be
    restored. Raises EditError if its files cannot be stored.
    """
    if present := revisions.open_revision(connection):
        return present
    newest = revisions.newest_published(connection)
    if newest is None:
        live = own_files()
        imported = next((r for r in revisions.listed(connection) if r.state == "imported"), None)
        if imported is None or imported.digest != revisions.digest_of(live):
            imported = revisions.add(connection, live, Origin(author, now), "imported", version)
        draft = revisions.add(connection, live, Origin(author, now, imported.id))
    else:
        draft = revisions.add(connection, newest.files, Origin(author, now, newest.id))
    revisions.remove_discarded(connection, now)
    return _step(connection, author, "began a draft", draft, now)


def replace_draft(connection: Connection, files: Mapping[str, str], origin: Origin) -> Revision:
    """Make files a new draft: those of a folder, or of a former revision. Raises EditError."""
    draft = revisions.add(connection, files, origin)
    author, now, parent = origin.author, origin.at, origin.parent
    before = revisions.get(connection, parent) if parent else None
    old = before.files if before else {}
    differ = [n for n in sorted({*files, *old}) if files.get(n) != old.get(n)]
    # Somebody answers for a draft that is like its parent, too: it may differ from what is heard.
    for name in differ or ["line.yaml"]:
        revisions.add_edit(connection, draft.id, Edit(author, now, name, WHOLE_FILE))
    return _step(connection, author, "began a draft", draft, now)


def revert(connection: Connection, by: str, number: int, now: dt.datetime) -> Revision:
    """Make the files of a former revision the draft. Raises EditError."""
    former = revisions.get(connection, number)
    if former is None:
        raise EditError(f"there is no revision {number}: look at the list of revisions")
    newest = revisions.newest_published(connection)
    parent = newest.id if newest else former.id
    origin = Origin(by, now, parent, f"back to revision {number}")
    return replace_draft(connection, former.files, origin)


def submit(connection: Connection, by: str, note: str, digest: str, now: dt.datetime) -> Revision:
    """Ask for approval of the draft. Raises EditError if it has changed since it was read."""
    draft = _require(connection, digest, "draft")
    note = note[: revisions.MAX_NOTE]
    values = {"state": "submitted", "submitted": now, "submitted_by": by, "note": note}
    return _step(connection, by, "submitted a draft", draft, now, values)


def take_back(connection: Connection, by: str, digest: str, now: dt.datetime) -> Revision:
    """Make a submitted revision a draft again. Raises EditError."""
    waiting = _require(connection, digest, "submitted")
    return _step(connection, by, "took a draft back", waiting, now, revisions.AS_DRAFT)


def discard(connection: Connection, by: str, digest: str, now: dt.datetime) -> Revision:
    """Discard the draft; the script on the air stays as it is. Raises EditError."""
    draft = _require(connection, digest, "draft", "submitted")
    values = {"state": "discarded", "changed": now}
    return _step(connection, by, "discarded a draft", draft, now, values)


def last_authors(connection: Connection, revision: Revision) -> dict[str, set[str]]:
    """Return who changed the texts of a draft last, each with the places that they changed."""
    last: dict[tuple[str, Loc, str], str] = {}
    for edit in revisions.edits(connection, revision.id):
        # A text is its last author's; a list, such as a menu's choices, is all its authors'.
        of_one = "" if edit.place[:1] == ("prompts",) else edit.operator
        last[edit.file, edit.place, of_one] = edit.operator
    authors: dict[str, set[str]] = {}
    for (file, place, _), operator in last.items():
        keys = ".".join(map(str, place))
        authors.setdefault(operator, set()).add(f"{file} {keys}".strip())
    return authors


def lacks_approval(authors: Mapping[str, object], approvals: tuple[Approval, ...]) -> set[str]:
    """Return the authors whose texts nobody else has approved; "" if no text has an author."""
    approvers = {one.by for one in approvals}
    if not approvers:
        return set(authors) or {""}
    return {author for author in authors if not approvers - {author}}


def approve(
    connection: Connection,
    by: str,
    digest: str,
    now: dt.datetime,
    alone: Confirmation | None = None,
) -> Revision:
    """Approve the texts that others changed last. Raises EditError if `by` changed all of them.

    If the agency has one person, they approve their own, and confirm it (`alone`).
    """
    waiting = _require(connection, digest, "submitted")
    if waiting.errors is None or waiting.errors:
        raise EditError("the checks have not passed: wait for them, or mend what they report")
    authors = last_authors(connection, waiting)
    if alone:
        _require_typed(alone, now)
    elif authors and set(authors) <= {by}:
        raise EditError("you changed these texts last: somebody else has to approve them")
    if any(one.by == by for one in waiting.approvals):
        raise EditError("you have approved this already")
    approvals = [*waiting.approvals, Approval(by, now, alone.typed if alone else "")]
    stored = [{**asdict(one), "at": one.at.isoformat()} for one in approvals]
    return _step(connection, by, "approved a draft", waiting, now, {"approvals": stored})


def publish(
    connection: Connection, by: str, digest: str, now: dt.datetime, *, alone: bool = False
) -> Revision:
    """Put an approved revision on the air. Raises EditError if anything is missing."""
    waiting = _require(connection, digest, "submitted")
    if waiting.errors is None:
        raise EditError("the checks have not run yet: try again in a few seconds")
    if waiting.errors:
        raise EditError(f"the checks refuse it: {waiting.errors[0]}")
    missing = lacks_approval(last_authors(connection, waiting), waiting.approvals)
    if missing and not (alone and waiting.approvals):
        raise EditError("somebody else has to approve it first")
    return put_on_air(connection, waiting, by, now)


def put_on_air(connection: Connection, revision: Revision, by: str, now: dt.datetime) -> Revision:
    """Give a revision the next publication, so that every server takes it.

    Raises EditError if another one was published since it was begun.
    """
    newest = revisions.newest_published(connection)
    if newest is not None and revision.parent != newest.id:
        raise EditError(
            f"revision {newest.id} was published since this draft began: discard the draft, then"
            " make it the draft again in the history, and look at its changes"
        )
    values = {
        "state": "published",
        "published": now,
        "published_by": by,
        "publication": revisions.next_publication(connection),
    }
    return _step(connection, by, "published", revision, now, values)


def undo(connection: Connection, by: str, digest: str, now: dt.datetime) -> Revision:
    """Put the script before the newest publication on the air again, as a revision of its own.

    Raises EditError if a newer publication exists, or if this one is the first.
    """
    newest = revisions.newest_published(connection)
    if newest is None or newest.digest != digest:
        raise EditError("the script was published anew in the meantime: look at it again")
    former = revisions.published_before(connection, newest)
    if former is None:
        raise EditError("there is no script before this one")
    origin = Origin(by, now, newest.id, f"undoes revision {newest.id}")
    # It is "discarded" until it is published, in the same transaction.
    again = revisions.add(connection, former.files, origin, "discarded", former.version)
    return put_on_air(connection, again, by, now)


def _require_typed(alone: Confirmation, now: dt.datetime) -> None:
    """Hold a lone approver to what they have to type. Raises EditError."""
    typed, needs = alone.typed, alone.needs
    if needs == "dialled":
        match = DIALLED.fullmatch(typed.strip())
        try:
            day = dt.date.fromisoformat(match[1]) if match else None
        except ValueError:
            day = None
        if day is None or day > now.date():
            example = f"I dialled it on {now.date()}"
            raise EditError(f'dial every number that changed, then type: "{example}"')
    elif needs == "read" and typed.strip().rstrip(".").casefold() != READ.casefold():
        raise EditError(f'callers\' safety depends on these texts: type "{READ}"')


def _require(connection: Connection, digest: str, *states: str) -> Revision:
    """Return the open revision, if it is in one of these states and still as it was read."""
    present = revisions.open_revision(connection)
    if present is None or present.state not in states:
        raise EditError("this draft is not there any more: look at the page again")
    if draft_recordings.state_digest(connection, present.id, present.digest) != digest:
        raise EditError("the draft has changed in the meantime: look at it again")
    return present


def _step(
    connection: Connection,
    by: str,
    action: str,
    revision: Revision,
    now: dt.datetime,
    values: Mapping[str, Any] | None = None,
) -> Revision:
    """Change columns of a revision, log who took this step, and return the revision."""
    if values:
        revisions.set_values(connection, revision.id, values)
    version = f", version {revision.version}" if revision.version else ""
    audit_log.add(connection, by, AuditEvent(action, f"revision {revision.id}{version}"), now)
    return revision
