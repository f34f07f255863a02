"""What a caller, or the carrier for them, did since the last turn."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Key:
    """Keys that were pressed, as one text; a menu takes one of 0-9, * and #."""

    keys: str


@dataclass(frozen=True, slots=True)
class Speech:
    """Words as the carrier understood them, and how sure it says it is, 0 to 1."""

    words: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing was pressed or said in time (VoiceXML's noinput)."""


@dataclass(frozen=True, slots=True)
class DialEnded:
    """A dialled call ended; `status` is the carrier's DialCallStatus, or empty where absent."""

    status: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording ended: what the carrier calls it, its length, and the key that ended it.

    The key is empty for silence or the longest time, and "hangup" where the caller hung up.
    """

    recording: str
    seconds: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class Unheard:
    """A recording could not be played."""


TextStatus = Literal["sent", "late", "refused", "stopped", "enough"]


@dataclass(frozen=True, slots=True)
class TextEnded:
    """A text message was sent, or was not.

    "late": nobody knows yet; "stopped": the caller has once told the carrier to send no more;
    "enough": so many were sent that this one was not.
    """

    status: TextStatus


Event = Key | Speech | Silence | DialEnded | Recorded | Unheard | TextEnded
