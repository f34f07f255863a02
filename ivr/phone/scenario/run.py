"""An unattended call: a few acts, then silence, and whether the caller is left with help."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ivr.errors import PhoneError
from ivr.phone.call import Call
from ivr.phone.normalize import NUMBER_DIGITS, has_number
from ivr.phone.states import OUTCOMES, Ended, Ringing

PATIENCE = 60
"""Turns of silence after which the line counts as never helping the caller."""

ANSWERS = {"taken": "1", "declined": ""}
"""The keys that the called person presses if the line asks them, by token."""

_RECORD = r"record:[0-9]{1,5}(:[0-9*#]|:hangup|:failed)?"
_TALK = r"completed:[0-9]{1,5}"
_ENDS = "|".join((*OUTCOMES, *ANSWERS))
_TOKEN = re.compile(rf"[0-9*#]+|-|say:.*\S.*|{_RECORD}|{_TALK}|{_ENDS}", re.ASCII)


@dataclass(frozen=True)
class Outcome:
    """Whether the caller is left with a person or a number, and why."""

    safe: bool
    reason: str


def act(call: Call, token: str) -> None:
    """Do what a token stands for.

    Tokens are keys (`1`, `*`, `12#`), `-` for silence, `say:words`, `record:12:#` for a recording
    of 12 seconds that `#` ends (or `hangup`, or that it `failed`), the end of a dialled call
    (`busy`; `completed:45` after a talk of 45 seconds), or the called person's answer (`taken`,
    `declined`). Raises PhoneError for any other.
    """
    check(token)
    match token.partition(":"):
        case ("-", "", ""):
            call.silence()
        case ("say", ":", words):
            call.say(words)
        case ("record", ":", recorded):
            seconds, _, key = recorded.partition(":")
            call.record(int(seconds), key)
        case (answer, "", "") if answer in ANSWERS:
            call.answers(ANSWERS[answer])
        case (status, "", "") if status in OUTCOMES:
            call.ends(status)
        case ("completed", ":", seconds):
            call.ends("completed", int(seconds))
        case _:
            call.press(token)


def unattended(call: Call, tokens: Sequence[str]) -> Outcome:
    """Dial, do what the tokens say, then stay silent until somebody is rung or the call ends.

    The caller is safe if somebody is rung after the last token, or if a whole number was heard,
    digit by digit, before the call ended. Raises PhoneError for a token that cannot be done.
    """
    for token in tokens:
        check(token)
    try:
        call.dial()
        for token in tokens:
            if isinstance(call.state, Ended):
                return _ended(call, f", before {token}")
            act(call, token)
        return _left_alone(call)
    except PhoneError as e:
        if call.state != Ended("refused"):
            raise
        return Outcome(False, str(e))


def _left_alone(call: Call) -> Outcome:
    for _ in range(PATIENCE):
        match call.state:
            case Ringing(dial):
                return Outcome(True, f"{', '.join(dial.numbers)} is ringing")
            case Ended():
                return _ended(call)
            case _:
                call.silence()
    return Outcome(False, f"after {PATIENCE} turns of silence the line still goes on")


def _ended(call: Call, when: str = "") -> Outcome:
    if has_number(" ".join(utterance.text for utterance in call.utterances)):
        return Outcome(True, f"the call ended{when}, and a whole number was heard")
    return Outcome(
        False, f"the call ended{when}, and no number of {NUMBER_DIGITS} digits was heard"
    )


def check(token: str) -> None:
    """Raise PhoneError for an invalid token."""
    if not _TOKEN.fullmatch(token):
        raise PhoneError(
            f'"{token}" is not an act: use keys (0-9 * #), - for silence,'
            f" say:words, record:seconds:key, or how a dialled call ends ({', '.join(OUTCOMES)})"
        )
