"""Twelve languages on a wire: a caller finds one that no voice speaks, and reaches a person."""

from collections.abc import Callable

from tests.sip.conftest import IN_ONE_WORKER, Listener, Opened, Recording
from tests.sip.scenarios import HOTLINE, TimedCall
from tests.sip.telephones import RATE, Telephones, loud

pytestmark = IN_ONE_WORKER


def test_a_caller_finds_one_of_twelve_languages_and_a_person(
    scenario_call: Callable[[str], TimedCall],
    ear: Listener,
    phones: Telephones,
    lines: dict[str, Opened],
) -> None:
    call = scenario_call("twelve_languages")
    at = call.at
    ear.expect(call.phone, "en", "other languages", at["language"] - 7, at["language"])
    names = call.phone.sound[int((at["language"] + 0.5) * RATE) * 2 : int(at["chosen"] * RATE) * 2]
    assert loud(names).mean() > 0.3, "the names of languages were not said"
    ear.expect(call.phone, "en", "9 1 1", at["chosen"], at["person"])
    ear.expect(call.phone, "en", is_asked_for, at["person"], at["connected"])
    ear.expect(call.phone, "en", "can i help you", at["connected"])
    assert len(phones.people[f"languages-{HOTLINE}"].calls) == 1
    assert "no voice speaks fr-FR here" not in lines["languages"].log_text
    assert lines["languages"].log_text.count("no voice speaks ar-XA here: make clips") == 1
    assert len(Recording.fetched) >= 4, "no voice speaks it, so all of it was clips"


def is_asked_for(transcript: str) -> bool:
    """Tell whether a caller hears what to say to whoever answers: the language, and please."""
    return "say this" in transcript and transcript.endswith("please")
