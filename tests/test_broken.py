"""One broken script per defect, each with its exact message; all problems are told at once.

A case changes the small sound script beside it: `in` a file, `replace` a text `by` another, or add
a file.
"""

import shutil
from pathlib import Path

import pytest

from ivr.problem import ScriptError
from ivr.script.load import load
from tests.lines import read_yaml

TESTS = Path(__file__).parent
CASES = sorted((TESTS / "broken").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_the_defect_is_told_with_line_and_remedy(path: Path, tmp_path: Path) -> None:
    case = read_yaml(path)
    folder = shutil.copytree(TESTS / "small", tmp_path / "small")
    for edit in case["edits"]:
        file = folder / edit["in"]
        if "replace" not in edit:  # a file that the small script does not have
            file.write_text(edit["by"])
            continue
        text = file.read_text()
        assert edit["replace"] in text
        file.write_text(text.replace(edit["replace"], edit["by"], 1))
    with pytest.raises(ScriptError) as raised:
        load(folder)
    problems = [str(p).replace(f"{folder}/", "") for p in raised.value.problems]
    assert problems == case["problems"]


def test_the_small_script_is_sound() -> None:
    assert load(TESTS / "small").graph.home == "main"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="no such folder of prompts"):
        load(tmp_path / "nowhere")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    folder = shutil.copytree(TESTS / "small", tmp_path / "small")
    (folder / "en.yaml").unlink()
    (folder / "menu.yaml").unlink()
    with pytest.raises(ScriptError) as raised:
        load(folder)
    assert [p.text for p in raised.value.problems] == [
        "cannot be read (No such file or directory)"
    ] * 2


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\xff\xfe", "is not UTF-8"),
        (b"a: [", "is not YAML"),
        (b"a: &x 1\nb: *x", "has an alias"),
        (b"a: 2026-99-99", "is not YAML"),
        (b"- 1", "is a list"),
        (b"", "is empty"),
        (b"x" * 5_000_000, "is over 4,000,000 bytes"),
        (b"a: " + b"[" * 50 + b"]" * 50, "is nested too deep"),
        (b"!!python/object:os.system {}", "is not YAML"),
    ],
)
def test_what_is_no_script_at_all_is_told(content: bytes, what: str, tmp_path: Path) -> None:
    folder = shutil.copytree(TESTS / "small", tmp_path / "small")
    (folder / "menu.yaml").write_bytes(content)
    with pytest.raises(ScriptError) as raised:
        load(folder)
    assert what in raised.value.problems[0].text
