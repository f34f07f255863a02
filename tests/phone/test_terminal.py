"""The telephone in a terminal: a scripted reader, and a console that records what is shown."""

from collections.abc import Callable

import pytest

from ivr.errors import PhoneError
from ivr.phone.call import Ended
from ivr.phone.parties import spaced
from ivr.phone.terminal import HELP, clock, converse
from tests.phone.terminal import Terminal
from tests.phone.tiny import Answer, TinyLine, call

HOTLINE = "+18883737888"
MENU = '<Gather numDigits="1" action="/next"><Say>Press a key.</Say></Gather><Say>Nothing.</Say>'
NEXT = "<Say>Thank you.</Say>"
DIAL = f'<Dial action="/next">{HOTLINE}</Dial>'


def screen(voice: str, *lines: str, **documents: str | Answer) -> tuple[str, TinyLine]:
    """Return what somebody sees who dials a line and enters some lines."""
    line = TinyLine(voice, **documents)
    return Terminal(*lines).holds(call(line)), line


def test_a_whole_call_is_shown_word_for_word() -> None:
    warning = '<Say loop="1">In danger, hang up and dial 9 1 1.</Say>'
    menu = '<Gather numDigits="1" action="/next"><Say language="es-MX">Oprima 1.</Say></Gather>'
    shown, _ = screen(warning + menu, "1", next="<Say>Gracias.</Say>")
    expected = """\
 0:00  en-US, must be heard
       In danger, hang up and dial 9 1 1.
 0:04  es-MX, keys work meanwhile
       Oprima 1.
Listening for keys for 5 s
    >  pressed 1
 0:05  en-US, must be heard
       Gracias.
The call is over after about 0:06: the document ended."""
    assert shown == expected


def test_what_is_slow_is_marked() -> None:
    slow = '<Say voice="Polly.Joanna"><prosody rate="slow">One.</prosody></Say>'
    assert "en-US, must be heard, slow\n       One." in screen(slow)[0]


def test_it_fits_into_80_columns() -> None:
    shown, _ = screen(f"<Say>{'many words ' * 40}</Say>{MENU}", "?", "say hello", next=DIAL)
    assert max(map(len, shown.splitlines())) <= 80


# ── Listening ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("entered", "done"),
    [("1", "pressed 1"), (" 1 ", "pressed 1"), ("123", "pressed 123"), ("*", "pressed *")],
)
def test_keys_are_pressed(entered: str, done: str) -> None:
    shown, line = screen(MENU, entered, next=NEXT)
    assert f"    >  {done}\n" in shown
    assert "Thank you." in shown
    assert line.last.form["Digits"] == entered.strip()[0]


def test_words_are_said() -> None:
    gather = '<Gather input="speech" timeout="8" hints="a, b, c, d, e, f, g" action="/next"/>'
    shown, line = screen(gather, "say  I need help", next=NEXT)
    assert "Listening for words for 8 s\nIt understands words such as: a, b, c, d, e, f\n" in shown
    assert "    >  said: I need help\n" in shown
    assert line.last.form["SpeechResult"] == "I need help"


def test_both_kinds_are_offered_where_both_are_listened_for() -> None:
    assert "Listening for keys or words for 5 s" in screen('<Gather input="dtmf speech"/>')[0]


def test_enter_alone_is_silence() -> None:
    shown, line = screen(MENU, "")
    assert "    >  silence\n" in shown
    assert "Nothing." in shown
    assert line.paths == ["/voice"]


def test_keys_so_far_are_shown() -> None:
    shown, line = screen('<Gather action="/next"/>', "1", "2", "#", next=NEXT)
    assert "Listening for keys for 5 s; so far 1\n" in shown
    assert "; so far 12\n" in shown
    assert line.last.form["Digits"] == "12"


@pytest.mark.parametrize("entered", ["hello", "1 2", "say"])
def test_what_is_no_key_is_told_and_changes_nothing(entered: str) -> None:
    shown, line = screen(MENU, entered, "1", next=NEXT)
    assert f'"{entered}" cannot be pressed: the keys are 0 1 2 3 4 5 6 7 8 9 * #; ? helps' in shown
    assert "Thank you." in shown
    assert [asked.path for asked in line.asked] == ["/voice", "/next"]


def test_a_question_mark_helps() -> None:
    shown, line = screen(MENU, "?", "h")
    assert HELP in shown
    assert line.paths == ["/voice"]


@pytest.mark.parametrize("lines", [["h"], ["Ctrl-C"], []], ids=["h", "Ctrl-C", "Ctrl-D"])
@pytest.mark.parametrize("voice", [MENU, DIAL, "<Record/>"], ids=["menu", "dial", "record"])
def test_h_and_the_end_of_input_hang_up(lines: list[str], voice: str) -> None:
    phone = call(TinyLine(voice))
    shown = Terminal(*lines).holds(phone)
    assert phone.state == Ended("caller hung up")
    assert shown.endswith("    >  hung up\n" + shown.splitlines()[-1])
    assert "The call is over after about 0:0" in shown
    assert shown.endswith(": caller hung up.")


