"""Every check has cases: what it finds in a doctored small script, word for word.

A case changes the small sound script, in two languages where it says `spanish: true`; `problems`
are those that the unchanged script does not have, `gone` those that only the unchanged one has.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ivr.checks.engine.context import Check
from ivr.checks.engine.registry import CHECKS, manual_pages, run_checks
from tests.lines import TODAY, read_yaml
from tests.small_script import edit, small

CASES = {path.stem: read_yaml(path) for path in (Path(__file__).parent / "cases").glob("*.yaml")}
ALL = [(check, name) for check, cases in sorted(CASES.items()) for name in cases]
GRAPH = {"reach", "exploration", "times", "speaker"}
"""These need scripts that are broken in their course, made in test_graph_checks.py and in
tests/assistant/test_checks.py."""


def told(folder: Path, checks: Iterable[Check]) -> set[str]:
    _, problems = run_checks(folder, TODAY, every=checks)
    return {f"{p.level} {p}".replace(f"{folder}/", "") for p in problems}


Unchanged = Callable[[bool, tuple[Check, ...]], set[str]]


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Unchanged:
    """Return what checks tell of the small script as it is, in one language or in two."""
    room = tmp_path_factory.mktemp

    @cache
    def tell(spanish: bool, checks: tuple[Check, ...]) -> set[str]:
        return told(small(room("sound"), spanish=spanish), checks)

    return tell


def concerned(check: str, case: dict[str, Any]) -> tuple[Check, ...]:
    """Return the checks that a case is about: the one that it proves, and all others it names.

    A file's first case is about every check, so that what others make of it shows, too.
    """
    if case is next(iter(CASES[check].values())):
        return CHECKS
    text = f"{case['problems']} {case.get('gone')} {case['edits']}"
    named = {check, *re.findall(r"(?:\d |check: )(\w+)\b", text)}
    return tuple(one for one in CHECKS if one.ID in named)


@pytest.mark.parametrize(("check", "name"), ALL, ids=lambda value: value)
def test_the_check_tells_it(check: str, name: str, unchanged: Unchanged, tmp_path: Path) -> None:
    case = CASES[check][name]
    spanish, checks = case.get("spanish", False), concerned(check, case)
    before, folder = unchanged(spanish, checks), small(tmp_path, spanish=spanish)
    edit(folder, case["edits"])
    after = told(folder, checks)
    assert sorted(after - before) == case["problems"]
    assert sorted(before - after) == case.get("gone", [])


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.ID)
def test_every_check_has_cases_and_a_manual_page(check) -> None:
    assert check.ID in CASES or check.ID in GRAPH
    page = manual_pages()[check.ID]
    assert page.startswith(f"{check.ID}: ")
    assert "**error**" in page
    assert f": {check.ID}" not in page.partition("\n")[0]
    assert f" {check.ID}: " in page, "an example of a problem"


@pytest.mark.parametrize("spanish", [False, True], ids=["one language", "two languages"])
def test_the_small_script_has_warnings_alone(spanish: bool, unchanged: Unchanged) -> None:
    assert sorted(problem.partition(", ")[0] for problem in unchanged(spanish, CHECKS)) == [
        "warning line.yaml:1:1 inventory: there is no inventory.yaml",
        f"warning line.yaml:{7 + spanish}:1 numbers: your state's child-abuse hotline is not set",
    ]
