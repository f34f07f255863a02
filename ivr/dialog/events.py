"""What a caller, or the carrier for them, did since the last turn."""

from dataclasses import dataclass


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


Event = Key | Speech | Silence | DialEnded
