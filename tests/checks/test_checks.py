"""Every check has cases: what it finds in a doctored small script, word for word.

A case changes the small sound script, in two languages where it says `spanish: true`; `problems`
are those that the unchanged script does not have, `gone` those that only the unchanged one has.
"""

from pathlib import Path

import pytest
import yaml

from ivr.checks.table import CHECKS, examine, pages
from tests.lines import TODAY
from tests.small_script import edit, small

CASES = {
    path.stem: yaml.safe_load(path.read_text())
    for path in (Path(__file__).parent / "cases").glob("*.yaml")
}
ALL = [(check, name) for check, cases in sorted(CASES.items()) for name in cases]
GRAPH = {"reach", "exploration", "times"}
"""These need scripts that are broken in their course, made in test_graph_checks.py."""


def told(folder: Path) -> set[str]:
    _, problems = examine(folder, TODAY)
    return {f"{p.level} {p}".replace(f"{folder}/", "") for p in problems}


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, set[str]]:
    """Return what is told of the small script as it is, in one language and in two."""
    room = tmp_path_factory.mktemp
    return {spanish: told(small(room("sound"), spanish=spanish)) for spanish in (False, True)}


@pytest.mark.parametrize(("check", "name"), ALL, ids=lambda value: value)
def test_the_check_tells_it(
    check: str, name: str, unchanged: dict[bool, set[str]], tmp_path: Path
) -> None:
    case = CASES[check][name]
    spanish = case.get("spanish", False)
    before, folder = unchanged[spanish], small(tmp_path, spanish=spanish)
    edit(folder, case["edits"])
    after = told(folder)
    assert sorted(after - before) == case["problems"]
    assert sorted(before - after) == case.get("gone", [])


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.ID)
def test_every_check_has_cases_and_a_manual_page(check) -> None:
    assert check.ID in CASES or check.ID in GRAPH
    page = pages()[check.ID]
    assert page.startswith(f"{check.ID}: ")
    assert "**error**" in page
    assert f": {check.ID}" not in page.partition("\n")[0]
    assert f" {check.ID}: " in page, "an example of a problem"


@pytest.mark.parametrize("spanish", [False, True], ids=["one language", "two languages"])
def test_the_small_script_has_warnings_alone(
    spanish: bool, unchanged: dict[bool, set[str]]
) -> None:
    assert sorted(problem.partition(", ")[0] for problem in unchanged[spanish]) == [
        "warning line.yaml:1:1 inventory: there is no inventory.yaml",
        f"warning line.yaml:{7 + spanish}:1 facts: your state's child-abuse hotline is not set",
    ]
