"""Help comes in time with the shipped script, whatever an agency adds to it or switches on."""

from pathlib import Path
from typing import Any

import pytest

from ivr.checks import times
from ivr.script.load import load
from tests.lines import VARIANTS, change, variant

STATE = VARIANTS["state"]
ADDED: dict[str, dict[str, Any]] = {
    "shipped": {},
    "with state and office": VARIANTS["office-open"] | STATE,
    "with everything on": VARIANTS["voicemail"] | STATE | VARIANTS["bridge"],
}
"""What is added to line.yaml: nothing, what docs/go-live.md asks for, and all there is."""

WAYS = {"911", "a person", "hotline", "ncmec", "hsi", "check"}


@pytest.mark.parametrize("name", ADDED)
def test_help_comes_in_time(name: str, tmp_path: Path) -> None:
    folder = variant("shipped", tmp_path)
    change(folder / "line.yaml", ADDED[name])
    script = load(folder)
    rows = times.times(script)
    assert not [row for row in rows if row.seconds > row.limit]
    for language in script.line.languages:
        timed = {row.to for row in rows if row.language == language}
        assert timed >= WAYS
        assert ("state" in timed) is bool(ADDED[name])
        explained = {row.to for row in rows if row.done == "is explained"}
        assert bool(explained) is script.line.emergency.bridge
