"""What a caller hears from a speaker, over HTTP as Alexa asks, in both languages."""

import re
from collections.abc import Callable

import pytest

from ivr.web.app import Application
from tests.assistant.conftest import Post, Speaker, envelope

NewSpeaker = Callable[..., Speaker]

HOTLINE = "1 8 8 8 3 7 3 7 8 8 8"


def words(ssml: str) -> str:
    """Return what an answer says, without markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", ssml).replace("…", " ").split())


def test_the_first_words_are_of_911_then_of_the_room_and_tell_nothing(speaker: NewSpeaker) -> None:
    caller = speaker().opens()
    speech = words(caller.hears)
    assert speech.startswith("In danger? Call 9 1 1 from a phone. Others may hear this.")
    assert "kept in the Alexa app" in speech
    assert speech.endswith("To go on, say yes.")
    assert HOTLINE in words(caller.hears_after_silence)
    assert not caller.ended


def test_topics_are_opened_after_a_yes_only(speaker: NewSpeaker) -> None:
    caller = speaker().opens().means("GoReport")
    assert "To go on, say yes." in words(caller.hears)
    assert "Welcome to the family help line." in words(caller.means("AMAZON.YesIntent").hears)
    assert "mandated reporter" in words(caller.means("GoReport").hears)


def test_a_caller_comes_to_a_number_said_twice_and_to_how_to_call_it(speaker: NewSpeaker) -> None:
    caller = speaker().opens().means("AMAZON.YesIntent").means("GoHotline")
    speech = words(caller.hears)
    assert speech.count(HOTLINE) == 2
    assert "first say: Alexa, stop. Then say: Alexa, call, and say the number." in speech
    assert 'rate="80%"' in caller.hears


@pytest.mark.parametrize("intent", ["PersonIntent", "NumberIntent", "AMAZON.HelpIntent"])
def test_who_asks_for_help_before_the_yes_hears_a_number(intent: str, speaker: NewSpeaker) -> None:
    speech = words(speaker().opens().means(intent).hears)
    assert speech.startswith("In danger? Call 9 1 1 from a phone.")
    assert HOTLINE in speech
    assert "Trafficking" not in speech


def test_911_is_said_and_never_offered_as_something_to_be_reached(speaker: NewSpeaker) -> None:
    caller = speaker().opens().means("EmergencyIntent")
    assert words(caller.hears).count("I cannot call 9 1 1. Call 9 1 1 from a phone now.") == 2
    caller.means("AMAZON.YesIntent").means("EmergencyIntent")
    assert "I cannot call 9 1 1." in words(caller.hears)
    assert "Welcome" not in words(caller.means("AMAZON.PreviousIntent").hears)


@pytest.mark.parametrize("intent", ["AMAZON.StopIntent", "AMAZON.CancelIntent"])
def test_stop_ends_at_once(intent: str, speaker: NewSpeaker) -> None:
    first = speaker().opens().means(intent)
    assert first.ended
    assert words(first.hears) == "Goodbye."
    later = speaker().opens().means("AMAZON.YesIntent").means(intent)
    assert later.ended
    assert words(later.hears) == f"The number is: {HOTLINE} . Goodbye.".replace(" .", ".")


def test_no_before_the_yes_ends_at_once(speaker: NewSpeaker) -> None:
    assert speaker().opens().means("AMAZON.NoIntent").ended


def test_long_talks_are_told_in_parts_and_can_be_heard_again(speaker: NewSpeaker) -> None:
    caller = speaker().opens().means("AMAZON.YesIntent").means("GoMeaning")
    first = caller.hears
    assert "To go on, say: next." in words(first)
    second = caller.means("AMAZON.NextIntent").hears
    assert second != first
    assert caller.means("AMAZON.RepeatIntent").hears == second
    assert caller.means("AMAZON.PreviousIntent").hears == first


def test_words_without_a_meaning_lead_to_a_number_and_then_to_the_end(
    speaker: NewSpeaker,
) -> None:
    caller = speaker().opens().means("AMAZON.YesIntent")
    answers = []
    while not caller.ended:
        answers.append(words(caller.means("AMAZON.FallbackIntent").hears))
        assert len(answers) < 10
    assert answers[0].startswith("I did not get that.")
    assert answers[2].startswith("Here is a number that can help.")
    assert HOTLINE in answers[2]
    assert answers[-1].endswith("Goodbye.")
    assert HOTLINE in answers[-1]


def test_an_intent_that_the_script_does_not_have_means_nothing(speaker: NewSpeaker) -> None:
    caller = speaker().opens().means("AMAZON.YesIntent").means("OldIntent")
    assert words(caller.hears).startswith("I did not get that.")


def test_the_check_of_signs_is_left_out(speaker: NewSpeaker) -> None:
    caller = speaker().opens().means("AMAZON.YesIntent").means("GoSigns")
    assert "check what you have seen" not in words(caller.hears)


def test_the_office_is_told_by_its_hours(speaker: NewSpeaker) -> None:
    speech = words(speaker().opens().means("AMAZON.YesIntent").means("GoAgency").hears)
    assert "Our office is open now." in speech
    assert "2 0 2 5 5 5 0 1 1 1" in speech


def test_spanish_is_answered_in_spanish(speaker: NewSpeaker) -> None:
    caller = speaker("es-US").opens()
    assert words(caller.hears).startswith("¿Está en peligro? Llame al 9 1 1 desde un teléfono.")
    caller.means("AMAZON.YesIntent").means("PersonIntent")
    assert "Alexa, llama al, y diga el número." in words(caller.hears)
    assert words(caller.means("AMAZON.StopIntent").hears).endswith("Adiós.")


def test_slower_is_slower_until_it_is_asked_for_again(speaker: NewSpeaker) -> None:
    caller = speaker().opens().means("AMAZON.YesIntent").means("PaceIntent").means("GoSigns")
    assert caller.hears.count('<prosody rate="80%">') > 3
    assert "<prosody" not in caller.means("PaceIntent").means("GoSigns").hears


@pytest.mark.parametrize("place", ["", "en/nowhere", "en/check.2", "en/main?back=opening.0"])
def test_a_place_that_cannot_be_is_warned_again(place: str, post: Post) -> None:
    asked = envelope("IntentRequest", intent="AMAZON.RepeatIntent", attributes={"place": place})
    speech = post(asked).get_json()["response"]["outputSpeech"]["ssml"]
    assert "Others may hear this." in speech


def test_the_end_of_a_session_is_answered_with_nothing(post: Post) -> None:
    answer = post(envelope("SessionEndedRequest", reason="USER_INITIATED")).get_json()
    assert answer == {"version": "1.0", "response": {}}


def test_a_skill_opened_with_a_wish_warns_first(post: Post) -> None:
    reply = post(envelope("IntentRequest", intent="GoHotline", new=True)).get_json()
    assert "say yes" in reply["response"]["outputSpeech"]["ssml"]


def test_no_card_and_no_screen_show_anything(post: Post) -> None:
    for intent in ("GoHotline", "AMAZON.YesIntent"):
        asked = envelope("IntentRequest", intent=intent, attributes={"place": "en/main"})
        response = post(asked).get_json()["response"]
        assert set(response) == {"outputSpeech", "reprompt", "shouldEndSession"}


def test_a_failure_is_answered_with_911_and_a_number(
    app: Application, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The part that fails is the duty, which a database behind it can break."""
    endpoint = app.view_functions["assistant.alexa"].__self__  # type: ignore[attr-defined]
    monkeypatch.setattr(endpoint, "_duty", lambda _: 1 / 0)
    answer = post(envelope()).get_json()
    speech = words(answer["response"]["outputSpeech"]["ssml"])
    assert "Call 9 1 1 from a phone." in speech
    assert HOTLINE in speech
    assert answer["response"]["shouldEndSession"]
