"""<Dial>: who is rung, how that call ends, and what follows.

Twilio (voice/twiml/dial): with an action its answer takes over when the dialled call ends; without
one the next verb follows, or the call ends.
"""

import re

import pytest

from ivr.errors import PhoneError
from ivr.phone.call import OUTCOMES, Ended, Ringing
from ivr.phone.states import Dialled, Rang
from tests.caller import Caller
from tests.phone.tiny import dial, refusal

HOTLINE, OFFICE = "+18883737888", "+12025550199"
BACK = {"next": "<Say>You are back.</Say><Gather/>"}


def ringing(caller: Caller) -> Ringing:
    assert isinstance(caller.call.state, Ringing)
    return caller.call.state


def test_the_defaults_are_30_seconds_and_the_callers_own_number() -> None:
    """Twilio: timeout 30, callerId the caller's own, hangupOnStar false."""
    rung = ringing(dial(f"<Dial>{HOTLINE}</Dial>")[0]).dial
    assert (rung.numbers, rung.caller_id, rung.timeout) == ((HOTLINE,), "", 30)


def test_what_is_told_stands_in_place_of_the_defaults() -> None:
    dialling = f'<Dial timeout="15" callerId="+12025550100"><Number>{HOTLINE}</Number></Dial>'
    caller, _ = dial(dialling)
    rung = ringing(caller).dial
    assert (rung.numbers, rung.caller_id, rung.timeout) == ((HOTLINE,), "+12025550100", 15)
    assert caller.call.events == (Rang((HOTLINE,), "+12025550100"),)
    assert caller.call.dialled == (HOTLINE,)


def test_several_numbers_ring_at_once() -> None:
    """Twilio: up to ten <Number>s ring simultaneously; <Sip> is a URI."""
    numbers = [f"+120255501{n:02}" for n in range(9)]
    inner = "".join(f"<Number>{n}</Number>" for n in numbers) + "<Sip> sip:help@pbx.example </Sip>"
    caller, _ = dial(f"<Dial>{inner}</Dial>")
    assert ringing(caller).numbers == (*numbers, "sip:help@pbx.example")


@pytest.mark.parametrize("count", [0, 11])
def test_no_number_and_more_than_ten_are_refused(count: int) -> None:
    message = f"12200 <Dial> names {count} numbers: name 1 to 10"
    assert refusal(f"<Dial>{f'<Number>{OFFICE}</Number>' * count}</Dial>") == message


def test_a_number_as_text_beside_others_is_refused() -> None:
    message = "12200 <Dial> holds a number as text beside others: write all in <Number>"
    assert refusal(f"<Dial><Number>{OFFICE}</Number>{HOTLINE}</Dial>") == message


@pytest.mark.parametrize("number", ["+12025550199", "911", "(202) 555-0199", "202.555.0199"])
def test_a_number_is_e164_or_a_bare_american_one(number: str) -> None:
    """Twilio: E.164 is preferred, bare US formats are accepted."""
    assert ringing(dial(f"<Dial>\n  {number}\n</Dial>")[0]).numbers == (number,)


@pytest.mark.parametrize(
    "number", ["the hotline", "12", "+1 888 FREE-ME", "١٢٣", "sip:a@b.example"]
)
def test_a_number_that_is_none_is_refused(number: str) -> None:
    """Twilio 13223: invalid phone number format."""
    message = f'13223 <Dial> holds "{number}": it must be a phone number, best as +12025550100'
    assert refusal(f"<Dial>{number}</Dial>") == message
    assert refusal(f"<Dial><Number>{number}</Number></Dial>") == message


def test_an_empty_number_and_a_sip_address_that_is_none_are_refused() -> None:
    assert refusal("<Dial><Number/></Dial>").startswith('13223 <Dial> holds ""')
    message = f'13223 <Dial> holds "{HOTLINE}": it must be a SIP URI, as sip:help@example.org'
    assert refusal(f"<Dial><Sip>{HOTLINE}</Sip></Dial>") == message


# ── How it ends ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [status for status in OUTCOMES if status != "absent"])
def test_the_action_hears_how_the_call_ended(status: str) -> None:
    """Twilio: DialCallStatus is completed, busy, no-answer, failed or canceled."""
    caller, line = dial(f'<Dial action="/next">{HOTLINE}</Dial><Say>Unreachable.</Say>', **BACK)
    caller.call.ends(status, 40)
    caller.hears("You are back.").does_not_hear("Unreachable.").is_listened_to()
    form = line.last.form
    assert (form["DialCallStatus"], form["DialCallDuration"]) == (status, "40")
    assert re.fullmatch("CA[0-9a-f]{32}", form["DialCallSid"])
    assert form["DialBridged"] == ("true" if status == "completed" else "false")


