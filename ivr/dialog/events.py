"""What has happened in a call since the last turn."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Key:
    """Keys that were pressed, as one text. A menu takes one of 0-9, * and #."""

    keys: str


@dataclass(frozen=True, slots=True)
class Speech:
    """Words as the carrier understood them, and its confidence, from 0 to 1."""

    words: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing was pressed or said in time (VoiceXML's noinput)."""


@dataclass(frozen=True, slots=True)
class DialEnded:
    """A dialled call ended. `status` is the carrier's DialCallStatus; it is empty if absent.

    `seconds` is how long the two talked, as the carrier tells it.
    """

    status: str = ""
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """A recording ended: its id at the carrier, its length, and the key that ended it.

    The key is empty after silence or the longest time, and "hangup" if the caller hung up.
    """

    recording: str
    seconds: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class RecordingFailed:
    """A recording failed, or could not be stored: no message can be left now."""


@dataclass(frozen=True, slots=True)
class PlaybackFailed:
    """A recording could not be played."""


TextStatus = Literal["sent", "late", "refused", "stopped", "enough"]


@dataclass(frozen=True, slots=True)
class TextEnded:
    """A text message was sent, or was not.

    - "late": it is not known yet.
    - "stopped": the caller has told the carrier before to send no more.
    - "enough": the caller was sent so many that this one was not sent.
    """

    status: TextStatus


Event = (
    Key
    | Speech
    | Silence
    | DialEnded
    | RecordingEnded
    | RecordingFailed
    | PlaybackFailed
    | TextEnded
)