# ── Ringing ───────────────────────────────────────────────────────────────────


def test_who_would_be_rung_is_shown_and_that_nobody_is() -> None:
    dialling = (
        f'<Dial callerId="+12025550100"><Number>{HOTLINE}</Number><Number>911</Number></Dial>'
    )
    shown, _ = screen(dialling, "")
    sentence = "Ringing +1 888 373 7888, 911 (nobody is really called), showing +1 202 555 0100"
    assert sentence in " ".join(shown.split())
    assert ", showing" not in screen(DIAL, "h")[0]
    assert (
        "How does that call end? 1 completed, 2 busy, 3 no answer, 4 failed;"
        " Enter = completed, h = hang up"
    ) in " ".join(shown.split())


@pytest.mark.parametrize(
    ("entered", "status"),
    [
        ("", "completed"),
        ("1", "completed"),
        ("2", "busy"),
        ("3", "no-answer"),
        ("4", "failed"),
        ("canceled", "canceled"),
    ],
)
def test_how_a_dialled_call_ends_is_asked(entered: str, status: str) -> None:
    shown, line = screen(DIAL, entered, next=NEXT)
    assert f"    >  that call ended: {status}\n" in shown
    assert line.last.form["DialCallStatus"] == status


@pytest.mark.parametrize("entered", ["5", "*", "say hello"])
def test_an_end_that_is_none_is_told_and_asked_again(entered: str) -> None:
    shown, line = screen(DIAL, entered, "2", next=NEXT)
    message = f'a call cannot end as "{entered}": choose one of completed, busy, no-answer, failed,'
    assert message in " ".join(shown.split())
    assert line.last.form["DialCallStatus"] == "busy"


def test_star_hangs_up_on_whom_the_line_connected_where_it_says_so() -> None:
    """Twilio: hangupOnStar lets the caller end the dialled call with *."""
    _, line = screen(DIAL.replace("<Dial", '<Dial hangupOnStar="true"'), "*", next=NEXT)
    assert line.last.form["DialCallStatus"] == "completed"


# ── Recording ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("entered", "done"),
    [("12 #", "spoke for 12 s, then #"), ("3", "spoke for 3 s, then silence"), ("", "silence")],
)
def test_a_recording_is_seconds_and_the_key_that_ends_it(entered: str, done: str) -> None:
    shown, _ = screen('<Record action="/next"/>', entered, next=NEXT)
    assert "Recording: how many seconds do you speak, and which key ends it? As 12 #" in shown
    assert f"    >  {done}\n" in shown


@pytest.mark.parametrize("entered", ["long", "-1 #", "999999"])
def test_seconds_that_are_none_are_told(entered: str) -> None:
    shown, line = screen('<Record action="/next"/>', entered, "2", next=NEXT)
    assert f'"{entered.split(maxsplit=1)[0]}" is not a number of seconds; ? helps' in shown
    assert line.last.form["RecordingDuration"] == "2"


# ── The end ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("voice", "reason"),
    [
        ("<Hangup/>", "the line hung up"),
        ("<Say>Hi.</Say>", "the document ended"),
        ("<Reject/>", "rejected"),
    ],
)
def test_the_last_line_says_why_the_call_is_over(voice: str, reason: str) -> None:
    assert screen(voice)[0].endswith(f"The call is over after about 0:00: {reason}.")


@pytest.mark.parametrize("where", ["voice", "next"])
def test_an_answer_that_cannot_be_used_ends_the_call_after_what_was_heard(where: str) -> None:
    line = TinyLine(
        **{"voice": MENU, "next": NEXT, where: "<Say>A.</Say><Redirect>/gone</Redirect>"}
    )
    terminal = Terminal("1")
    with pytest.raises(PhoneError, match="11200 the line answered with HTTP status 404"):
        terminal.holds(call(line))
    assert "       A.\n" in terminal.shown
    assert terminal.shown.endswith(": refused.")


def test_a_terminal_that_fails_leaves_the_call() -> None:
    def read(_: str) -> str:
        raise OSError("the terminal is gone")

    terminal = Terminal()
    with pytest.raises(OSError, match="the terminal is gone"):
        converse(call(TinyLine(MENU)), read, terminal.console)
    assert terminal.shown.endswith(": the phone was put down.")


@pytest.mark.parametrize(
    ("show", "value", "shown"),
    [
        (clock, 0, "0:00"),
        (clock, 59.6, "1:00"),
        (clock, 754, "12:34"),
        (spaced, HOTLINE, "+1 888 373 7888"),
        (spaced, "911", "911"),
        (spaced, "+442079460000", "+442079460000"),
        (spaced, "sip:a@b.example", "sip:a@b.example"),
    ],
)
def test_times_and_numbers_are_shown_as_people_write_them(
    show: Callable[..., str], value: float | str, shown: str
) -> None:
    assert show(value) == shown
