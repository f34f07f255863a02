"""<Number url>: the person rung hears a document of their own before the caller is put through.

Twilio (voice/twiml/number): it runs on the called side after the answer; where it ends the two are
connected, and <Hangup> drops that call. DialBridged tells whether they were.
"""

import pytest

from ivr.errors import PhoneError
from ivr.phone.call import Ringing
from ivr.phone.scenario.run import act
from ivr.phone.states import Answered
from tests.phone.terminal import Terminal
from tests.phone.tiny import TinyLine, call, dial

WORKER = "+12025550121"
ASKED = f'<Dial action="/next"><Number url="/ask">{WORKER}</Number></Dial>'
LINE = {
    "ask": '<Gather numDigits="1" timeout="5" action="/key"><Say>Press 1.</Say></Gather><Hangup/>',
    "key": "",
    "next": "<Say>You are back.</Say><Gather/>",
}


def test_who_presses_a_key_is_connected_and_the_call_then_ends_as_it_does() -> None:
    caller, line = dial(ASKED, **LINE)
    caller.call.answers("1")
    assert isinstance(caller.call.state, Ringing)
    (pickup,) = [event for event in caller.call.events if isinstance(event, Answered)]
    assert (pickup.number, pickup.words, pickup.keys, pickup.taken) == (
        WORKER,
        "Press 1.",
        "1",
        True,
    )
    caller.ends("completed").hears("You are back.").does_not_hear("Press 1.")
    assert line.last.form["DialBridged"] == "true"


@pytest.mark.parametrize("keys", ["", "12"])
def test_who_is_hung_up_on_was_not_bridged(keys: str) -> None:
    caller, line = dial(ASKED, **LINE | {"key": "<Hangup/>"})
    caller.call.answers(keys)
    caller.hears("You are back.")
    assert line.last.form["DialCallStatus"] == "completed"
    assert line.last.form["DialBridged"] == "false"
    assert line.paths == ["/voice", "/ask", *(["/key"] if keys else []), "/next"]


def test_the_called_side_is_a_call_of_its_own() -> None:
    caller, line = dial(ASKED, **LINE)
    first = line.last.form
    caller.call.answers("1")
    asked = line.last.form
    assert asked["ParentCallSid"] == first["CallSid"] != asked["CallSid"]
    assert (asked["Direction"], asked["To"], asked["Digits"]) == ("outbound-dial", WORKER, "1")
    assert "ParentCallSid" not in first


def test_nobody_can_be_asked_where_the_line_does_not_ask() -> None:
    caller, _ = dial(f"<Dial>{WORKER}</Dial>")
    with pytest.raises(PhoneError, match="asks the called person nothing"):
        caller.call.answers("1")


def test_a_document_that_dials_on_the_called_side_is_refused() -> None:
    caller, _ = dial(ASKED, **LINE | {"ask": "<Dial>+12025550122</Dial>"})
    with pytest.raises(PhoneError, match="12200 a whisper may only say or play something"):
        caller.call.answers()


def test_the_terminal_asks_and_shows_what_the_called_person_heard() -> None:
    shown = " ".join(Terminal("5", "1", "h").holds(call(TinyLine(ASKED, **LINE))).split())
    assert "5 answers and presses 1, 6 answers and presses nothing, 7 voicemail picks up" in shown
    assert "+1 202 555 0121 answered, heard: Press 1. Pressed 1, and is connected" in shown
    shown = " ".join(Terminal("7", "h").holds(call(TinyLine(ASKED, **LINE))).split())
    assert "Pressed nothing, and is hung up on" in shown


def test_a_call_without_hands_takes_and_declines() -> None:
    caller, _ = dial(ASKED, **LINE)
    act(caller.call, "declined")
    caller.hears("You are back.")
    caller, _ = dial(ASKED, **LINE)
    act(caller.call, "taken")
    act(caller.call, "completed")
    caller.hears("You are back.")
