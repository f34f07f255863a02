"""Whole calls on a wire: what a caller hears, by a real telephone, as an ear understands it."""

from collections.abc import Callable

import numpy as np

from tests.sip.conftest import IN_ONE_WORKER, Listener, Opened
from tests.sip.scenarios import TimedCall
from tests.sip.telephones import FRAME, RATE, loud

pytestmark = IN_ONE_WORKER

BARGE_IN_SECONDS = 0.2

ScenarioCall = Callable[[str], TimedCall]


def test_a_caller_hears_first_to_dial_911_in_two_languages(
    scenario_call: ScenarioCall, ear: Listener
) -> None:
    call = scenario_call("english")
    ear.expect(call.phone, "en", "hang up and dial 9", 0, 4)
    ear.expect(call.phone, "es", "9 1 1", 2.5, call.at["language"])


def test_keys_lead_to_the_warning_signs(scenario_call: ScenarioCall, ear: Listener) -> None:
    call = scenario_call("english")
    ear.expect(call.phone, "en", "welcome", call.at["language"], call.at["signs"])
    words = ("child", "sign", "friends")
    ear.expect(call.phone, "en", words, call.at["all"], call.at["end"])


def test_a_key_stops_the_sound_at_once(scenario_call: ScenarioCall) -> None:
    took = []
    for name, key in (("english", "signs"), ("english", "all"), ("spanish", "person")):
        call = scenario_call(name)
        at = call.at[key]
        part = loud(call.phone.sound[int((at - 0.5) * RATE) * 2 : int((at + 1.5) * RATE) * 2])
        assert part[:50].any(), "nothing was being said, so that nothing could be stopped"
        took.append(first_quiet(part[50:], 0.05))
    # The key's own way to the line is part of it; on a busy machine it may be late once.
    assert sorted(took)[1] <= BARGE_IN_SECONDS, took


def test_keys_are_taken_as_sip_info_too(scenario_call: ScenarioCall, ear: Listener) -> None:
    call = scenario_call("by_info")
    words = ("linea", "bienvenid", "familias")
    ear.expect(call.phone, "es", words, call.at["language"] + 0.3, call.at["end"])


def test_on_hold_nothing_is_lost_and_no_time_passes(scenario_call: ScenarioCall) -> None:
    call = scenario_call("on_hold")
    bytes_of = slice(int(call.at["resumed"] * RATE) * 2, None)
    assert loud(call.phone.sound[bytes_of]).any(), "nothing was said after the hold"
    assert not call.phone.pressed[1:]
    assert call.at["end"] - call.at["resumed"] >= 5, "the line hung up"


def test_nothing_of_a_caller_is_logged(line: Opened, scenario_call: ScenarioCall) -> None:
    scenario_call("english")
    assert "sip:pbx" not in line.log_text
    assert "pbx@" not in line.log_text


def test_the_line_answers_under_its_own_name_alone(scenario_call: ScenarioCall) -> None:
    assert scenario_call("wrong_user").at["status"] == 404


def test_a_call_too_many_is_refused_as_busy_and_the_next_one_taken(
    scenario_call: ScenarioCall,
) -> None:
    call = scenario_call("refused")
    assert call.at["status"] == 486
    assert loud(call.phone.sound).any()


def first_quiet(frames: np.ndarray, seconds: float) -> float:
    """Return when it is first quiet for so long."""
    wanted = int(seconds * RATE / FRAME)
    for i in range(len(frames) - wanted):
        if not frames[i : i + wanted].any():
            return i * FRAME / RATE
    return float("inf")
