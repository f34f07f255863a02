"""The secret that keys the hashes and the console's sessions: made once and kept."""

import contextlib
import logging
import os
import secrets
import tempfile
from pathlib import Path

from ivr.atomic_file import make_private_folder
from ivr.settings import Settings

log = logging.getLogger("ivr.records")

FILE = "secret-key"
"""In IVR_STATE, for its owner alone, where IVR_SECRET_KEY is not set."""


def secret(settings: Settings) -> bytes:
    """Return IVR_SECRET_KEY, or the one kept in IVR_STATE, which is made at the first need.

    Where none can be kept, one that holds for this process alone, so that no call fails for it.
    """
    if settings.secret_key:
        return settings.secret_key.encode()
    path = settings.state / FILE
    try:
        return _read(path) or _make(path)
    except OSError as e:
        log.error("no secret can be kept in %s (%s); set IVR_SECRET_KEY", path, e.strerror)  # noqa: TRY400 expected
        return _FOR_NOW


_FOR_NOW = secrets.token_hex(32).encode()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _make(path: Path) -> bytes:
    """Make it whole under another name, then give it its own, unless a neighbour was faster."""
    make_private_folder(path.parent)
    handle, made = tempfile.mkstemp(dir=path.parent)  # 0600
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32))
    with contextlib.suppress(FileExistsError):
        os.link(made, path)
    Path(made).unlink()
    return _read(path)
