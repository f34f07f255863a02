"""How a call goes, as pure functions: a place and an event in, a turn out.

No Flask, no files, no clock, no settings; the caller's place travels in the URL, and what was
said and done comes back as facts for others to record.
"""

from ivr.dialog.events import (
    DialEnded,
    Event,
    Key,
    PlaybackFailed,
    RecordingEnded,
    RecordingFailed,
    Silence,
    Speech,
    TextEnded,
)
from ivr.dialog.next_turn import answer, reply
from ivr.dialog.place import Place
from ivr.dialog.read_place import read_place
from ivr.dialog.turn import Dial, Fact, Gather, HangUp, Record, SendText, Spoken, Turn

__all__ = [
    "Dial",
    "DialEnded",
    "Event",
    "Fact",
    "Gather",
    "HangUp",
    "Key",
    "Place",
    "PlaybackFailed",
    "Record",
    "RecordingEnded",
    "RecordingFailed",
    "SendText",
    "Silence",
    "Speech",
    "Spoken",
    "TextEnded",
    "Turn",
    "answer",
    "read_place",
    "reply",
]
