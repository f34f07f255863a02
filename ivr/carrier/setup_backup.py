"""How a number was wired before `ivr twilio setup`, stored in IVR_STATE for `ivr twilio undo`."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from ivr.atomic_file import write_atomically
from ivr.carrier.number import Number, Wiring
from ivr.errors import IvrError
from ivr.settings import Settings

FILE = "numbers-before-setup.json"


@dataclass(frozen=True)
class SetupBackup:
    """A number's wiring `before` it was set up, what it was set to, and the address made for it."""

    before: Wiring
    ours: Wiring
    address: str = ""


def load(settings: Settings, number: Number) -> SetupBackup | None:
    """Return the backup of a number; None if it was never set up, or that was undone.

    Raises IvrError if the file cannot be read.
    """
    stored = _read(settings).get(number.sid)
    if stored is None:
        return None
    return SetupBackup(Wiring.of(stored["before"]), Wiring.of(stored["ours"]), stored["address"])


def save(settings: Settings, number: Number, backup: SetupBackup | None) -> None:
    """Store the backup of a number, or remove it. Raises IvrError if it cannot be written."""
    path = settings.state / FILE
    stored = _read(settings)
    stored.pop(number.sid, None)
    if backup is not None:
        stored[number.sid] = {"number": number.number, **asdict(backup)}
    try:
        write_atomically(path, json.dumps(stored, indent=1).encode())
    except OSError as e:
        raise IvrError(
            f"{path} cannot be written ({e.strerror}), so that nothing could be undone:"
            " set IVR_STATE to a folder that can"
        ) from None


def _read(settings: Settings) -> dict[str, Any]:
    path = settings.state / FILE
    try:
        return dict(json.loads(path.read_text()))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError):
        raise IvrError(f"{path} cannot be read: move it away if it is of no use to you") from None
