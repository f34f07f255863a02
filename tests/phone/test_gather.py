"""<Gather>: what is listened for, what ends it, and what is asked then.

Each test quotes or names the carrier's rule (Twilio: voice/twiml/gather).
"""

import pytest

from ivr.errors import PhoneError
from ivr.phone.call import Ended, Listening
from tests.caller import Caller
from tests.phone.tiny import dial

NEXT = {"next": "<Say>Thank you.</Say>"}
NOTHING = "<Say>I heard nothing.</Say>"


def listening(caller: Caller) -> Listening:
    assert isinstance(caller.call.state, Listening)
    return caller.call.state


def test_the_defaults_are_5_seconds_pound_and_any_number_of_keys() -> None:
    """Twilio: input dtmf, timeout 5, finishOnKey #, numDigits unlimited, language en-US."""
    state = listening(dial("<Gather/>")[0])
    gather = state.gather
    assert (gather.takes_keys, gather.takes_speech) == (True, False)
    assert (gather.timeout, gather.finish_on_key, gather.num_digits) == (5, "#", None)
    assert (gather.language, gather.hints, state.keyed) == ("en-US", (), "")


def test_what_is_told_stands_in_place_of_the_defaults() -> None:
    element = (
        '<Gather input="dtmf speech" timeout="20" finishOnKey="*" numDigits="4" language="es-US"'
        ' hints="ayuda, policía,"/>'
    )
    gather = listening(dial(element)[0]).gather
    assert (gather.takes_keys, gather.takes_speech) == (True, True)
    assert (gather.timeout, gather.finish_on_key, gather.num_digits) == (20, "*", 4)
    assert (gather.language, gather.hints) == ("es-US", ("ayuda", "policía"))


def test_a_timeout_of_auto_is_the_default() -> None:
    assert listening(dial('<Gather timeout="auto"/>')[0]).gather.timeout == 5


# ── Keys ──────────────────────────────────────────────────────────────────────


def test_as_many_keys_as_numdigits_are_submitted_at_once() -> None:
    """Twilio: after the last of numDigits the digits are submitted at once."""
    caller, line = dial('<Gather action="/next" numDigits="2"/>', **NEXT)
    caller.press("1").is_listened_to().press("2").hears("Thank you.")
    assert line.last.form["Digits"] == "12"


def test_keys_beyond_numdigits_are_not_kept_for_later() -> None:
    """A line that asks again must not find the next answer already given."""
    caller, line = dial('<Gather action="/next" numDigits="1"/>', next='<Gather numDigits="1"/>')
    caller.press("123").is_listened_to()
    assert (line.last.form["Digits"], listening(caller).keyed) == ("1", "")


def test_pound_ends_the_input_and_is_no_part_of_it() -> None:
    """Twilio: finishOnKey defaults to #; the key itself is not included in Digits."""
    caller, line = dial('<Gather action="/next"/>', **NEXT)
    caller.press("4").press("2").press("#").hears("Thank you.")
    assert (line.last.form["Digits"], line.last.form["FinishedOnKey"]) == ("42", "#")


def test_another_finish_key_makes_pound_a_digit() -> None:
    caller, line = dial('<Gather action="/next" finishOnKey="*"/>', **NEXT)
    caller.press("4#*")
    assert (line.last.form["Digits"], line.last.form["FinishedOnKey"]) == ("4#", "*")


@pytest.mark.parametrize("key", ["*", "#"])
def test_an_empty_finish_key_captures_every_key(key: str) -> None:
    """Twilio: finishOnKey="" means that all keys are captured; numDigits or silence submits."""
    caller, line = dial('<Gather action="/next" finishOnKey="" numDigits="1"/>', **NEXT)
    caller.press(key)
    assert (line.last.form["Digits"], line.last.form["FinishedOnKey"]) == (key, "")


def test_silence_after_some_keys_submits_them() -> None:
    """Twilio: the timeout runs between keys, too; what was keyed until then is submitted."""
    caller, line = dial('<Gather action="/next" numDigits="4"/>', **NEXT)
    caller.press("1").press("2")
    assert (listening(caller).keyed, line.paths) == ("12", ["/voice"])
    caller.waits().hears("Thank you.")
    assert line.last.form["Digits"] == "12"


def test_a_bare_finish_key_counts_as_no_input() -> None:
    """Twilio: # before any digit is no input, so the next verb follows."""
    caller, line = dial(f'<Gather action="/next"/>{NOTHING}', **NEXT)
    caller.press("#").hears("I heard nothing.").is_hung_up_on()
    assert line.paths == ["/voice"]


