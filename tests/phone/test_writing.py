"""A call that was made is written as a conversation, which reads and plays back as it was made."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.errors import PhoneError
from ivr.phone.call import OUTCOMES, Call, Ended, Listening, Recording, Ringing
from ivr.phone.scenario.load import read
from ivr.phone.scenario.play import play
from ivr.phone.scenario.save import write
from ivr.phone.transport import Answer
from tests.phone.tiny import TinyLine, call, dial

HOTLINE = "+18883737888"


def saved(phone: Call) -> list[dict[str, object]]:
    """Return the steps that are written of a call."""
    return yaml.safe_load(write(phone, "x"))["call"]


def test_a_call_is_written_with_all_that_was_done_and_who_was_rung() -> None:
    caller, _ = dial(
        '<Gather input="dtmf speech" action="/dial"><Say>Hello.</Say></Gather>'
        "<Redirect>/voice</Redirect>",
        dial=f'<Dial action="/back">{HOTLINE}</Dial>',
        back='<Say>Leave a message.</Say><Record action="/voice" finishOnKey="#"/>',
    )
    caller.waits().press("1#").ends("busy")
    caller.call.record(4, "#")
    caller.say("a person").ends("completed").waits()
    assert saved(caller.call) == [
        {"hears": "Hello."},
        {"silence": 1},
        {"hears": "Hello."},
        {"press": "1#"},
        {"rings": HOTLINE},
        {"ends": "busy"},
        {"hears": "Leave a message."},
        {"record": "4 #"},
        {"hears": "Hello."},
        {"say": "a person"},
        {"rings": HOTLINE},
        {"ends": "completed"},
        {"hears": "Leave a message."},
        {"silence": 1},
        {"hung_up": True},
    ]


def test_it_tells_what_it_shows_first() -> None:
    caller, _ = dial("<Say>¡Hola!</Say>")
    assert (
        write(caller.call, "Año 1: a call")
        == """\
about: 'Año 1: a call'
call:
- hears: ¡Hola!
- hung_up: true
"""
    )


@pytest.mark.parametrize(
    ("verbs", "hears"),
    [
        ("<Say>One two.</Say>", "One two."),
        ("<Say>1 2 3 4 5 6 7 8</Say>", "1 2 3 4 5 6 7 8"),
        ("<Say>1 2 3 4 5 6 7 8 9</Say>", ["1 2 3 4 5 6 7 8", "2 3 4 5 6 7 8 9"]),
        ("<Say>One.</Say><Say>Two.</Say><Say>Three.</Say>", ["One.", "Three."]),
        ("<Say>One.</Say><Say>One.</Say>", "One."),
        ("<Play>/a.wav</Play><Say>One.</Say><Play digits='1'/>", "One."),
    ],
)
def test_of_a_turn_its_first_and_last_words_are_expected(verbs: str, hears: object) -> None:
    """A phrase outlives a change elsewhere in the turn; a file's address is not expected."""
    assert saved(dial(verbs)[0].call)[0] == {"hears": hears}


@pytest.mark.parametrize("verbs", ["<Play>/a.wav</Play>", "<Say>¿?</Say>", ""])
def test_where_no_words_are_heard_none_are_expected(verbs: str) -> None:
    assert saved(dial(verbs)[0].call) == [{"hung_up": True}]


def test_several_who_are_rung_are_a_list() -> None:
    numbers = ["(202) 555-0198", "sip:help@pbx.example"]
    ringing = f"<Dial><Number>{numbers[0]}</Number><Sip>{numbers[1]}</Sip></Dial>"
    assert saved(dial(ringing)[0].call) == [{"rings": numbers}]


@pytest.mark.parametrize("act", [Call.hang_up, lambda phone: phone.record(3, "hangup")])
def test_who_hung_up_is_told_apart(act: Callable[[Call], None]) -> None:
    caller, _ = dial('<Record action="/next"/>', next="")
    act(caller.call)
    assert {"hung_up": True} not in saved(caller.call)
    assert saved(caller.call) in ([{"hangs_up": True}], [{"record": "3 hangup"}])


def test_a_call_that_the_lines_mistake_ended_is_not_written() -> None:
    phone = call(TinyLine(Answer(500, "text/xml", b"")))
    with pytest.raises(PhoneError, match="500"):
        phone.dial()
    with pytest.raises(PhoneError) as raised:
        write(phone, "x")
    message = "a call that an invalid answer of the line ended cannot be saved"
    assert str(raised.value) == message


# ── There and back ────────────────────────────────────────────────────────────

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=40)
escaped = words.map(lambda w: w.replace("&", "&amp;").replace("<", "&lt;"))
says = escaped.filter(str.strip).map(lambda w: f"<Say>{w}</Say>")
spoken_verbs = st.lists(
    says | st.sampled_from(["<Pause/>", "<Play>/a.wav</Play>"]), max_size=3
).map("".join)
target = st.sampled_from(["voice", "a", "b"])
numbers = st.sampled_from([HOTLINE, "911", "(202) 555-0198", "202.555.0199"])
rung = st.lists(numbers.map("<Number>{}</Number>".format), min_size=1, max_size=3).map("".join)
gather = st.builds(
    '<Gather input="{}" finishOnKey="{}" action="/{}" actionOnEmptyResult="{}">{}</Gather>'.format,
    st.sampled_from(["dtmf", "speech", "dtmf speech"]),
    st.sampled_from(["", "#"]),
    target,
    st.sampled_from(["true", "false"]),
    spoken_verbs,
)
ringing = st.builds('<Dial action="/{}">{}</Dial>'.format, target, rung)
ringing |= rung.map("<Dial hangupOnStar='true'>{}</Dial>".format)
recording = st.builds('<Record action="/{}"/>'.format, target)
document = st.lists(spoken_verbs | gather | ringing | recording, max_size=3).map("".join)
documents = st.fixed_dictionaries({"voice": document, "a": document, "b": document})

keys = st.text("0123456789*#", min_size=1, max_size=3)
acts = st.lists(st.tuples(st.integers(0, 4), keys, words, st.sampled_from(OUTCOMES)), max_size=8)


def do(phone: Call, kind: int, pressed: str, words: str, outcome: str) -> None:
    """Do one of the things that can be done now."""
    match phone.state:
        case Ended():
            pass
        case _ if kind == 0:
            phone.hang_up()
        case Ringing():
            phone.ends(outcome)
        case Recording():
            phone.record(kind - 1, "hangup" if kind == 4 else pressed[0])
        case Listening() if kind == 1:
            phone.press(pressed)
        case Listening() if kind == 2:
            phone.say(words)
        case Listening():
            phone.silence()


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100
)
@given(documents=documents, acts=acts)
def test_a_call_that_was_made_and_saved_plays_back(
    tmp_path: Path, documents: dict[str, str], acts: list[tuple[int, str, str, str]]
) -> None:
    made = call(TinyLine(**documents))
    made.dial()
    for act in acts:
        do(made, *act)
    path = tmp_path / "call.yaml"
    path.write_text(write(made, "a call"), encoding="utf-8")
    if not saved(made):
        return  # nothing was heard, and nobody did anything
    again = call(TinyLine(**documents))
    play(read(path), again)
    assert (again.state, again.events) == (made.state, made.events)
