"""More than two languages: the opening's key for others, the menu of names, and the bridge."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from ivr.checks import exploration, menus, reach, review, times, translations
from ivr.checks.engine.registry import run_checks
from ivr.dialog import Dial, HangUp, Turn
from ivr.dialog.language_menu import written_keys
from ivr.dialog.turn import Gather
from ivr.explore.events import step
from ivr.script.load import load
from ivr.script.model import Script
from tests.many_languages import VOICES, add_languages
from tests.small_script import edit, small

HOTLINE = "+18883737888"
FULL = ("fr", "ar")
FEW = tuple(code for code in VOICES if code not in FULL)

Line = Callable[..., Script]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    """Return a function that makes the small line in English, Spanish and further languages."""

    @cache
    def make(*, full: tuple[str, ...] = (), bridge: tuple[str, ...] = ()) -> Script:
        folder = small(tmp_path_factory.mktemp("line"), spanish=True)
        add_languages(folder, full=full, bridge=bridge)
        return load(folder)

    return make


def call(script: Script, *tokens: str) -> Turn:
    """Return the turn after keys, silences ("-") and outcomes of calls, from the answer on."""
    turn = step(script, None, "")
    for token in tokens:
        turn = step(script, turn.place, token)
    return turn


def said(turn: Turn) -> list[tuple[str, str]]:
    return [(words.language, words.text) for words in (*turn.must, *turn.may)]


def test_the_opening_speaks_two_languages_and_has_one_key_for_all_others(line: Line) -> None:
    opening = call(line(full=FULL, bridge=FEW))
    assert {language for language, _ in said(opening)} == {"en", "es"}
    assert said(opening)[-1] == ("en", "Other languages, press 3.")


def test_the_menu_says_each_name_in_its_own_voice_five_a_page(line: Line) -> None:
    script = line(full=FULL, bridge=FEW)
    names = said(call(script, "3"))
    assert [language for language, _ in names[:5]] == ["fr", "ar", *FEW[:3]]
    assert [text.partition(",")[0] for _, text in names[:2]] == ["Français", "العربية"]
    assert names[5:] == [
        ("en", "Other languages, press 6."),
        ("en", "To talk to a person, press 0."),
    ]
    assert [language for language, _ in said(call(script, "3", "6"))[:5]] == list(FEW[3:])
    assert call(script, "3", "-").place == call(script, "3", "6").place
    assert call(script, "3", "6", "6").place == call(script, "3").place


def test_one_other_language_has_the_key_itself(line: Line) -> None:
    script = line(full=("fr",))
    assert said(call(script))[-1] == ("fr", "Français, press 3 x.")
    assert said(call(script, "3"))[0] == ("fr", "X: 9 1 1.")
    assert call(script, "3").place.node == "main"


def test_after_a_silence_the_opening_names_some_of_the_others(line: Line) -> None:
    names = said(call(line(full=FULL, bridge=FEW), "-"))
    assert ("fr", "Français") in names
    assert ("ar", "العربية") in names


def test_911_is_said_first_in_a_language_that_has_been_chosen(line: Line) -> None:
    script = line(full=FULL, bridge=FEW)
    for keys in (("3", "2"), ("3", "4"), ("3", "6", "1")):
        turn = call(script, *keys)
        first = turn.must[0]
        assert (first.text, first.language) == ("X: 9 1 1.", turn.place.language)


def test_a_caller_hears_what_to_say_to_be_given_an_interpreter(line: Line) -> None:
    script = line(full=FULL, bridge=FEW)
    turn = call(script, "3", "4", "0")
    assert turn.verb == Dial(HOTLINE, 30)
    assert said(turn) == [("vi", "xhen someone answers, say this."), ("en", "Vietnamese, please.")]
    assert call(script, "3", "4", "1").verb == turn.verb


def test_a_caller_in_a_full_language_hears_it_too_before_the_hotline(line: Line) -> None:
    script = line(full=FULL)
    turn = call(script, "3", "1", "0")
    assert ("en", "French, please.") in said(turn)
    english = call(script, "1", "0")
    assert [words.prompt for words in english.must] == ["transfer.connecting"]


def test_a_number_of_its_own_is_dialled_and_said_in_a_language(tmp_path: Path) -> None:
    folder = small(tmp_path, spanish=True)
    own = {
        "in": "line.yaml",
        "replace": "hotline: {",
        "by": 'hotline: {number_in: {es: "+12025550111"}, ',
    }
    edit(folder, [own])
    script = load(folder)
    assert call(script, "2", "0").verb == Dial("+12025550111", 30)
    assert call(script, "1", "0").verb == Dial(HOTLINE, 30)
    number = call(script, "2", "0", "busy")
    assert any("5 5 5 … 0 1 1 1" in text for _, text in said(number))


def test_nine_says_911_twice_in_a_language_of_few_texts_and_dials_nobody(line: Line) -> None:
    script = line(bridge=FEW)
    turn = call(script, "3", "2", "9")
    assert [words.text for words in turn.must] == ["X: 9 1 1.", "X: 9 1 1."]
    assert turn.place.node == "hotline"


def test_a_silent_caller_hears_the_number_and_then_the_hotline_rings(line: Line) -> None:
    script = line(bridge=FEW)
    number = call(script, "3", "2", "-")
    assert any("8 8 8 … 3 7 3 … 7 8 8 8" in text for _, text in said(number))
    assert isinstance(call(script, "3", "2", "-", "-", "-").verb, Dial)
    ended = call(script, "3", "2", "-", "-", "-", "no-answer", "-")
    assert isinstance(ended.verb, HangUp)
    assert "8 8 8 … 3 7 3 … 7 8 8 8" in ended.must[0].text


def test_silence_in_the_menu_of_languages_rings_a_person(line: Line) -> None:
    script = line(full=FULL, bridge=FEW)
    assert isinstance(call(script, "3", "-", "-", "-").verb, Dial)


def test_six_opens_the_menu_and_a_language_leads_back_to_where_it_was_pressed(line: Line) -> None:
    script = line(full=FULL, bridge=FEW)
    menu = call(script, "1", "-", "1", "6")
    assert [language for language, _ in said(menu)[:3]] == ["es", "fr", "ar"]
    changed = call(script, "1", "-", "1", "6", "2")
    assert (changed.place.language, changed.place.node) == ("fr", "signs")
    assert said(changed)[0] == ("fr", "X: 9 1 1.")
    assert call(script, "1", "-", "1", "6", "*").place.language == "en"
    assert call(script, "3", "4", "6").place.language == "vi"


def test_with_two_languages_six_leads_to_the_other_as_before(tmp_path: Path) -> None:
    script = load(small(tmp_path, spanish=True))
    assert call(script, "1", "-", "6").place.language == "es"
    assert said(call(script))[-1] == ("es", "Para español, oprima 2.")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("full", "bridge"),
    [((), ("zh",)), (("fr",), ("zh", "vi", "ar")), (FULL, (*FEW[:-1], "ht"))],
    ids=["three", "six", "twelve"],
)
def test_nobody_is_left_alone_and_times_hold(
    tmp_path: Path, full: tuple[str, ...], bridge: tuple[str, ...]
) -> None:
    folder = small(tmp_path, spanish=True)
    add_languages(folder, full=full, bridge=bridge)
    every = (exploration, times, reach, menus, review, translations)
    script, problems = run_checks(folder, dt.date(2026, 11, 30), every=every)
    assert script is not None
    assert [str(problem) for problem in problems if problem.level == "error"] == []
    by_language = {row.language for row in times.times(script) if row.to == "911"}
    assert by_language == {"en", "es", *full, *bridge}


def test_paper_shows_the_keys_that_lead_to_a_language(line: Line) -> None:
    script = line(full=FULL, bridge=FEW)
    assert written_keys(script, "es") == "2"
    for code in ("fr", FEW[0], FEW[3]):
        keys = written_keys(script, code).split(", ")
        assert call(script, *keys).place.language == code


def test_silence_in_the_menu_rings_nobody_where_line_yaml_says_goodbye(tmp_path: Path) -> None:
    folder = small(tmp_path, spanish=True)
    add_languages(folder, full=FULL, bridge=FEW)
    script = load(folder)
    silent = replace(script, line=script.line.model_copy(update={"silence": "goodbye"}))
    tokens = ["3", *["-"] * 8]
    turns = [call(silent, *tokens[:i]) for i in range(1, len(tokens) + 1)]
    assert any(isinstance(turn.verb, HangUp) for turn in turns)
    assert not any(isinstance(turn.verb, Dial) for turn in turns)


def test_pages_of_names_wait_for_callers_who_asked_for_time(line: Line) -> None:
    script = line(full=FULL, bridge=FEW)
    slow = call(script, "7", "3")
    assert isinstance(slow.verb, Gather)
    assert slow.verb.timeout >= 20