@pytest.mark.parametrize("keys", ["", "a", "1 2", "٣", "²"])
def test_only_the_twelve_keys_can_be_pressed(keys: str) -> None:
    caller, _ = dial("<Gather/>")
    with pytest.raises(PhoneError) as raised:
        caller.press(keys)
    message = f'"{keys}" cannot be pressed: the keys are 0 1 2 3 4 5 6 7 8 9 * #'
    assert str(raised.value) == message
    caller.is_listened_to()


# ── No input ──────────────────────────────────────────────────────────────────


def test_without_input_the_next_verb_follows() -> None:
    """Twilio: no input falls through to the verb after </Gather>; the action is not asked."""
    caller, line = dial(f'<Gather action="/next"/>{NOTHING}<Gather/>', **NEXT)
    caller.waits().hears("I heard nothing.").is_listened_to()
    assert line.paths == ["/voice"]


def test_without_input_and_a_next_verb_the_call_ends() -> None:
    caller, _ = dial('<Gather action="/next"/>', **NEXT)
    assert caller.waits().call.state == Ended("end of document")


def test_an_empty_result_is_asked_for_where_the_line_wants_it() -> None:
    """Twilio: actionOnEmptyResult="true" requests the action without any input."""
    caller, line = dial('<Gather action="/next" actionOnEmptyResult="true"/>', **NEXT)
    caller.waits().hears("Thank you.")
    assert (line.last.form["Digits"], line.last.form["FinishedOnKey"]) == ("", "")


def test_silence_takes_as_long_as_the_timeout() -> None:
    caller, _ = dial('<Gather timeout="20"/>')
    assert caller.call.seconds == 0
    assert caller.waits().call.seconds == 20


# ── Speech ────────────────────────────────────────────────────────────────────


def test_words_come_with_how_sure_the_carrier_is() -> None:
    """Twilio: the action gets SpeechResult and Confidence, 0.0 to 1.0, and no Digits."""
    caller, line = dial('<Gather input="speech" action="/next"/>', **NEXT)
    caller.say("  call \n the police ", 0.25).hears("Thank you.")
    assert line.last.form["SpeechResult"] == "call the police"
    assert line.last.form["Confidence"] == "0.25"
    assert "Digits" not in line.last.form


@pytest.mark.parametrize("act", ["say", "press"])
def test_of_keys_and_speech_the_first_wins(act: str) -> None:
    """Twilio: with input="dtmf speech" the first kind that is detected has precedence."""
    gather = '<Gather input="dtmf speech" action="/next" numDigits="2"/>'
    caller, line = dial(gather, **NEXT)
    if act == "say":
        caller.say("help")
        assert ("SpeechResult" in line.last.form, "Digits" in line.last.form) == (True, False)
    else:
        caller.press("1").say("help")
        assert ("SpeechResult" in line.last.form, line.last.form["Digits"]) == (False, "1")


def test_words_are_silence_where_keys_alone_are_listened_for() -> None:
    """Twilio: input defaults to dtmf."""
    caller, line = dial(f'<Gather action="/next"/>{NOTHING}', **NEXT)
    caller.say("help").hears("I heard nothing.")
    assert caller.call.seconds > 5
    assert line.paths == ["/voice"]


def test_keys_are_silence_where_words_alone_are_listened_for() -> None:
    caller, line = dial(f'<Gather input="speech" timeout="9" action="/next"/>{NOTHING}', **NEXT)
    caller.press("1").hears("I heard nothing.")
    assert caller.call.seconds > 9
    assert line.paths == ["/voice"]


@pytest.mark.parametrize("words", ["", " \n "])
def test_to_say_nothing_is_silence(words: str) -> None:
    caller, line = dial(f'<Gather input="speech" action="/next"/>{NOTHING}', **NEXT)
    caller.say(words).hears("I heard nothing.")
    assert line.paths == ["/voice"]


def test_words_that_cannot_be_sent_are_sent_as_question_marks() -> None:
    caller, line = dial('<Gather input="speech" action="/next"/>', **NEXT)
    caller.say("a\udc80b")
    assert line.last.form["SpeechResult"] == "a?b"


# ── Prompts ───────────────────────────────────────────────────────────────────


def test_keys_stop_what_is_said_inside_and_nothing_before() -> None:
    """Twilio: a key stops the audio nested in Gather; audio before it is not interruptible."""
    caller, _ = dial("<Say>Danger.</Say><Gather><Say>Menu.</Say><Play>/a.wav</Play></Gather>")
    utterances = [(utterance.text, utterance.interruptible) for utterance in caller.call.utterances]
    audio = "[audio https://line.example.org/a.wav]"
    assert utterances == [("Danger.", False), ("Menu.", True), (audio, True)]


def test_a_pause_inside_passes_in_silence() -> None:
    """Twilio: <Pause> lasts one second unless told."""
    caller, _ = dial('<Gather><Pause/><Pause length="4"/></Gather>')
    assert (caller.call.utterances, caller.call.seconds) == ((), 5)
