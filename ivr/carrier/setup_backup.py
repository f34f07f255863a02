"""What a number was wired to before it was set up, kept in IVR_STATE so that it can be undone."""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ivr.atomic_file import make_private_folder
from ivr.carrier.number import Number, Wiring
from ivr.errors import IvrError
from ivr.settings import Settings

FILE = "numbers-before-setup.json"


@dataclass(frozen=True)
class Kept:
    """A number's wiring before it was set up, what it was set to, and the address made for it."""

    before: Wiring
    ours: Wiring
    address: str = ""


def kept(settings: Settings, number: Number) -> Kept | None:
    """Return what is kept of a number; None if it was never set up, or that was undone."""
    told = _read(settings).get(number.sid)
    if told is None:
        return None
    return Kept(Wiring.of(told["before"]), Wiring.of(told["ours"]), told["address"])


def keep(settings: Settings, number: Number, what: Kept | None) -> None:
    """Keep this of a number, or nothing any more. Raises IvrError if it cannot be written."""
    path = settings.state / FILE
    told = _read(settings)
    told.pop(number.sid, None)
    if what is not None:
        told[number.sid] = {"number": number.number, **asdict(what)}
    try:
        write(path, told)
    except OSError as e:
        raise IvrError(
            f"{path} cannot be written ({e.strerror}), so that nothing could be undone:"
            " set IVR_STATE to a folder that can"
        ) from None


def write(path: Path, told: Any) -> None:  # noqa: ANN401 anything that JSON takes
    """Write a file of JSON whole, or leave it as it is. Raises OSError."""
    make_private_folder(path.parent)
    handle, made = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        json.dump(told, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    Path(made).replace(path)


def _read(settings: Settings) -> dict[str, Any]:
    path = settings.state / FILE
    try:
        return dict(json.loads(path.read_text()))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError):
        raise IvrError(f"{path} cannot be read: move it away if it is of no use to you") from None
