"""`ivr script pull|push|revisions|revert`: revisions of the script, for those who live in git."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ivr.accounts import audit_log, revision_copy
from ivr.alerts import Alerts
from ivr.atomic_file import write_atomically
from ivr.database.engine import Database, reason
from ivr.editing import revision_publisher, revisions, workflow
from ivr.editing.revisions import EditError, Origin, Revision
from ivr.errors import IvrError, RecordsError, report_unwritable
from ivr.local_time import utcnow
from ivr.settings import Settings

MARK = ".ivr-revision.json"
"""In a folder that was pulled: which revision it is, so that a push overwrites nobody's work."""

publish_option = click.option(
    "--publish", is_flag=True, help="Put it on the air, if it passes every check."
)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--revision", "number", type=int, help="Its number.  [default: the newest]")
def pull(folder: Path, number: int | None) -> None:
    """Write the open draft, or else what is on the air, into FOLDER.

    \b
    Example:
      ivr script pull my-prompts
      ivr script pull before --revision 12
    """
    with _records(writes=False) as connection:
        revision = _one(connection, number)
    present = _files_in(folder) if folder.is_dir() else {}
    if present and not (folder / MARK).is_file():
        raise EditError(f"{folder} has files that were not pulled: name a new folder")
    if present and revisions.digest_of(present) not in {
        _mark(folder).get("digest"),
        revision.digest,
    }:
        raise EditError(
            f"{folder} has changes that were not pushed: push them, or name a new folder"
        )
    with report_unwritable(folder, EditError):
        for name in present:
            if name not in revision.files:
                (folder / name).unlink()
        revision_copy.write_files(revision.files, folder)
        _write_mark(folder, revision)
    click.echo(f"Revision {revision.id} ({revision.state}) is in {folder}")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--note", help="What has changed, for those who approve it.")
@publish_option
def push(folder: Path, note: str | None, *, publish: bool) -> None:
    """Make the files of FOLDER the draft, which somebody approves in the browser.

    It is refused if somebody changed the script since the folder was pulled. A draft may have
    errors. With --publish, a draft that has errors stays a draft.

    \b
    Example:
      ivr script push my-prompts --note "new hours"
    """
    files = _files_in(folder)
    by, now = audit_log.of_command_line(), utcnow()
    with _records() as connection:
        base = _base(connection, folder)
        draft = workflow.replace_draft(connection, files, Origin(by, now, base, note or ""))
    with suppress(OSError):
        _write_mark(folder, draft)
    click.echo(f"Revision {draft.id} is the draft now")
    if publish:
        _publish(draft, by, now)


@click.command("revisions")
def list_revisions() -> None:
    """Print the revisions of the script, the newest first.

    \b
    Example:
      ivr script revisions
    """
    with _records(writes=False) as connection:
        every = revisions.listed(connection)
        newest = revisions.newest_published(connection)
    if not every:
        click.echo("There are no revisions: the folder of IVR_PROMPTS is on the air.")
    for one in every:
        on_air = " (on the air)" if newest and one.id == newest.id else ""
        approved = (
            ", approved by " + ", ".join(a.by for a in one.approvals) if one.approvals else ""
        )
        at = f"{one.changed:%Y-%m-%d %H:%M}"
        version = one.version or "-" * 10
        click.echo(f"{one.id:>5}  {at}  {version}  {one.state}{on_air}  {one.author}{approved}")
        if one.note:
            click.echo(f"       {one.note}")


@click.command()
@click.argument("number", type=int)
@publish_option
def revert(number: int, *, publish: bool) -> None:
    """Make the files of revision NUMBER the draft again.

    \b
    Example:
      ivr script revert 12 --publish
    """
    by, now = audit_log.of_command_line(), utcnow()
    with _records() as connection:
        draft = workflow.revert(connection, by, number, now)
    click.echo(f"Revision {draft.id} is the draft now, with the files of revision {number}")
    if publish:
        _publish(draft, by, now)


