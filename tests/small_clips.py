"""The clips of the small script, as the first `ivr audio render` makes them."""

from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from ivr.cli.audio import audio
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


@pytest.fixture(scope="session")
def first_render(tmp_path_factory: pytest.TempPathFactory) -> FirstRender:
    """Render the small script, once in a run of the tests. Copy the folder to change it."""
    return once(tmp_path_factory, "first-render", _render)
