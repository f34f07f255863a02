"""The clips of the small script, as the first `ivr audio render` makes them."""

from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from ivr.cli.audio import audio
from ivr.explore.explorer import Explorer
from ivr.script.load import load
from ivr.speech import clip_key
from ivr.speech.engines.engine import Speaker
from ivr.speech.engines.pico import Pico
from ivr.speech.render import Rendering, render
from tests.small_script import small
from tests.walked import once


class FirstRender(NamedTuple):
    """The folder of the clips, and how the command ended and what it said."""

    clips: Path
    status: int
    output: str


def _render(room: Path) -> FirstRender:
    clips = room / "small-clips"
    prompts = small(room / "small-clips-of")
    ran = CliRunner().invoke(audio, ["render", "--prompts", str(prompts), "--clips", str(clips)])
    return FirstRender(clips, ran.exit_code, ran.output)


def _render_first_turns(room: Path) -> Path:
    clips = room / "clips-of-first-turns"
    script = load(small(room / "first-turns"))
    first = islice(Explorer(script).transitions(), 14)
    wanted = clip_key.wanted(one.turn for one in first if one.turn)
    render(clips, wanted, Rendering(Speaker(Pico())))
    return clips


@pytest.fixture(scope="session")
def clips_of_first_turns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the clips of the small script's first turns, made once in a run."""
    return once(tmp_path_factory, "clips-of-first-turns", _render_first_turns)


@pytest.fixture(scope="session")
def first_render(tmp_path_factory: pytest.TempPathFactory) -> FirstRender:
    """Render the small script, once in a run of the tests. Copy the folder to change it."""
    return once(tmp_path_factory, "first-render", _render)