COMMANDS = (pull, push, list_revisions, revert)


def _publish(draft: Revision, by: str, now: dt.datetime) -> None:
    """Put a draft on the air. Whoever may use this command may replace the script's folder, too."""
    settings = Settings.from_env()
    outcome = revision_publisher.check_here(settings, draft, now)
    if outcome.errors:
        raise EditError("\n".join((*outcome.errors, "It stays a draft; what is on the air stays.")))
    with _records() as connection:
        present = revisions.get(connection, draft.id)
        if present is None or present.digest != draft.digest or not present.is_open:
            raise EditError("somebody changed the draft in the meantime: look at it again")
        revisions.store_checked(connection, draft.digest, (), outcome.version)
        checked = revisions.get(connection, draft.id)
        workflow.put_on_air(connection, checked or draft, by, now)
    click.echo(f"Published: version {outcome.version}. Every server takes it within seconds.")
    text = f"{by} has published revision {draft.id} of the script, version {outcome.version}."
    Alerts(settings).notify_sync("published", f"{text} To undo it: the console", f"{draft.id}")


def _base(connection: Connection, folder: Path) -> int | None:
    """Return the revision that a folder was made from. Raises EditError if it is outdated."""
    pulled = _mark(folder).get("revision")
    newest = revisions.newest_published(connection)
    if newest is not None and pulled is None:
        raise EditError(
            f"revision {newest.id} is on the air, and {folder} was not made from it: pull it into"
            " a new folder, and carry over your changes"
        )
    present = revisions.open_revision(connection)
    if present is not None and present.id != pulled:
        raise EditError(
            f"revision {present.id}, by {present.author}, is open: pull it, or discard it in the"
            " browser"
        )
    if present is not None:
        # A draft that was pulled is replaced by what was pushed.
        if present.digest != _mark(folder).get("digest"):
            raise EditError(f"revision {present.id} was changed since you pulled it: pull it again")
        revisions.set_values(connection, present.id, {"state": "discarded", "changed": utcnow()})
        return present.parent
    if newest is not None and pulled != newest.id:
        raise EditError(
            f"revision {newest.id}, by {newest.author}, is newer than {pulled}, from which"
            f" {folder} was made: pull it into a new folder, and carry over your changes"
        )
    return newest.id if newest else None


def _write_mark(folder: Path, revision: Revision) -> None:
    mark = {"revision": revision.id, "digest": revision.digest}
    write_atomically(folder / MARK, json.dumps(mark).encode())


def _mark(folder: Path) -> dict[str, Any]:
    """Return which revision a folder was pulled from or pushed as; {} if it was neither."""
    try:
        mark = json.loads((folder / MARK).read_bytes())
    except (OSError, ValueError):
        return {}
    return mark if isinstance(mark, dict) else {}


def _files_in(folder: Path) -> dict[str, str]:
    """Return the files of a folder. Raises EditError if one of them is no text."""
    try:
        return revision_copy.files_in(folder)
    except UnicodeDecodeError:
        raise EditError(f"a file in {folder} is not UTF-8: save it as UTF-8") from None


def _one(connection: Connection, number: int | None) -> Revision:
    if number is not None:
        revision = revisions.get(connection, number)
        if revision is None:
            raise EditError(f"there is no revision {number}: see `ivr script revisions`")
        return revision
    revision = revisions.open_revision(connection) or revisions.newest_published(connection)
    if revision is None:
        raise EditError("there are no revisions yet: the folder of IVR_PROMPTS is on the air")
    return revision


@contextmanager
def _records(*, writes: bool = True) -> Iterator[Connection]:
    """Open the records. Raises RecordsError, in one line, for whatever goes wrong there."""
    database = Database(Settings.from_env())
    try:
        with (database.writing if writes else database.reading)() as connection:
            yield connection
    except IvrError:
        raise
    except (SQLAlchemyError, OSError) as e:
        raise RecordsError(f"the records cannot be used now: {reason(e)}") from None
