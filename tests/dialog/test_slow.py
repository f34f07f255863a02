"""At slow pace nothing that silence decides for a caller comes sooner than after 20 seconds.

A relay operator types what the line says, and waits for an answer that is typed (docs/relay.md).
"""

from collections.abc import Iterator

import pytest

from ivr.dialog import Dial, Gather, HangUp, Key, Place, Record, Silence, Turn, answer, reply
from ivr.dialog.build_turn import turn
from ivr.dialog.nodes import kind_of
from ivr.dialog.nodes.voicemail import SLOW_SILENCE_SECONDS
from ivr.dialog.place import ANNOUNCED
from ivr.dialog.read_place import is_valid
from ivr.script.load import load
from ivr.script.model import Script
from ivr.script.nodes import Emergency
from tests.lines import clock, variant

NOW = clock("voicemail")()
LEAST_SECONDS = 20


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Script:
    return load(variant("voicemail", tmp_path_factory.mktemp("slow")))


def slow_places(script: Script) -> Iterator[Place]:
    for node in script.graph.nodes:
        for phase in sorted(kind_of(script, node).phases):
            for step in range(len(script.steps(node)) + 1):
                for tries in (0, 1, 2):
                    place = Place("en", node, step, phase, tries, slow=True, auto_rang=False)
                    if is_valid(script, place):
                        yield place


def decides(place: Place, following: Turn) -> bool:
    """Whether a silence rings somebody or is about to, hangs up, or counts against the caller."""
    is_announced = following.place.phase == ANNOUNCED
    is_end = isinstance(following.verb, Dial | HangUp)
    return is_announced or is_end or following.place.tries > place.tries


def test_no_silence_at_slow_pace_decides_within_20_seconds(script: Script) -> None:
    seen = 0
    for place in slow_places(script):
        verb = turn(script, place).verb
        if not isinstance(verb, Gather) or verb.timeout >= LEAST_SECONDS:
            continue
        if isinstance(script.node(place.node), Emergency):
            continue  # 911 was asked for, and waiting connects it
        seen += 1
        following = reply(script, place, Silence(), NOW)
        assert not decides(place, following), (place, following.place)
    assert seen > 20


def test_a_relay_operator_presses_7_at_once_and_the_whole_call_is_slow(script: Script) -> None:
    place = reply(script, answer(script, NOW).place, Key("7"), NOW).place
    assert place.slow
    for key in ("1", "1", "0"):
        place = reply(script, place, Key(key), NOW).place
        assert place.slow


def test_a_message_is_not_ended_while_a_relayed_caller_types(script: Script) -> None:
    message = Place("en", "message", phase="record")
    normal, slow = (turn(script, message._replace(slow=slow)).verb for slow in (False, True))
    assert isinstance(normal, Record)
    assert isinstance(slow, Record)
    assert (normal.silence, slow.silence) == (10, SLOW_SILENCE_SECONDS)
    assert slow.silence >= LEAST_SECONDS
