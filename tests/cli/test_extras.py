"""A command whose extra is not installed says the one line that installs it."""

import sys

import pytest

from ivr.cli.main import main


@pytest.mark.parametrize(
    ("command", "module", "extra"),
    [
        (["audio", "check"], "numpy", "clips"),
        (["audio", "render"], "soundfile", "clips"),
        (["bench", "calls", "http://127.0.0.1:1/voice"], "greenlet", "bench"),
    ],
)
def test_a_command_without_its_extra_says_how_to_install_it(
    command: list[str],
    module: str,
    extra: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in [name for name in sys.modules if name.startswith(("ivr.cli.", "ivr.speech"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "ivr.phone.load_generator", raising=False)
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr(sys, "argv", ["ivr", *command])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert (
        capsys.readouterr().err == f'{module} is not installed: pip install "csec-ivr[{extra}]"\n'
    )
