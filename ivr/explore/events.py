"""What can happen in a call, as `ivr call --keys` writes it, and what the line then does."""

import datetime as dt
from collections.abc import Mapping
from typing import Final, get_args

from ivr.dialog import (
    DialEnded,
    Event,
    Key,
    Place,
    Recorded,
    Silence,
    Speech,
    TextEnded,
    Turn,
    answer,
    reply,
)
from ivr.dialog.events import TextStatus
from ivr.schedule.duty import Duty
from ivr.script.model import Script

SILENCE: Final = "-"
WRONG: Final = "88"
"""Keys that mean nothing at any place."""

NO_OUTCOME: Final = "absent"
OUTCOMES: Final = ("completed", "busy", "no-answer", "failed", "canceled", NO_OUTCOME)
"""How a dialled call ends, as the carrier tells it, or does not tell it."""

RECORDINGS: Final = (SILENCE, *(f"record:9:{key}" for key in ("#", "0", "9", "hangup")))
"""How a recording ends: nothing was said, or something, and then a key or the end of the call."""

TEXTS: Final[Mapping[str, TextStatus]] = {
    f"text:{status}": status for status in get_args(TextStatus)
}
"""How a text message goes; each token stands for the key that has asked for one."""

_RECORDING: Final = f"RE{0:032x}"

KEYS: Final = ("1", SILENCE, *"023456789*#")
"""What a caller can do at any place, the plainest first: of ways as short, those are told."""

ANSWERS: Final = ("1", "2", "3")
NONSENSE: Final = "zzz"

MOMENT: Final = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def follow(script: Script, place: Place | None, token: str, duty: Duty | None = None) -> Turn:
    """Return what the line does about an event, written as `ivr call --keys` writes it.

    `duty` is who is at the agency; unless told, whoever is there on a day like any other.
    """
    if place is None:
        return answer(script, MOMENT, texts=True)
    told = () if duty is None else (duty,)
    return reply(script, place, event(token), MOMENT, *told)


def event(token: str) -> Event:
    """Return the event that a token of `ivr call --keys` stands for."""
    if token == SILENCE:
        return Silence()
    if token in OUTCOMES:
        return DialEnded(token.removeprefix(NO_OUTCOME))
    if token.startswith("say:"):
        return Speech(token.removeprefix("say:"))
    if token.startswith("record:"):
        _, seconds, key = token.split(":")
        return Recorded(_RECORDING, int(seconds), key)
    if token in TEXTS:
        return TextEnded(TEXTS[token])
    return Key(token)


def call_line(tokens: list[str]) -> str:
    """Return the command that makes the call."""
    told = ",".join(tokens)
    quoted = f"'{told}'" if set(told) & set("*# ") else told
    return f"ivr call --keys {quoted}" if told else "ivr call"