def test_the_action_may_come_without_a_status() -> None:
    """Not every carrier that speaks TwiML sends DialCallStatus: "absent" leaves it out."""
    caller, line = dial(f'<Dial action="/next">{HOTLINE}</Dial>', **BACK)
    caller.ends("absent").hears("You are back.")
    assert "DialCallStatus" not in line.last.form
    assert line.last.form["DialCallDuration"] == "0"


@pytest.mark.parametrize("status", OUTCOMES)
def test_without_an_action_the_next_verb_follows(status: str) -> None:
    caller, line = dial(f"<Dial>{HOTLINE}</Dial><Say>They have gone.</Say><Gather/>")
    caller.ends(status).hears("They have gone.").is_listened_to()
    assert line.paths == ["/voice"]


def test_without_an_action_and_a_next_verb_the_call_ends() -> None:
    caller, _ = dial(f"<Dial>{HOTLINE}</Dial>")
    assert caller.ends("completed").call.state == Ended("end of document")


def test_a_call_cannot_end_in_a_way_that_the_carrier_does_not_know() -> None:
    caller, _ = dial(f"<Dial>{HOTLINE}</Dial>")
    with pytest.raises(PhoneError) as raised:
        caller.ends("answered")
    assert str(raised.value) == (
        'a call cannot end as "answered": choose one of completed, busy, no-answer, failed,'
        " canceled, absent"
    )
    caller.is_connected_to(HOTLINE)


@pytest.mark.parametrize(("status", "seconds"), [("no-answer", 20), ("completed", 90), ("busy", 0)])
def test_nobody_answers_for_as_long_as_the_timeout(status: str, seconds: int) -> None:
    """Twilio: no-answer comes when the timeout has passed."""
    caller, _ = dial(f'<Dial timeout="20">{HOTLINE}</Dial>')
    caller.call.ends(status, 90 if status == "completed" else 0)
    assert caller.call.seconds == seconds


# ── While it rings ────────────────────────────────────────────────────────────


def test_star_ends_the_dialled_call_where_the_line_says_so() -> None:
    """Twilio: with hangupOnStar the caller's * drops whom they were connected to: completed."""
    caller, line = dial(f'<Dial hangupOnStar="true" action="/next">{HOTLINE}</Dial>', **BACK)
    caller.press("*").hears("You are back.").is_listened_to()
    assert line.last.form["DialCallStatus"] == "completed"
    assert Dialled((HOTLINE,), "", "completed", 0) in caller.call.events


@pytest.mark.parametrize("attribute", ["", 'hangupOnStar="false"'])
def test_star_does_nothing_otherwise(attribute: str) -> None:
    """Twilio: hangupOnStar defaults to false."""
    caller, _ = dial(f"<Dial {attribute}>{HOTLINE}</Dial>")
    message = r"you cannot press \* now: it is ringing \+18883737888: say how that call ends first"
    with pytest.raises(PhoneError, match=message):
        caller.press("*")
    caller.is_connected_to(HOTLINE)


def test_another_key_never_ends_it() -> None:
    caller, _ = dial(f'<Dial hangupOnStar="true">{HOTLINE}</Dial>')
    with pytest.raises(PhoneError, match="you cannot press 1 now"):
        caller.press("1")
    caller.is_connected_to(HOTLINE)


@pytest.mark.parametrize(
    ("act", "action"),
    [
        (lambda call: call.say("hello"), "say anything"),
        (lambda call: call.silence(), "stay silent"),
        (lambda call: call.record(3), "leave a recording"),
    ],
)
def test_nothing_else_can_be_done_meanwhile(act, action: str) -> None:
    caller, _ = dial(f"<Dial>{HOTLINE}</Dial>")
    with pytest.raises(PhoneError, match=f"you cannot {action} now: it is ringing"):
        act(caller.call)


def test_a_caller_who_hangs_up_ends_it_all() -> None:
    """Twilio: when the caller hangs up, the session is over; later verbs do not run."""
    caller, line = dial(f'<Dial action="/next">{HOTLINE}</Dial>', **BACK)
    caller.call.hang_up()
    assert caller.call.state == Ended("caller hung up")
    assert line.paths == ["/voice"]


def test_nobody_can_be_hung_up_on_who_was_not_called() -> None:
    caller, _ = dial("<Gather/>")
    with pytest.raises(
        PhoneError, match="you cannot end a dialled call now: the line is listening"
    ):
        caller.ends("busy")
