"""Whole conversations as data: calls/<line>/*.yaml, over HTTP, signed as the carrier signs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.phone.call import Call
from ivr.phone.scenario.load import read
from ivr.phone.scenario.play import play
from tests.lines import VARIANTS

CALLS = sorted((Path(__file__).parent / "calls").glob("*/*.yaml"))


def _id(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", CALLS, ids=_id)
def test_the_call_goes_as_written(path: Path, call_to: Callable[..., Call]) -> None:
    play(read(path), call_to(path.parent.name))


@pytest.mark.parametrize("path", [p for p in CALLS if p.parent.name in VARIANTS], ids=_id)
def test_the_call_goes_so_where_clips_are_played(path: Path, call_to: Callable[..., Call]) -> None:
    """Each script has been played; at another hour, or without texts, it plays the same clips."""
    play(read(path), call_to(path.parent.name, audio=True))


def test_there_are_calls() -> None:
    assert len(CALLS) >= 20
