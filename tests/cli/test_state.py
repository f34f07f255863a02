"""`ivr state`: where child abuse is reported, by which pages, and how it comes into line.yaml."""

import datetime as dt
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ivr.checks import menus, numbers, reach, translations
from ivr.checks.engine.registry import run_checks
from ivr.errors import IvrError
from ivr.phone.call import Call
from ivr.phone.transport import WsgiTransport
from ivr.script.load import load
from ivr.script.state_choice import Chosen, write_choice
from ivr.script.state_hotlines import NOT_LISTED, Source, StateHotline, state_hotlines
from ivr.settings import Settings
from ivr.web import create_app
from tests.caller import Caller
from tests.cli.conftest import Ivr
from tests.lines import SHIPPED, TODAY, TOKEN, clock

STATES = frozenset(
    """AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE
    NH NJ NM NV NY OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY AS GU MP PR VI""".split()  # noqa: SIM905
)
ROWS = sorted(state_hotlines().items())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "prompts"))


def test_each_state_and_territory_has_a_row_or_is_named_as_missing() -> None:
    assert state_hotlines().keys() | NOT_LISTED.keys() == STATES
    assert not state_hotlines().keys() & NOT_LISTED.keys()


@pytest.mark.parametrize(("code", "row"), ROWS)
def test_each_number_is_given_by_a_page_of_its_row(code: str, row: StateHotline) -> None:
    for source in row.sources:
        assert urlsplit(source.page).scheme in {"http", "https"}
        assert urlsplit(source.page).hostname
    for number in row.numbers:
        assert row.pages(number), f"{code}: no page gives {number}"
    assert dt.date(2026, 11, 1) <= row.read_on
    assert row.number or row.areas or row.note
    assert {"en", "es"} == row.name.keys()


@pytest.mark.parametrize(
    ("gives", "number", "agrees"),
    [
        ("1-800-RI CHILD", "+18007424453", True),
        ("(202) 671-SAFE", "+12026717233", True),
        ("475-2672", "+16714752672", True),
        ("1-800-252-2874", "+18002522873", False),
        ("2873", "+18002522873", False),
        (None, "+18002522873", False),
    ],
)
def test_a_page_agrees_with_a_number_in_digits_or_letters(
    gives: str | None, number: str, agrees: bool
) -> None:
    assert Source(page="https://example.org/a", gives=gives).agrees(number) == agrees


def test_a_row_whose_number_no_page_gives_is_refused() -> None:
    row = dict(state_hotlines()["OH"]) | {"number": "+18005550100"}
    with pytest.raises(ValueError, match=r"no source gives \+18005550100"):
        StateHotline.model_validate(row)


def test_a_row_is_shown_with_its_pages_and_says_where_one_page_stands_alone(ivr: Ivr) -> None:
    shown = ivr("state", "oh").out
    assert "number: +18556424453\n      https://www.help4seniors.org/" in shown
    assert "http://www.toledoblade.com/" in shown
    assert "one page alone" not in shown
    assert "read on 2026-11-30" in shown
    assert "+16714752672   (one page alone: look for a second)" in ivr("state", "GU").out
    assert "no number for the whole state" in ivr("state", "NC").out
    assert len(ivr("state").out.splitlines()) == len(ROWS)


def test_a_number_is_written_for_a_person_to_dial(ivr: Ivr, folder: Path) -> None:
    ran = ivr("state", "OH", "--write", "--prompts", folder)
    assert ran.status == 0, ran.err
    written = load(folder).line.destinations["state"]
    assert (written.number, written.verified_on) == ("+18556424453", None)
    assert written.source == state_hotlines()["OH"].sources[0].page
    _, problems = run_checks(folder, TODAY, every=(numbers,))
    assert [p.level for p in problems if p.about == "state"] == ["warning"]
    assert "# your state's child-abuse hotline" in (folder / "line.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["NC", "--write"], "NC has no number for the whole state"),
        (["NV", "--write"], "or one of +17023990081, +18339007233, +18335711041 with --number"),
        (["AS"], "no public page with a number could be read for American Samoa"),
        (["XX"], '"XX" is no state or territory'),
        (["NH", "--write", "--number", "+18005550100"], "NH does not have the number +18005550100"),
    ],
)
def test_what_the_list_does_not_have_is_one_line(
    ivr: Ivr, folder: Path, arguments: list[str], message: str
) -> None:
    before = (folder / "line.yaml").read_text()
    ran = ivr("state", *arguments, "--prompts", folder)
    assert (ran.status, len(ran.err.splitlines())) == (1, 1)
    assert message in ran.err
    assert (folder / "line.yaml").read_text() == before


def test_callers_of_several_states_choose_before_the_line_dials(folder: Path) -> None:
    names = {code: state_hotlines()[code].name for code in ("NC", "SC")}
    write_choice(
        folder,
        (
            Chosen("NC", names["NC"], "+12025550121", "https://example.org/nc"),
            Chosen("SC", names["SC"], "+12025550122", "https://example.org/sc"),
        ),
    )
    _, problems = run_checks(folder, TODAY, every=(reach, menus, numbers, translations))
    assert [p for p in problems if p.level == "error"] == []
    assert {p.about for p in problems} == {"hotline", "ncmec", "hsi", "state-nc", "state-sc"}
    settings = Settings((TOKEN,), prompts=folder, state=folder / "state", audio=False)
    line = WsgiTransport(create_app(settings, clock("shipped")), TOKEN)
    for language, where, key, number in (
        ("1", "If the child is in South Carolina, press 2", "2", "+12025550122"),
        ("2", "Si el menor está en Carolina del Norte, oprima 1", "1", "+12025550121"),
    ):
        caller = Caller(Call(line, "http://127.0.0.1/voice")).dial().press(language, "1").waits(4)
        caller.press("1").hears(where).press(key).is_connected_to(number)
        caller.ends("no-answer").hears(" ".join(number[1:]))
    with pytest.raises(IvrError, match="is a choice already"):
        write_choice(folder, (Chosen("NC", names["NC"], "+12025550121", "https://example.org/nc"),))


def test_too_many_states_and_a_language_without_words_are_refused(folder: Path) -> None:
    one = Chosen("NC", {"en": "North Carolina"}, "+12025550121", "https://example.org/nc")
    with pytest.raises(IvrError, match="6 states are too many"):
        write_choice(folder, (one,) * 6)
