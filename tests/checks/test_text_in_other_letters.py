"""The text message in Chinese or Arabic: its letters are no fault, and it may have two pieces."""

import shutil
from pathlib import Path

import pytest

from ivr.checks import safety
from ivr.checks.engine.registry import run_checks
from tests.lines import SHIPPED, TODAY, read_yaml, write

CHINESE = "您要的号码:{numbers}。紧急情况:911。回复 STOP 不再收到短信。"
LENGTH = 3 * len(CHINESE.format(numbers="1-888-373-7888, 1-800-843-5678"))


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (CHINESE, []),
        (CHINESE * 3, [f'"text.message" has {LENGTH} characters, limit 134']),
        ("{numbers}. 911. Así.", ['"text.message" has "í", which makes several messages of it']),
    ],
    ids=["chinese", "too long", "one letter"],
)
def test_the_message_is_held_to_its_letters(tmp_path: Path, text: str, problems: list[str]) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "line")
    spanish = folder / "es.yaml"
    content = read_yaml(spanish)
    content["prompts"]["text.message"]["text"] = text
    write(spanish, content)
    _, reported = run_checks(folder, TODAY, every=(safety,))
    assert [p.text for p in reported if p.about == "text.message"] == problems
