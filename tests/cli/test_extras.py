"""A command whose extra is not installed says the one line that installs all that it needs."""

import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.cli.main import main
from ivr.errors import EXTRAS, ExtraError
from ivr.speech.engines.pico import Pico

URL = "http://127.0.0.1:1/voice"
RENDER = ["audio", "render", "--clips", "none"]
PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Take modules away, as where they were never installed."""

    def take(*modules: str) -> None:
        ours = ("ivr.cli.", "ivr.speech", "ivr.sip", "ivr.phone.load_generator")
        for name in [name for name in sys.modules if name.startswith(ours)]:
            monkeypatch.delitem(sys.modules, name)
        for module in modules:
            monkeypatch.setitem(sys.modules, module, None)

    return take


@pytest.fixture
def in_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[list[str]], str]:
    """Run a command that cannot do its work; return all that it says."""

    def run(command: list[str]) -> str:
        monkeypatch.setattr(sys, "argv", ["ivr", *command])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 1
        return capsys.readouterr().err

    return run


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "module", "extra"),
    [
        (["audio", "check"], "numpy", "clips"),
        (RENDER, "soundfile", "pico"),
        ([*RENDER, "--engine", "gtts"], "numpy", "clips"),
        ([*RENDER, "--engine", "kokoro"], "numpy", "kokoro"),
        (["audio", "listen"], "numpy", "listen"),
        (["bench", "calls", URL], "greenlet", "bench"),
        (["bench", "calls", URL], "aiohttp", "bench"),
        (["sip"], "numpy", "sip"),
        (["sip"], "aiohttp", "sip"),
        (["sip"], "baresip", "sip"),
    ],
)
def test_a_command_without_its_extra_says_how_to_install_it(
    command: list[str],
    module: str,
    extra: str,
    without: Callable[[str], None],
    tmp_path: Path,
    in_a_terminal: Callable[[list[str]], str],
) -> None:
    without(module)
    output = in_a_terminal([str(tmp_path) if word == "none" else word for word in command])
    assert output == f'{module} is not installed: pip install "csec-ivr[{extra}]"\n'


def test_an_engine_without_its_library_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "py_nanotts", None)
    with pytest.raises(ExtraError, match=re.escape('pip install "csec-ivr[pico]"')):
        Pico().speak("Hello", "en-US")


def test_the_extras_that_are_named_are_those_of_the_project() -> None:
    assert set(EXTRAS) == set(PROJECT["optional-dependencies"]) - {"dev", "build", "tools"}
