"""Clips for tests: spoken by the offline engine, of the small script, which says little."""

import datetime as dt
from pathlib import Path

import pytest

from ivr.dialog import Spoken
from ivr.explore.utterances import all_utterances
from ivr.script.load import load
from ivr.speech import clip_key
from ivr.speech.engines.engine import Speaker
from ivr.speech.engines.pico import Pico
from ivr.speech.render import Rendering
from tests.small_script import small

CLIPS = Path(__file__).parent.parent.parent / "audio"
"""The clips that come with the line."""

HELLO = Spoken("en", "In danger? Hang up, and dial 9 1 1.", "opening.danger")
NUMBER = Spoken("es", "El número es: … 1 … 8 8 8 … 3 7 3 … 7 8 8 8.", "transfer.number", slow=True)
MOMENT = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


def wanted_of(prompts: Path) -> dict[str, Spoken]:
    """Return all that the line of a script says."""
    return dict(all_utterances(load(prompts)))


def some(*words: Spoken) -> dict[str, Spoken]:
    """Return words as wanted clips."""
    return {clip_key.key(one): one for one in words}


def numbered(count: int) -> dict[str, Spoken]:
    """Return so many short words as wanted clips."""
    return some(*(Spoken("en", f"Step {i}.", f"step.{i}") for i in range(count)))


@pytest.fixture
def by_pico() -> Rendering:
    """Return a rendering by the offline engine, into MP3."""
    return Rendering(Speaker(Pico()))


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    """Return the folder of a small script of one language."""
    return small(tmp_path)
