"""`ivr check` as its operator sees it: the list, the figures under it, the exit status."""

import datetime as dt
import json
from pathlib import Path

import pytest

from ivr.checks.engine.registry import CHECKS
from tests.cli.conftest import Ivr
from tests.lines import SHIPPED, read_yaml
from tests.small_script import WITHOUT_WARNINGS, edit, small

STALE = {"in": "en.yaml", "replace": "The first sign.", "by": "The very first sign."}
UNUSED = {"in": "en.yaml", "replace": "  help: ", "by": "  old.title: The old menu.\n  help: "}
LONG = {"in": "en.yaml", "replace": "Take your time.", "by": "So " + "and so on " * 16 + "."}
LOST = {"in": "menu.yaml", "replace": "      - office\n", "by": "      - ofice\n"}
VOICE = {"in": "line.yaml", "replace": "Polly.Joanna-Neural", "by": "Polly.Lupe-Neural"}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Return the folder of a script in which there is nothing to find."""
    folder = small(tmp_path, *WITHOUT_WARNINGS)
    line = folder / "line.yaml"
    today = str(dt.datetime.now(dt.UTC).date())
    line.write_text(line.read_text().replace("2026-11-01", today))
    return folder


def listed(out: str, folder: Path) -> list[str]:
    """Return the lines of the list, those between files too."""
    return out.replace(f"{folder}/", "").partition(f"\n{folder}:")[0].rstrip("\n").split("\n")


def test_a_sound_script_can_be_published(ivr: Ivr, script: Path) -> None:
    ran = ivr("check", script)
    assert (ran.status, ran.err) == (0, "")
    assert "0 errors, 0 warnings: can be published" in ran.out
    assert "by check" not in ran.out


def test_it_tells_how_many_places_it_visited(ivr: Ivr, script: Path) -> None:
    walked = ivr("check", script).out.splitlines()[0]
    assert walked.startswith(f"{script}: 8 nodes in en; ")
    places, turns = (
        int(n.replace(",", "")) for n in walked.split() if n.replace(",", "").isdigit() and n != "8"
    )
    assert places > 200
    assert turns > 100
    assert walked.endswith(" s")


def test_warnings_do_not_keep_a_script_from_being_published(ivr: Ivr, script: Path) -> None:
    edit(script, [UNUSED])
    ran = ivr("check", script)
    assert ran.status == 1
    assert listed(ran.out, script) == [
        'en.yaml:23:3 warning menus: nothing says "old.title": remove it, or name it in menu.yaml'
    ]
    assert "0 errors, 1 warning: can be published" in ran.out
    assert "by check: menus 1 (more: ivr check --explain menus)" in ran.out


def test_errors_do_and_each_file_has_its_own_part_of_the_list(ivr: Ivr, script: Path) -> None:
    edit(script, [UNUSED, LONG, VOICE])
    ran = ivr("check", script)
    assert ran.status == 2
    words, between, voice = listed(ran.out, script)[:2], *listed(ran.out, script)[-2:]
    assert [line.partition(": ")[0] for line in words] == [
        "en.yaml:23:3 warning menus",
        "en.yaml:29:3 error menus",
    ]
    assert between == ""
    assert voice.startswith("line.yaml:5:3 error voices: ")
    assert ", 1 warning: cannot be published" in ran.out


def test_what_cannot_be_read_stands_among_the_rest(ivr: Ivr, script: Path) -> None:
    edit(script, [LOST, VOICE])
    ran = ivr("check", script)
    assert ran.status == 2
    checks = [line.split()[2] for line in listed(ran.out, script) if line]
    assert checks == ["load:", "voices:", "load:"]
    assert "not read as a whole: correct this, and check again for the rest" in ran.out


def test_json_has_all_of_each_problem(ivr: Ivr, script: Path) -> None:
    edit(script, [UNUSED])
    ran = ivr("check", "--format", "json", script)
    assert ran.status == 1
    assert json.loads(ran.out) == [
        {
            "path": str(script / "en.yaml"),
            "line": 23,
            "column": 3,
            "text": 'nothing says "old.title"',
            "remedy": "remove it, or name it in menu.yaml",
            "check": "menus",
            "level": "warning",
            "about": "old.title",
        }
    ]


def test_json_of_a_sound_script_is_an_empty_list(ivr: Ivr, script: Path) -> None:
    ran = ivr("check", "--format", "json", script)
    assert (ran.status, json.loads(ran.out)) == (0, [])


def test_github_gets_its_own_form_with_its_own_signs_escaped(ivr: Ivr, script: Path) -> None:
    folder = script.rename(script.parent / "ours, new")
    key_first = {"in": "en.yaml", "replace": "Take your time.", "by": "Press 5 % for more."}
    edit(folder, [key_first])
    ran = ivr("check", "--format", "github", folder)
    assert ran.status == 2
    where = f"file={str(folder).replace(',', '%2C')}/en.yaml,line=28,col=3,title=menus"
    assert ran.out.splitlines()[0] == (
        f'::error {where}::"noinput.1" says the key before the task: "press 5 %25 for":'
        " say the task first, the key last"
    )


def test_a_terminal_gets_colours_and_a_pipe_does_not(ivr: Ivr, script: Path) -> None:
    edit(script, [UNUSED])
    assert "\x1b[" not in ivr("check", script).out
    assert "\x1b[33mwarning" in ivr("check", script, FORCE_COLOR=1).out


@pytest.mark.parametrize("check", ["load", *(c.ID for c in CHECKS)])
def test_every_check_has_a_page_that_tells_what_may_be_allowed(ivr: Ivr, check: str) -> None:
    ran = ivr("check", "--explain", check)
    assert ran.status == 0
    assert ran.out.startswith(f"{check}: ")
    protects = {"load", *(c.ID for c in CHECKS if c.SAFETY)}
    assert ("errors protect callers, and cannot be allowed" in " ".join(ran.out.split())) == (
        check in protects
    )
    assert (f"- {{check: {check}, about: …, reason: " in ran.out) == (check != "load")


def test_a_check_that_does_not_exist_is_told_with_those_that_do(ivr: Ivr) -> None:
    ran = ivr("check", "--explain", "spelling")
    assert ran.status == 2
    assert 'there is no check "spelling"; there are: load, reach, exploration' in ran.err


def test_times_to_help_are_a_table_with_limits(ivr: Ivr, script: Path) -> None:
    ran = ivr("check", "--times", script)
    rows = [line.replace("│", " ").split() for line in ran.out.splitlines() if "│" in line]
    assert ["en", "by", "keys", "911", "is", "said"] in [row[:6] for row in rows]
    office = next(row for row in rows if "office" in row)
    assert office[:6] == ["en", "by", "keys", "office", "rings", "1,-,3,1"]
    assert 0 < int(office[6]) < int(office[7])
    assert "can be published" in ran.out


def test_seconds_are_told_of_each_prompt_in_each_language(ivr: Ivr, tmp_path: Path) -> None:
    ran = ivr("check", "--seconds", small(tmp_path, spanish=True))
    rows = {r[0]: r[1:] for line in ran.out.splitlines() if (r := line.replace("│", " ").split())}
    # Three words at 160 a minute, and the gap of 0.6 s.
    assert rows["sign.first"] == ["3", "1.7", "3", "1.7"]
    # The number is said, not its blank: 3 words, 11 digits and 5 pauses, twice.
    assert int(rows["goodbye"][0]) > 25


@pytest.mark.parametrize("table", ["--times", "--seconds"])
def test_a_table_is_no_json(ivr: Ivr, table: str, script: Path) -> None:
    ran = ivr("check", table, "--format", "json", script)
    assert ran.status == 2
    assert "they go with --format text" in ran.err


def test_drafts_are_counted_under_the_list(ivr: Ivr, tmp_path: Path) -> None:
    folder = small(tmp_path, spanish=True)
    words = folder / "es.yaml"
    words.write_text(words.read_text().replace("state: reviewed, by", "by", 3))
    out = ivr("check", folder).out
    of = len(read_yaml(words)["prompts"])
    assert f"{folder}: 3 of {of} texts in es are not reviewed" in out


def test_a_folder_that_is_not_there_is_one_line(ivr: Ivr, tmp_path: Path) -> None:
    ran = ivr("check", tmp_path / "nowhere")
    assert ran.status == 2
    (line,) = listed(ran.out, tmp_path / "nowhere")
    assert line == (
        f"{tmp_path / 'nowhere'}:1:1 error load: there is no such folder of prompts:"
        " name one with --prompts or IVR_PROMPTS"
    )


def test_without_a_folder_the_settings_is_checked(ivr: Ivr, script: Path) -> None:
    assert f"{script}: 8 nodes" in ivr("check", IVR_PROMPTS=script).out


@pytest.mark.slow
def test_the_shipped_script_lacks_nothing_but_what_its_agency_must_do(ivr: Ivr) -> None:
    """What is heard without a review is told under the list, with who decided so."""
    ran = ivr("check", SHIPPED)
    problems = [line for line in listed(ran.out, SHIPPED) if line]
    assert problems
    for problem in problems:
        assert problem.split()[1:3] == ["warning", "numbers:"], problem
        assert "nobody has verified" in problem or "is not set" in problem
    assert (
        "no person has reviewed 30 of the 30 safety texts in es; callers hear them by a decision of"
        " the project on 2026-11-30: without these drafts, callers who speak Spanish would hear"
        " English alone"
    ) in ran.out
