"""The copy of the script's newest published revision, which each server keeps in IVR_STATE.

A line that starts without its database answers with this copy. It takes the place of the folder of
IVR_PROMPTS; a server without such a copy uses that folder. Functions that write raise OSError.
"""

import json
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ivr.atomic_file import make_private_folder, write_atomically

FOLDER = "revisions"
"""In IVR_STATE: a folder for each revision, named by its digest, and which one is in force."""

MAX_COPIES = 4
"""How many revisions are kept here; the database keeps all."""

_IN_FORCE = "in-force.json"
_NAME = re.compile(r"(?:[A-Za-z0-9_][\w.-]*/){0,2}[A-Za-z0-9_][\w.-]*\.(?:yaml|ics)", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{20}")


def is_file_name(name: str) -> bool:
    """Return whether a script may have a file of that name: in its folder, and nowhere else."""
    return _NAME.fullmatch(name) is not None


def files_in(folder: Path) -> dict[str, str]:
    """Return the files of a script's folder, by their paths in it. Raises UnicodeDecodeError."""
    return {name: content.decode() for name, content in contents(folder).items()}


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a script's folder as bytes, by their paths in it."""
    paths = sorted([*folder.rglob("*.yaml"), *folder.rglob("*.ics")])
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write a script's files into a folder. Raises ValueError for a name that leads out of it."""
    for name, text in files.items():
        if not is_file_name(name):
            raise ValueError(f'"{name}" is no name of a file of a script')
        write_atomically(folder / name, text.encode())


def keep(state: Path, digest: str, files: Mapping[str, str]) -> Path:
    """Write a revision's files into a folder of its own, and return it; it is not in force yet."""
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f'"{digest}" is no digest of a revision')
    target = state / FOLDER / digest
    if not target.is_dir():
        make_private_folder(target.parent)
        half = target.with_name(f".{digest}")
        shutil.rmtree(half, ignore_errors=True)
        write_files(files, half)
        try:
            half.rename(target)
        except OSError:
            if not target.is_dir():  # another process of this server was quicker
                raise
    return target


def put_in_force(state: Path, digest: str, number: int) -> None:
    """Let a revision that is kept be the script of this server; `number` is its id."""
    content = {"digest": digest, "revision": number}
    write_atomically(state / FOLDER / _IN_FORCE, json.dumps(content).encode())
    _remove_old(state, digest)


def in_force(state: Path) -> tuple[int, str] | None:
    """Return the number and digest of the revision that is this server's script; None: none is."""
    try:
        content = json.loads((state / FOLDER / _IN_FORCE).read_bytes())
        number, digest = int(content["revision"]), str(content["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (number, digest) if _DIGEST.fullmatch(digest) else None


def folder(state: Path) -> Path | None:
    """Return the folder of the revision that is this server's script; None before the first one."""
    revision = in_force(state)
    copy = state / FOLDER / revision[1] if revision else None
    return copy if copy is not None and copy.is_dir() else None


def ask_once(state: Path, line: int, digest: str) -> bool:
    """Note that a line (its process id) is asked to publish a digest; False if it was before."""
    path = state / FOLDER / f"asked-{line}.txt"
    with suppress(OSError):
        if path.read_text() == digest:
            return False
    write_atomically(path, digest.encode())
    return True


def _remove_old(state: Path, digest: str) -> None:
    folders = [p for p in (state / FOLDER).iterdir() if p.is_dir() and p.name != digest]
    newest_first = sorted(folders, key=lambda p: p.stat().st_mtime_ns, reverse=True)
    for old in newest_first[MAX_COPIES - 1 :]:
        shutil.rmtree(old, ignore_errors=True)
