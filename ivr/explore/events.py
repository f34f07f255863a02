"""What can happen in a call, written as `ivr call --keys` takes it, and one step of the dialog."""

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, get_args

from ivr.dialog import (
    DialEnded,
    Event,
    Key,
    Place,
    RecordingEnded,
    RecordingFailed,
    Silence,
    Speech,
    TextEnded,
    Turn,
    answer,
    reply,
)
from ivr.dialog.events import TextStatus
from ivr.dialog.language_menu import keys_to
from ivr.schedule.duty import Duty
from ivr.script.model import Script

SILENCE: Final = "-"
WRONG: Final = "88"
"""A wrong key: two digits, which no place expects."""

NO_OUTCOME: Final = "absent"
OUTCOMES: Final = ("completed", "busy", "no-answer", "failed", "canceled", NO_OUTCOME)
"""How a dialled call ends: the carrier's words, and a token for a carrier that reports nothing."""

LASTED: Final = "completed:60"
"""How a dialled call ends in which the two talked for a minute."""

UNRECORDED: Final = "record:0:failed"

RECORDINGS: Final = (
    SILENCE,
    UNRECORDED,
    *(f"record:9:{key}" for key in ("#", "0", "9", "hangup")),
)
"""How a recording ends: nothing was said, it failed, or 9 seconds and then a key or the end of the
call."""

TEXTS: Final[Mapping[str, TextStatus]] = {
    f"text:{status}": status for status in get_args(TextStatus)
}
"""How sending a text message ends. `ivr call` is given the key that asks for one instead."""

_RECORDING: Final = f"RE{0:032x}"

KEYS: Final = ("1", SILENCE, *"023456789*#")
"""What a caller can do at any place. Of equally short ways, the first of these is reported."""

ANSWERS: Final = ("1", "2", "3", "4")
"""The keys of a check: yes, no, not sure, and to stop."""

NONSENSE: Final = "zzz"
"""Words that mean nothing at any place."""

MOMENT: Final = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""The moment of every explored call; who is on duty is given apart from it."""


def step(script: Script, place: Place | None, token: str, duty: Duty | None = None) -> Turn:
    """Return what the line does about an event, written as `ivr call --keys` takes it.

    Without a place, the line answers. `duty` is who is on duty at the agency; by default, that of
    `MOMENT`.
    """
    if place is None:
        return answer(script, MOMENT, texts=True)
    given = () if duty is None else (duty,)
    return reply(script, place, event(token), MOMENT, *given)


def step_to(script: Script, language: str) -> Turn:
    """Return the first turn in a language, for a caller who chooses it from the opening."""
    turn = step(script, None, "")
    for key in keys_to(script, language):
        turn = step(script, turn.place, key)
    return turn


@lru_cache(maxsize=256)
def event(token: str) -> Event:
    """Return the event that a token of `ivr call --keys` stands for."""
    if token == SILENCE:
        return Silence()
    if token == LASTED:
        status, _, seconds = token.partition(":")
        return DialEnded(status, int(seconds))
    if token in OUTCOMES:
        return DialEnded(token.removeprefix(NO_OUTCOME))
    if token.startswith("say:"):
        return Speech(token.removeprefix("say:"))
    if token == UNRECORDED:
        return RecordingFailed()
    if token.startswith("record:"):
        _, seconds, key = token.split(":")
        return RecordingEnded(_RECORDING, int(seconds), key)
    if token in TEXTS:
        return TextEnded(TEXTS[token])
    return Key(token)


def call_command(tokens: list[str]) -> str:
    """Return the command that makes the call of these tokens."""
    keys = ",".join(tokens)
    quoted = f"'{keys}'" if set(keys) & set("*# ") else keys
    return f"ivr call --keys {quoted}" if keys else "ivr call"
