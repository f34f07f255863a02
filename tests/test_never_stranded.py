"""Whatever a caller presses, says or leaves unsaid, a person or the numbers are reached.

The phone refuses what the carrier would refuse, so every answer is checked as TwiML on the way.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.phone.call import Call, Ended, Recording, Ringing
from ivr.phone.normalize import plain
from ivr.phone.transport import WsgiTransport
from ivr.script.load import load
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import TOKEN, VARIANTS, clock, variant

HOTLINE = plain("1 8 8 8 3 7 3 7 8 8 8")
OUTCOMES = ["completed", "busy", "no-answer", "failed", "canceled", "absent"]
PATIENCE = 80
"""Turns after the last act in which the line must have come to an end by itself."""

Act = Callable[[Call], None]

keys = st.sampled_from("0123456789*#").map(lambda k: lambda call: call.press(k))
likely = ["help", "911", "signs", "español", "back", "repeat", "yes", "no", "slower", "police", ""]
words = st.one_of(st.sampled_from(likely), st.text(max_size=30))
speech = st.tuples(words, st.floats(0, 1)).map(lambda w: lambda call: call.say(*w))
silence = st.just(lambda call: call.silence())
acts = st.lists(
    st.tuples(st.one_of(keys, keys, speech, silence), st.sampled_from(OUTCOMES)), max_size=40
)


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    room = tmp_path_factory.mktemp("scripts")
    return cache(lambda name: variant(name, room))


QUICK = {"shipped"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in VARIANTS],
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=acts)
def test_every_call_ends_with_a_person_or_the_numbers(
    name: str, scripts: Callable[[str], Path], acts: list[tuple[Act, str]]
) -> None:
    folder = scripts(name)
    call = Call(_line(folder, name), "http://127.0.0.1/voice")
    call.dial()
    for act, outcome in acts:
        match call.state:
            case Ended():
                break
            case Ringing():
                call.ends(outcome)
            case Recording():
                call.record(len(outcome) - 4, chosen_key(outcome))
            case _:
                act(call)
    asked_for_911 = "911" in call.dialled
    _wait_for_the_end(call)
    transcript = plain(" ".join(h.text for h in call.utterances))
    assert HOTLINE in transcript
    assert set(call.dialled) <= _numbers(folder)
    assert asked_for_911 or "911" not in call.dialled or "bridge" in name


def chosen_key(outcome: str) -> str:
    """Return the key that ends a recording: some are ended by silence, and one says nothing."""
    return {"busy": "", "failed": "0", "absent": "9", "canceled": "*"}.get(outcome, "#")


def _wait_for_the_end(call: Call) -> None:
    """Stay silent, and let nobody answer: the line must not leave the caller alone."""
    for _ in range(PATIENCE):
        match call.state:
            case Ended():
                return
            case Ringing():
                call.ends("no-answer")
            case _:
                call.silence()
    raise AssertionError(f"the line goes on for ever: {call.latest_utterances}")


@cache
def _numbers(folder: Path) -> frozenset[str]:
    return frozenset(load(folder).numbers)


@cache
def _line(folder: Path, name: str) -> WsgiTransport:
    settings = Settings((TOKEN,), prompts=folder, state=folder / "state", audio=False)
    return WsgiTransport(create_app(settings, clock(name)), TOKEN)
