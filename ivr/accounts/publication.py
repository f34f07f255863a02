"""Which scripts were published, by whom, and the undoing of the last one.

IVR_STATE keeps a copy of each published script. An undo says: in place of the script's folder as it
is now, use a former copy. It applies until the folder changes, or `ivr reload` publishes it anew,
also if the line is restarted. All functions raise OSError if the folder cannot be used.
"""

import datetime as dt
import hashlib
import json
import os
import shutil
import signal
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ivr.accounts import revision_copy
from ivr.atomic_file import make_private_folder, write_atomically

FOLDER = "published"
"""In IVR_STATE: the copies, the history, and what is asked of the line."""

MAX_COPIES = 10
"""How many published scripts are kept."""

_HISTORY, _UNDO, _REQUEST = "history.json", "undo.json", "request.json"


@dataclass(frozen=True, slots=True)
class Published:
    """A script that was published: the digest of its files, and that of the folder it stood for."""

    digest: str
    folder: str
    by: str
    at: str

    @property
    def moment(self) -> dt.datetime:
        """When it was published."""
        return dt.datetime.fromisoformat(self.at)


def digest_of(script: Path) -> str:
    """Return a hash over the files of a script's folder."""
    return digest_of_files(revision_copy.contents(script))


def digest_of_files(files: Mapping[str, bytes]) -> str:
    """Return the hash over a script's files, by their paths in its folder."""
    digest = hashlib.sha256()
    for path in sorted(map(Path, files)):
        data = files[str(path)]
        digest.update(f"{path} {len(data)} ".encode() + data)
    return digest.hexdigest()[:20]


def folder_in_force(state: Path, script: Path) -> Path:
    """Return the folder that the line publishes: a revision's copy, or else the script's own."""
    return revision_copy.folder(state) or script


def source(state: Path, script: Path) -> Path:
    """Return the folder to publish: the script's, or a former copy if this script was undone."""
    undo = _read(state, _UNDO)
    if isinstance(undo, dict) and undo.get("folder") == digest_of(script):
        copy = state / FOLDER / str(undo.get("use"))
        if copy.is_dir():
            return copy
    return script


def note(
    state: Path, script: Path, copy: Path, ignored: Callable[[str, list[str]], Collection[str]]
) -> None:
    """Note that a copy, which stands for a script's folder, was published; keep the copy."""
    request = _read(state, _REQUEST)
    by = str(request.get("by", "")) if isinstance(request, dict) else ""
    (state / FOLDER / _REQUEST).unlink(missing_ok=True)
    digest, past = digest_of(copy), history(state)
    if past and past[-1].digest == digest:
        return
    make_private_folder(state / FOLDER)
    archived = state / FOLDER / digest
    if not archived.is_dir():
        shutil.copytree(copy, archived, ignore=lambda folder, names: set(ignored(folder, names)))
    at = dt.datetime.now(dt.UTC).isoformat()
    entry = Published(digest, digest_of(script), by or "the service's start", at)
    past = [*past, entry][-MAX_COPIES:]
    _write(state, _HISTORY, [asdict(one) for one in past])
    for old in (state / FOLDER).iterdir():
        if old.is_dir() and old.name not in {one.digest for one in past}:
            shutil.rmtree(old, ignore_errors=True)


def history(state: Path) -> list[Published]:
    """Return what was published, the newest last."""
    entries = _read(state, _HISTORY)
    try:
        return [Published(**entry) for entry in entries] if isinstance(entries, list) else []
    except TypeError:  # of a newer ivr
        return []


def ask_reload(state: Path, by: str) -> None:
    """Let the line publish its folder when it reads it next, whatever was undone."""
    (state / FOLDER / _UNDO).unlink(missing_ok=True)
    _write(state, _REQUEST, {"by": by})


def ask_undo(state: Path, digest: str, by: str) -> bool:
    """Let the line publish the script before the given one, when it reads it next.

    Returns False if a newer publication exists, or if this one is the first.
    """
    past = history(state)
    if len(past) < 2 or past[-1].digest != digest:  # noqa: PLR2004 a newest one, and one before
        return False
    _write(state, _UNDO, {"folder": past[-1].folder, "use": past[-2].digest})
    _write(state, _REQUEST, {"by": by})
    return True


def parent_line(state: Path, parent: int) -> int | None:
    """Return `parent`, the process that started this one, if it is an `ivr serve`; else None."""
    for path in state.glob("serve-*.pid"):
        with suppress(OSError, ValueError):
            if int(path.read_text()) == parent:
                return parent
    return None


def reread(line: int) -> None:
    """Let a line (its process id) read its script again."""
    os.kill(line, signal.SIGHUP)


def _read(state: Path, name: str) -> object:
    try:
        content: object = json.loads((state / FOLDER / name).read_bytes())
    except (OSError, ValueError):
        return None
    return content


def _write(state: Path, name: str, content: object) -> None:
    write_atomically(state / FOLDER / name, json.dumps(content).encode())
