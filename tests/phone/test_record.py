"""<Record>: what ends a recording, and what the line is told of it.

Twilio (voice/twiml/record): ends after 5 seconds of silence, on any key or after an hour; verbs
after it are unreachable, unless the recording is empty: then the next verb follows.
"""

import re

import pytest

from ivr.errors import PhoneError
from ivr.phone.call import Call, Ended, Recording
from tests.phone.tiny import Answer, TinyLine, call, dial

THANKS = {"next": "<Say>Thank you.</Say>"}
RECORD = '<Record action="/next"{}/><Say>I heard nothing.</Say>'


def recording(phone: Call) -> Recording:
    assert isinstance(phone.state, Recording)
    return phone.state


def test_the_defaults_are_5_seconds_any_key_and_an_hour() -> None:
    """Twilio: timeout 5, finishOnKey 1234567890*#, maxLength 3600."""
    verb = recording(dial("<Record/>")[0].call).verb
    assert (verb.timeout, verb.finish_on_key, verb.max_length) == (5, "1234567890*#", 3600)


def test_the_line_is_told_where_the_recording_is_and_how_long() -> None:
    """Twilio: the action gets RecordingUrl, RecordingSid and RecordingDuration."""
    caller, line = dial(RECORD.format(""), **THANKS)
    caller.call.record(12)
    caller.hears("Thank you.").does_not_hear("I heard nothing.")
    form = line.last.form
    assert form["RecordingDuration"] == "12"
    assert re.fullmatch("RE[0-9a-f]{32}", form["RecordingSid"])
    account = f"https://api.twilio.com/2010-04-01/Accounts/{form['AccountSid']}"
    assert form["RecordingUrl"] == f"{account}/Recordings/{form['RecordingSid']}"
    assert "Digits" not in form
    assert caller.call.seconds > 12


@pytest.mark.parametrize("key", "0123456789*#")
def test_any_key_ends_it_and_is_told(key: str) -> None:
    """Twilio: finishOnKey is every key unless told; Digits is the key that was pressed."""
    caller, line = dial(RECORD.format(""), **THANKS)
    caller.call.record(3, key)
    assert line.last.form["Digits"] == key


@pytest.mark.parametrize("key", ["1", "##", "x"])
def test_a_key_that_is_not_among_the_finish_keys_does_not_end_it(key: str) -> None:
    caller, _ = dial(RECORD.format(' finishOnKey="#*"'), **THANKS)
    with pytest.raises(PhoneError) as raised:
        caller.call.record(3, key)
    assert str(raised.value) == f'"{key}" does not end the recording: use one of "#*"'
    recording(caller.call)


def test_it_lasts_no_longer_than_the_line_lets_it() -> None:
    """Twilio: maxLength ends the recording."""
    caller, line = dial(RECORD.format(' maxLength="60"'), **THANKS)
    caller.call.record(600)
    assert line.last.form["RecordingDuration"] == "60"


@pytest.mark.parametrize("act", [Call.silence, lambda phone: phone.record(0, "#")])
def test_after_an_empty_recording_the_next_verb_follows(act) -> None:
    """Twilio: an empty recording is not told to the action; the next verb is done."""
    caller, line = dial(RECORD.format(""), **THANKS)
    act(caller.call)
    caller.hears("I heard nothing.").does_not_hear("Thank you.")
    assert line.paths == ["/voice"]


@pytest.mark.parametrize(("timeout", "seconds"), [("7", 7), ("0", 60)])
def test_silence_ends_it_after_the_timeout(timeout: str, seconds: int) -> None:
    """Twilio: a timeout of 0 is off, so that maxLength alone ends the recording."""
    caller, _ = dial(f'<Record timeout="{timeout}" maxLength="60"/>')
    assert caller.waits().call.seconds == seconds


def test_hanging_up_ends_it_and_is_told_as_hangup() -> None:
    """Twilio: Digits is "hangup" if the caller hung up; the answer can no longer be heard."""
    caller, line = dial(RECORD.format(""), **THANKS)
    caller.call.record(5, "hangup")
    assert caller.call.state == Ended("caller hung up")
    assert (line.last.form["Digits"], line.last.form["CallStatus"]) == ("hangup", "completed")
    caller.does_not_hear("Thank you.")


def test_hanging_up_without_a_word_is_only_that() -> None:
    caller, line = dial(RECORD.format(""), **THANKS)
    caller.call.record(0, "hangup")
    assert caller.call.state == Ended("caller hung up")
    assert line.paths == ["/voice"]


def test_a_line_that_fails_after_the_caller_has_gone_is_told_to_whoever_tests_it() -> None:
    caller, _ = dial('<Record action="/broken"/>', broken=Answer(500, "text/xml", b""))
    with pytest.raises(PhoneError, match="11200 the end of the call was answered with 500"):
        caller.call.record(5, "hangup")
    assert caller.call.state == Ended("caller hung up")


def test_keys_alone_are_no_recording() -> None:
    caller, _ = dial("<Record/>")
    message = "you cannot press # now: the line is recording: say how long, or stay silent"
    with pytest.raises(PhoneError, match=message):
        caller.press("#")


# ── The call as a whole ───────────────────────────────────────────────────────


def test_before_it_is_dialled_a_call_has_no_state() -> None:
    with pytest.raises(PhoneError, match="the call has not been dialled yet"):
        _ = call(TinyLine("")).state


def test_a_call_is_dialled_once() -> None:
    caller, line = dial("<Gather/>")
    with pytest.raises(PhoneError, match="the call has been dialled already"):
        caller.dial()
    assert len(line.asked) == 1


def test_after_the_end_nothing_can_be_done_and_hanging_up_changes_nothing() -> None:
    caller, _ = dial("<Hangup/>")
    with pytest.raises(PhoneError, match=r"you cannot press 1 now: the call has ended \(hangup\)"):
        caller.press("1")
    caller.call.hang_up()
    assert (caller.call.state, caller.call.events) == (Ended("hangup"), ())


@pytest.mark.parametrize(
    ("status", "taken"), [(200, True), (204, True), (300, False), (500, False)]
)
def test_a_status_callback_wants_no_twiml(status: int, taken: bool) -> None:
    """Twilio: a statusCallback gets CallStatus completed and CallDuration; 204 is good."""
    caller, line = dial('<Pause length="9"/><Hangup/>', ended=Answer(status, "text/plain", b""))
    if taken:
        caller.call.status_callback("/ended")
    else:
        with pytest.raises(PhoneError, match=f"11200 .* answered with {status}"):
            caller.call.status_callback("/ended")
    assert (line.last.form["CallStatus"], line.last.form["CallDuration"]) == ("completed", "9")


def test_a_status_callback_comes_when_the_call_is_over() -> None:
    caller, _ = dial("<Gather/>")
    with pytest.raises(PhoneError, match="you cannot report that the call is over now"):
        caller.call.status_callback("/ended")
