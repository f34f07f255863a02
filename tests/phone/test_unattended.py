"""A call without hands: a few acts, then silence, and whether the caller is left alone."""

import pytest

from ivr.errors import PhoneError
from ivr.phone.call import OUTCOMES, Ended, Listening, Ringing
from ivr.phone.scenario.run import Outcome, act, unattended
from ivr.phone.states import Dialled, Pressed, Said, Silent
from tests.phone.tiny import URL, Answer, TinyLine, call, dial

HOTLINE = "+18883737888"
DIAL = f'<Dial action="/voice">{HOTLINE}</Dial>'
NUMBER = "<Say>The number is 1, 8 8 8, 3 7 3, 7 8 8 8. Goodbye.</Say>"
MENU = '<Gather input="dtmf speech" numDigits="1" action="/chosen"/>'


def outcome(*tokens: str, voice: str, **documents: str | Answer) -> Outcome:
    return unattended(call(TinyLine(voice, **documents)), tokens)


def test_a_caller_for_whom_somebody_is_rung_is_safe() -> None:
    ringing = Outcome(True, f"{HOTLINE} is ringing")
    assert outcome(voice=DIAL) == ringing
    assert outcome("1", voice=MENU, chosen=DIAL) == ringing
    assert outcome(voice=f"{MENU * 3}{DIAL}") == ringing
    both = f"<Dial><Number>{HOTLINE}</Number><Number>911</Number></Dial>"
    assert outcome("-", voice=MENU + both) == Outcome(True, f"{HOTLINE}, 911 is ringing")


def test_a_caller_who_heard_a_whole_number_is_safe() -> None:
    safe = Outcome(True, "the call ended, and a whole number was heard")
    assert outcome(voice=NUMBER) == safe
    assert outcome("1", "busy", voice=NUMBER + MENU, chosen="<Dial>911</Dial>") == safe


def test_a_caller_who_heard_none_is_not() -> None:
    alone = Outcome(False, "the call ended, and no number of 10 digits was heard")
    assert outcome(voice="<Say>Goodbye.</Say><Hangup/>") == alone
    assert outcome(voice="<Say>18883737888, or 9 1 1.</Say>") == alone


def test_that_somebody_was_rung_before_the_last_act_is_not_enough() -> None:
    reason = "the call ended, and no number of 10 digits was heard"
    assert outcome("busy", voice=f"<Dial>{HOTLINE}</Dial>") == Outcome(False, reason)


def test_a_call_that_ends_too_early_tells_before_what() -> None:
    reason = "the call ended, before 2, and no number of 10 digits was heard"
    assert outcome("1", "2", voice=MENU, chosen="<Hangup/>") == Outcome(False, reason)
    reason = "the call ended, before -, and a whole number was heard"
    assert outcome("-", voice=NUMBER) == Outcome(True, reason)


def test_a_line_that_never_does_anything_is_given_up_after_60_silences() -> None:
    tiny = TinyLine('<Gather action="/voice" actionOnEmptyResult="true"/>')
    reason = "after 60 turns of silence the line still goes on"
    assert unattended(call(tiny), []) == Outcome(False, reason)
    assert len(tiny.asked) == 61


def test_silence_is_kept_in_a_recording_too() -> None:
    assert outcome(voice=f"<Record/>{DIAL}").safe


@pytest.mark.parametrize(
    ("voice", "reason"),
    [
        (Answer(403, "text/html", b""), "11200 the line answered with HTTP status 403"),
        ("<Sing/>", "12200 <Response> cannot hold <Sing>"),
        (f"{MENU}<Redirect>/gone</Redirect>", "11200 the line answered with HTTP status 404"),
        (
            "<Redirect>/voice</Redirect>",
            f"the line loops without listening: 100 documents in a row, the last at {URL}",
        ),
    ],
    ids=["no signature", "no verb", "later", "loop"],
)
def test_a_mistake_of_the_line_leaves_the_caller_alone(voice: str | Answer, reason: str) -> None:
    assert outcome(voice=voice) == Outcome(False, reason)


# ── Acts ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("token", "done"),
    [
        ("1", Pressed("1")),
        ("12#", Pressed("12#")),
        ("*", Pressed("*")),
        ("-", Silent()),
        ("say:nine one one", Said("nine one one", 0.9)),
        ("say:a:b", Said("a:b", 0.9)),
    ],
)
def test_a_token_is_done(token: str, done: object) -> None:
    caller, _ = dial('<Gather input="dtmf speech" action="/voice" actionOnEmptyResult="true"/>')
    act(caller.call, token)
    assert caller.call.events == (done,)
    assert isinstance(caller.call.state, Listening)


@pytest.mark.parametrize("status", OUTCOMES)
def test_a_token_may_be_how_a_dialled_call_ends(status: str) -> None:
    caller, _ = dial(DIAL)
    act(caller.call, status)
    assert Dialled((HOTLINE,), "", status, 0) in caller.call.events
    assert isinstance(caller.call.state, Ringing)


@pytest.mark.parametrize(
    "token", ["", "x", "1 2", "say:", "say: ", "--", "answered", "1,2", "\u0661"]
)
def test_a_token_that_nobody_can_do_is_told_before_the_call_is_dialled(token: str) -> None:
    tiny = TinyLine(MENU)
    with pytest.raises(PhoneError) as raised:
        unattended(call(tiny), ["1", token])
    assert str(raised.value) == (
        f'"{token}" is not an act: use keys (0-9 * #), - for silence, say:words,'
        " record:seconds:key, or how a dialled call ends"
        " (completed, busy, no-answer, failed, canceled, absent)"
    )
    assert tiny.asked == []


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("busy", "you cannot end a dialled call now: the line is listening"),
        ("1", "you cannot press 1 now: it is ringing"),
    ],
)
def test_an_act_at_the_wrong_time_is_told(token: str, message: str) -> None:
    phone = call(TinyLine(MENU if token == "busy" else DIAL))
    with pytest.raises(PhoneError, match=message):
        unattended(phone, [token])
    assert phone.state != Ended("refused")
