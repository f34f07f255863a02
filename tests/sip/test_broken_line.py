"""What a caller hears when the line behind the PBX fails: 911, a number, and the hotline."""

from collections.abc import Callable

import pytest

from tests.sip.conftest import IN_ONE_WORKER, Listener, Opened, Opens
from tests.sip.scenarios import HOTLINE, TimedCall
from tests.sip.telephones import Telephones, loud

pytestmark = IN_ONE_WORKER


@pytest.mark.parametrize("name", ["nonsense", "hanging", "down"])
def test_a_caller_is_never_left_in_silence(
    scenario_call: Callable[[str], TimedCall], ear: Listener, phones: Telephones, name: str
) -> None:
    call = scenario_call(name)
    ear.expect(call.phone, "en", "9 1 1", call.at["language"], call.at["connected"])
    ear.expect(call.phone, "en", "8 8 8", call.at["language"], call.at["connected"])
    silence = longest_silence(call)
    assert silence < 12, f"{silence:.1f} s of silence"


def longest_silence(call: TimedCall) -> float:
    frames = loud(call.phone.sound[: int(call.at["connected"] * 16000)])
    longest = run = 0
    for frame in frames:
        run = 0 if frame else run + 1
        longest = max(longest, run)
    return longest / 100


def test_the_lifeboat_is_the_lines_own(lines: dict[str, Opened]) -> None:
    for name in ("plain", "busy", "nonsense"):
        lifeboat = (lines[name].state / "sip" / "lifeboat.xml").read_text()
        assert f"+{HOTLINE}</Number>" in lifeboat


def test_a_line_of_which_nothing_is_known_is_not_opened(opens: Opens) -> None:
    line = opens("http://127.0.0.1:9/voice")
    with pytest.raises(AssertionError, match="add --lifeboat FILE"), line:
        pass
