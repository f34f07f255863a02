"""Conversations are played on a call; the first thing that is off is told with file and line."""

from pathlib import Path

import pytest

from ivr.errors import PhoneError
from ivr.phone.call import Ended, Listening
from ivr.phone.normalize import has_number, plain
from ivr.phone.scenario.load import read
from ivr.phone.scenario.play import Mismatch, play
from tests.phone.tiny import Answer, TinyLine, call

HOTLINE, OFFICE = "+18883737888", "+12025550199"
LINE = {
    "voice": '<Say>In danger, dial 9 1 1.</Say><Gather numDigits="1" action="/chosen"'
    ' input="dtmf speech"><Say>To speak, press 1.</Say></Gather><Redirect>/voice</Redirect>',
    "chosen": f'<Dial action="/ended">{HOTLINE}</Dial>',
    "ended": '<Say>¿Quién está? It\'s busy.</Say><Record action="/bye"/><Say>Nobody.</Say>',
    "bye": "<Say>Goodbye.</Say><Hangup/>",
}
BOTH = {**LINE, "chosen": f"<Dial><Number>{HOTLINE}</Number><Number>{OFFICE}</Number></Dial>"}


def played(tmp_path: Path, steps: str, **documents: str | Answer) -> TinyLine:
    """Play steps, one a line, on a line."""
    path = tmp_path / "call.yaml"
    listed = "".join(f"  - {step.strip()}\n" for step in steps.strip().splitlines())
    path.write_text(f"about: x\ncall:\n{listed}")
    line = TinyLine(**(documents or LINE))
    play(read(path), call(line))
    return line


def mismatch(tmp_path: Path, steps: str, **documents: str | Answer) -> str:
    """Return what is off, without the folder."""
    with pytest.raises(Mismatch) as raised:
        played(tmp_path, steps, **documents)
    return str(raised.value).replace(f"{tmp_path}/", "")


def test_a_call_goes_as_written(tmp_path: Path) -> None:
    line = played(
        tmp_path,
        f"""
        hears: [in danger, dial 9 1 1, to speak]
        hears_not: goodbye
        silence: 2
        hears: in danger
        say: a person
        rings: "{HOTLINE}"
        ends: no-answer
        hears: [quien esta, "IT'S  BUSY!"]
        record: "4 #"
        hears: goodbye
        hung_up: true
        """,
    )
    assert line.paths == ["/voice", "/voice", "/voice", "/chosen", "/ended", "/bye"]


def test_other_ways_through_it(tmp_path: Path) -> None:
    played(tmp_path, 'press: "1"\nends: completed\nsilence: 1\nhears: Nobody.\nhung_up: true')
    played(tmp_path, 'press: "1"\nends: absent\nrecord: 3 hangup')
    played(tmp_path, "hangs_up: true\nhears_not: goodbye")
    played(tmp_path, f"press: '1'\nrings: ['{HOTLINE}', '{OFFICE}']", **BOTH)


def test_a_call_that_still_goes_on_is_left_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "call.yaml"
    path.write_text("about: x\ncall: [hears: in danger]\n")
    phone = call(TinyLine(**LINE))
    play(read(path), phone)
    assert isinstance(phone.state, Listening)


LISTENING = "the line is listening"
RINGING = f"it is ringing {HOTLINE}: say how that call ends first"
GONE = "the call has ended (caller hung up)"
SILENCE = "heard: nothing"
TRANSCRIPT = "heard: In danger, dial 9 1 1. | To speak, press 1."


OFF = {
    "hears: [in danger, goodbye, '4']": f'3: hears: "goodbye", "4" was not heard; {TRANSCRIPT}',
    "hears_not: [x, TO SPEAK]": f'3: hears_not: "TO SPEAK" was heard; {TRANSCRIPT}',
    f"rings: '{HOTLINE}'": f"3: rings: {HOTLINE} is not rung, {LISTENING}; {TRANSCRIPT}",
    f"press: '1'\nrings: ['{OFFICE}']": f"4: rings: {OFFICE} is not rung, {RINGING}; {SILENCE}",
    "hung_up: true": f"3: hung_up: the line has not hung up, {LISTENING}; {TRANSCRIPT}",
    "hangs_up: true\nhung_up: true": f"4: hung_up: the line has not hung up, {GONE}; {SILENCE}",
    "ends: busy": f"3: ends: you cannot end a dialled call now: {LISTENING}; {TRANSCRIPT}",
    "record: 3": f"3: record: you cannot leave a recording now: {LISTENING}; {TRANSCRIPT}",
}


@pytest.mark.parametrize("steps", OFF)
def test_the_first_thing_that_is_off_is_told(tmp_path: Path, steps: str) -> None:
    assert mismatch(tmp_path, steps) == f"call.yaml:{OFF[steps]}"


def test_what_the_carrier_refuses_is_off_too(tmp_path: Path) -> None:
    message = "call.yaml:1: dial: 11200 the line answered with HTTP status 500; heard: nothing"
    broken = Answer(500, "text/xml", b"")
    assert mismatch(tmp_path, "hears: hello", voice=broken) == message
    message = "call.yaml:3: press: 12200 <Response> cannot hold <Sing>; heard: nothing"
    assert mismatch(tmp_path, "press: '1'", **{**LINE, "chosen": "<Sing/>"}) == message


def test_a_mismatch_is_a_failed_test_and_an_expected_error() -> None:
    assert issubclass(Mismatch, AssertionError)
    assert issubclass(Mismatch, PhoneError)


def test_a_call_is_played_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "call.yaml"
    path.write_text("about: x\ncall: [hears: in danger]\n")
    phone = call(TinyLine("<Hangup/>"))
    phone.dial()
    with pytest.raises(Mismatch, match="dial: the call has been dialled already"):
        play(read(path), phone)
    assert phone.state == Ended("hangup")


# ── What counts as hearing something ──────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Hang up, and dial 9-1-1!", "hang up and dial 9 1 1"),
        ("¿Está Ud. en peligro?", "esta ud en peligro"),
        ("Don't; don\u2019t.", "dont dont"),
        ("STRASSE straße", "strasse strasse"),
        ("1 … 8 8 8", "1 8 8 8"),
        ("…", ""),
    ],
)
def test_words_are_compared_as_an_ear_does(text: str, same: str) -> None:
    assert plain(text) == same


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("The number is 1 … 8 8 8 … 3 7 3 … 7 8 8 8.", True),
        ("2 0 2 5 5 5 0 1 9 9", True),
        ("Dial 9 1 1.", False),
        ("1 8 8 8 3 7 3 7 8", False),
        ("18883737888", False),
        ("1 8 8 8 3 7 3 or 7 8 8 8", False),
        ("12 0 2 5 5 5 0 1 9 9", False),
    ],
)
def test_a_whole_number_is_ten_digits_each_on_its_own(text: str, has: bool) -> None:
    assert has_number(text) is has
