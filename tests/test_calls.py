"""Whole conversations as data: calls/<line>/*.yaml, over HTTP, signed as the carrier signs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.phone.call import Call
from ivr.phone.scenario.play import play, read

CALLS = sorted((Path(__file__).parent / "calls").glob("*/*.yaml"))


@pytest.mark.parametrize("path", CALLS, ids=lambda p: f"{p.parent.name}/{p.stem}")
@pytest.mark.parametrize("audio", [False, True], ids=["said", "played"])
def test_the_call_goes_as_written(path: Path, audio: bool, call_to: Callable[..., Call]) -> None:
    play(read(path), call_to(path.parent.name, audio=audio))


def test_there_are_calls() -> None:
    assert len(CALLS) >= 20
