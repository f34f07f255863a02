"""Messages and texts in the dialog: what the exploration has walked, and what a script may say."""

import random
from pathlib import Path

import pytest

from ivr.checks import safety, staffing
from ivr.checks.engine.context import Check, ScriptContext
from ivr.dialog import Dial, HangUp, Place, Record, SendText, Turn, read_place
from ivr.explore.events import OUTCOMES, RECORDINGS, TEXTS, step
from ivr.explore.explorer import duties
from ivr.problem import ScriptError
from ivr.script.load import load, read_parts
from ivr.script.model import Script
from tests.lines import TODAY, change, variant
from tests.walked import Walks

MESSAGE = "RE" + "0" * 32
TO_AGENCY = ("1", "1", "-", "-", "-", "-", "1")


def tokens(turn: Turn) -> tuple[str, ...]:
    """Return what can happen at a turn."""
    match turn.verb:
        case Dial():
            return OUTCOMES
        case Record():
            return RECORDINGS
        case SendText():
            return tuple(TEXTS)
        case _:
            return ("1", "1", "1", "2", "3", "4", "5", "*", "-", "0", "8", "88", "#", "9")


@pytest.mark.slow
def test_no_caller_hears_what_the_walk_has_not(script: Script, walked: Walks) -> None:
    """Callers press at random, leave messages, and get texts, while people come and go."""
    walked_content = set(map(_content, walked("voicemail").turns))
    chance = random.Random(12)  # noqa: S311 a test's callers
    met: set[str] = set()
    for _ in range(200):
        turn = step(script, None, "")
        for key in TO_AGENCY:
            turn = step(script, turn.place, key)
        for _ in range(30):
            if isinstance(turn.verb, HangUp):
                break
            assert _content(turn) in walked_content
            met.add(f"{turn.place.node} {turn.place.phase} {type(turn.verb).__name__}")
            duty = chance.choice(duties(script))
            turn = step(script, turn.place, chance.choice(tokens(turn)), duty)
    for where in ("message safe Gather", "message record Record", "message review Gather"):
        assert where in met
    assert {"numbers  Gather", "numbers  SendText"} <= met


def _content(turn: Turn) -> object:
    return turn.place.phase, turn.place.step, turn.must, turn.may, turn.verb, bool(turn.sound)


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Script:
    return load(variant("voicemail", tmp_path_factory.mktemp("scripts")))


@pytest.mark.parametrize(
    "place",
    [
        Place("en", "message", phase="review"),
        Place("en", "message", phase="review", recording="RE" + "x" * 32),
        Place("en", "message", phase="review", recording="../Messages"),
        Place("en", "message", recording=MESSAGE),
        Place("en", "message", phase="safe", recording=MESSAGE),
        Place("en", "main", recording=MESSAGE),
        Place("en", "message", step=1),
    ],
    ids=lambda place: place.url(),
)
def test_a_place_that_makes_no_sense_is_the_main_menu(place: Place, script: Script) -> None:
    path, _, query = place.url().partition("?")
    parameters = dict(pair.split("=") for pair in query.split("&") if pair)
    assert read_place(script, path, parameters).node == "main"


def test_a_message_is_left_also_where_the_script_has_changed_meanwhile(script: Script) -> None:
    """The recording ends at a place that is no more: the caller is not told of trouble."""
    turn = step(script, Place("en", "main"), "record:9:#")
    assert [(f.kind, f.detail) for f in turn.facts] == [("recorded", ""), ("left", MESSAGE)]
    assert turn.place.node == "main"


def test_who_is_recorded_once_more_has_one_message(script: Script) -> None:
    again = Place("en", "message", phase="record", recording="RE" + "1" * 32)
    turn = step(script, again, "record:9:hangup")
    assert [(f.kind, f.detail[:3]) for f in turn.facts[1:]] == [
        ("deleted", "RE1"),
        ("left", "RE0"),
        ("kept", "RE0"),
    ]


# ── What a script may say ─────────────────────────────────────────────────────


def test_the_agencys_voicemail_must_take_messages(tmp_path: Path) -> None:
    folder = variant("voicemail", tmp_path)
    change(folder / "menu.yaml", {"nodes": {"agency": {"voicemail": "who"}}})
    with pytest.raises(ScriptError, match=r'"who" is a menu, it takes no messages: name a node of'):
        load(folder)


@pytest.mark.parametrize("days", [0, 366, "many"])
def test_how_long_messages_are_kept_is_a_number_of_days(days: object, tmp_path: Path) -> None:
    folder = variant("voicemail", tmp_path)
    change(folder / "line.yaml", {"voicemail": {"keep_days": days}})
    with pytest.raises(ScriptError, match=r'line\.yaml:\d+:3 load: "keep_days" is'):
        load(folder)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Help with abuse: {numbers}. Reply STOP to end.", 'gives away the subject: "abus"'),
        ("From {agency}: {numbers}. Reply STOP to end.", "names the agency"),
        ("Los números: {numbers}. STOP", 'has "ú", which makes several messages of it'),
        (f"{{numbers}} {'and more ' * 20}. STOP", "characters, limit 160"),
    ],
)
def test_a_text_that_could_harm_is_an_error(text: str, reason: str, tmp_path: Path) -> None:
    folder = variant("voicemail", tmp_path)
    change(folder / "en.yaml", {"prompts": {"text.message": text}})
    problems = _found(safety, folder)
    assert [reason in problem and '"text.message"' in problem for problem in problems] == [True]


def test_an_agency_that_cannot_be_told_by_text_is_a_warning(tmp_path: Path) -> None:
    folder = variant("voicemail", tmp_path)
    assert _found(staffing, folder) == []
    change(folder / "line.yaml", {"agency": {"number": None}})
    (problem,) = _found(staffing, folder)
    assert "staffing: nobody on call gets a text about a message" in problem


def _found(check: Check, folder: Path) -> list[str]:
    _, files, _ = read_parts(folder)
    context = ScriptContext(load(folder), files, TODAY)
    return [str(p) for p in check.check(context) if p.about != "on_call"]
