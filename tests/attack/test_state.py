"""The folder of the state is its owner's alone, whichever part of the line makes it first."""

import datetime as dt
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.accounts.secret_key import secret
from ivr.alerts import Alerts
from ivr.records.day_keys import DayKeys
from ivr.settings import Settings
from ivr.web.pages.clips import Renderer


def alert(settings: Settings) -> None:
    Alerts(settings).notify_sync("trouble", "a text")


def render(settings: Settings) -> None:
    renderer = Renderer(settings)
    renderer.start("--help")
    for process in renderer._started:
        assert isinstance(process, subprocess.Popen)
        process.wait(60)


MAKERS = [
    secret,
    alert,
    pytest.param(render, marks=pytest.mark.slow),
    lambda settings: DayKeys(settings.day_keys).of(dt.date(2026, 3, 8)),
]


@pytest.mark.parametrize("make", MAKERS)
def test_a_new_state_folder_is_private_also_with_the_records_elsewhere(
    make: Callable[[Settings], object], tmp_path: Path
) -> None:
    state = tmp_path / "new" / "state"
    make(Settings(state=state, database_url="postgresql://ivr@127.0.0.1:1/x"))
    for folder in (state, state.parent, *(p for p in state.iterdir() if p.is_dir())):
        assert folder.stat().st_mode & 0o777 == 0o700, folder
