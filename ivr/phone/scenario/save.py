"""Saves a call as a conversation, so that it can be played again as a test."""

from collections.abc import Iterator, Sequence

import yaml

from ivr.errors import PhoneError
from ivr.phone import states
from ivr.phone.call import Call
from ivr.phone.normalize import plain

PHRASE_WORDS = 8
"""Words of a phrase: enough to recognise a turn, and few enough to survive most edits of it."""

Value = str | int | bool | list[str]


def write(call: Call, about: str) -> str:
    """Return a call as YAML that `read` takes and `play` plays.

    Of each turn it expects the first words of the first thing heard and the last words of the last.
    It expects nothing of audio files, since their addresses differ between lines. Raises PhoneError
    for a call that an invalid answer of the line ended, since it cannot be played.
    """
    if call.state == states.Ended("refused"):
        raise PhoneError("a call that an invalid answer of the line ended cannot be saved")
    steps: list[dict[str, Value]] = []
    turn: list[states.Heard] = []
    for event in call.events:
        match event:
            case states.Heard():
                turn.append(event)
            case states.Rang():
                steps += _hears(turn)
                turn = []
                numbers = list(event.numbers)
                steps.append({"rings": numbers if len(numbers) > 1 else numbers[0]})
            case _:
                steps += [*_hears(turn), _done(event)]
                turn = []
    steps += _hears(turn)
    if isinstance(call.state, states.Ended) and call.state.reason != "caller hung up":
        steps.append({"hung_up": True})
    return yaml.safe_dump(
        {"about": about, "call": steps}, allow_unicode=True, sort_keys=False, width=100
    )


def _hears(turn: Sequence[states.Heard]) -> Iterator[dict[str, Value]]:
    spoken = [utterance.text.split() for utterance in turn if not utterance.text.startswith("[")]
    ends = [words[:PHRASE_WORDS] for words in spoken[:1]]
    if len(spoken) > 1 or (spoken and len(spoken[0]) > PHRASE_WORDS):
        ends.append(spoken[-1][-PHRASE_WORDS:])
    phrases = list(dict.fromkeys(" ".join(words).strip("… ") for words in ends))
    phrases = [phrase for phrase in phrases if plain(phrase)]
    if phrases:
        yield {"hears": phrases if len(phrases) > 1 else phrases[0]}


def _done(act: states.Act) -> dict[str, Value]:
    match act:
        case states.Pressed(keys):
            return {"press": keys}
        case states.Said(words):
            return {"say": words}
        case states.Silent():
            return {"silence": 1}
        case states.Answered(keys=keys):
            return {"answers": keys or "nothing"}
        case states.Dialled(status=status):
            return {"ends": status}
        case states.Recorded(seconds, key):
            return {"record": f"{seconds} {key}".strip()}
        case states.HungUp():  # pragma: no branch (mypy: exhaustive)
            return {"hangs_up": True}
