"""Write a file so that readers see the old content or the new one, never a part of it."""

import contextlib
import os
import tempfile
from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Create a folder and its missing parents, all of them for their owner alone (0700).

    `Path.mkdir(mode=…, parents=True)` gives that mode to the last folder alone. Existing folders
    stay as they are. Raises OSError.
    """
    if folder != folder.parent and not folder.is_dir():
        make_private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def write_atomically(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace a file by `content`, flushed to the disk; make its folder (0700) if needed.

    Two processes may write the same file: the last one wins, and neither mixes with the other.
    Raises OSError, and then the file is as it was.
    """
    make_private_folder(path.parent)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink(missing_ok=True)
        raise


def create_atomically(path: Path, content: bytes) -> bool:
    """Create a file (0600) with `content` unless it exists; return whether this call created it.

    Raises OSError.
    """
    make_private_folder(path.parent)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        Path(temporary).unlink(missing_ok=True)
    return True
