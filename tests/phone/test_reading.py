"""Conversations as data, read from YAML: every problem is told at once, with file and line."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.errors import PhoneError
from ivr.phone.scenario.load import KINDS, Step, read
from ivr.phone.twiml.values import PHONE_NUMBER, SIP_URI

KINDS_TOLD = (
    "hears, hears_not, rings, hung_up, press, say, silence, ends, record, answers, whispers,"
    " hangs_up"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "call.yaml"


def told(path: Path, text: str | bytes) -> list[str]:
    """Return what is told of a file, without its folder."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(PhoneError) as raised:
        read(path)
    return str(raised.value).replace(f"{path}:", "").splitlines()


def test_a_conversation_is_read_step_by_step(path: Path) -> None:
    path.write_text("""\
about: A caller hears that the line is busy
call:
  - hears: [hang up and dial 9 1 1, cuelgue]
  - press: "2"
  - say: ayuda
  - silence: 2
  - rings: "+18883737888"
  - ends: busy
  - hears_not: goodbye
  - record: "12 #"
  - hung_up: true
""")
    conversation = read(path)
    assert (conversation.path, conversation.about) == (
        str(path),
        "A caller hears that the line is busy",
    )
    assert conversation.steps == (
        Step(3, "hears", ("hang up and dial 9 1 1", "cuelgue")),
        Step(4, "press", ("2",)),
        Step(5, "say", ("ayuda",)),
        Step(6, "silence", ("2",)),
        Step(7, "rings", ("+18883737888",)),
        Step(8, "ends", ("busy",)),
        Step(9, "hears_not", ("goodbye",)),
        Step(10, "record", ("12 #",)),
        Step(11, "hung_up", ("true",)),
    )


def test_all_problems_are_told_at_once_in_the_order_of_the_file(path: Path) -> None:
    assert told(
        path,
        """\
title: x
call:
  - press: a
  - [press, "1"]
  - press: "1"
    say: help
  - whisper: help
  - hears: []
  - hears: ["¿?", fine, [a]]
  - press: ["1", "2"]
  - hung_up: false
call:
  - press: "1"
""",
    ) == [
        "1: about is missing: say in a line what the call shows",
        "1: title is unknown: write about and call",
        '3: press has "a": it must be keys from 0-9 * #, in quotes, as "1"',
        "4: a step is one thing: write it as - press: '1'",
        "5: a step is one thing: write it as - press: '1'",
        f"7: whisper is not a step: choose one of {KINDS_TOLD}",
        "8: hears is empty: it must be words that can be heard",
        '9: hears has "¿?": it must be words that can be heard',
        "9: hears has a list or mapping: it must be words that can be heard",
        '10: press has a list or mapping: it must be keys from 0-9 * #, in quotes, as "1"',
        '11: hung_up has "false": it must be one of true',
        "12: call is given twice: keep one",
    ]


@pytest.mark.parametrize("text", ["", "hello", "- press: '1'", "{}"])
def test_what_is_no_conversation_lacks_both_parts(path: Path, text: str) -> None:
    assert told(path, text) == [
        "1: about is missing: say in a line what the call shows",
        "1: call is missing: list its steps, as - hears: hello",
    ]


@pytest.mark.parametrize("call", ["", "hello", "[]", "{press: 1}"])
def test_a_call_without_steps_is_told(path: Path, call: str) -> None:
    expected = ["2: call is missing: list its steps, as - hears: hello"]
    assert told(path, f"about: x\ncall: {call}\n") == expected


@pytest.mark.parametrize("about", ["", '" "', "[x]"])
def test_a_call_that_says_nothing_about_itself_is_told(path: Path, about: str) -> None:
    expected = ["2: about is missing: say in a line what the call shows"]
    assert told(path, f'call: [press: "1"]\nabout: {about}\n') == expected


VALUES = {
    "hears": ('"!"', '"!": it must be words that can be heard'),
    "hears_not": ("", '"": it must be words that can be heard'),
    "rings": (
        "[the hotline]",
        f'"the hotline": it must be {PHONE_NUMBER.wanted}, or {SIP_URI.wanted}',
    ),
    "hung_up": ("yes", '"yes": it must be one of true'),
    "press": ("#", '"": it must be keys from 0-9 * #, in quotes, as "1"'),
    "say": ('" "', '" ": it must be something'),
    "silence": ("0", '"0": it must be a whole number from 1 to 100'),
    "ends": (
        "answered",
        (
            '"answered": it must be one of completed, busy, no-answer, failed, canceled, absent, or'
            " completed and the seconds of talk"
        ),
    ),
    "record": (
        "# 12",
        '"": it must be seconds, then how it ends, in quotes, as "12 #"',
    ),
    "answers": (
        "voicemail",
        '"voicemail": it must be the keys that the called person presses, in quotes, or "nothing"',
    ),
    "whispers": ('""', '"": it must be words that can be heard'),
    "hangs_up": ("no", '"no": it must be one of true'),
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_of_step_tells_a_value_that_it_does_not_take(path: Path, kind: str) -> None:
    value, problem = VALUES[kind]
    assert told(path, f"about: x\ncall:\n - {kind}: {value}\n") == [f"3: {kind} has {problem}"]


@pytest.mark.parametrize("who", ["+12025550199", "911", "(202) 555-0199", "sip:help@pbx.example"])
def test_whatever_the_carrier_rings_can_be_expected(path: Path, who: str) -> None:
    path.write_text(f"about: x\ncall: [rings: '{who}']\n")
    assert read(path).steps == (Step(2, "rings", (who,)),)


def test_a_bare_star_is_no_yaml_and_the_remedy_is_told(path: Path) -> None:
    (problem,) = told(path, "about: x\ncall:\n  - press: *\n")
    assert problem.startswith("3: not YAML: ")
    assert problem.endswith("; put * and # in quotes")


def test_other_files_that_are_not_yaml_are_told(path: Path) -> None:
    assert told(path, b"about: \xff") == ["1: cannot be read: save it as UTF-8"]
    assert told(path, b"about: x\ncall: \x00")[0].startswith(
        "1: not YAML: it has a character that YAML does not allow"
    )
    assert told(path, "about: [\n")[0].startswith("2: not YAML: ")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PhoneError, match=r"gone\.yaml:1: cannot be read: No such file"):
        read(tmp_path / "gone.yaml")


pieces = st.sampled_from(
    ["about: ", "call:\n", " - ", "press: ", '"1"', "[", "{", "&a ", "*a", "\n"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(pieces, max_size=15).map("".join).map(str.encode) | st.binary(max_size=60))
def test_whatever_a_file_holds_is_a_conversation_or_told(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        conversation = read(path)
    except PhoneError as e:
        assert all(line.startswith(f"{path}:") for line in str(e).splitlines())  # noqa: PT017
    else:
        assert conversation.about
        assert conversation.steps
