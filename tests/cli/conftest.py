"""The command `ivr`, run as an operator runs it: arguments in; output, errors and status out."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ivr.cli.main import main


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str


Ivr = Callable[..., Ran]


@pytest.fixture
def ivr(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ivr:
    """Run `ivr` with arguments, in an environment without settings but those given."""
    for name in [*os.environ]:
        if name.startswith(("IVR_", "TWILIO_")) or name in {"NO_COLOR", "FORCE_COLOR"}:
            monkeypatch.delenv(name)

    def run(*arguments: object, **environment: object) -> Ran:
        for name, value in environment.items():
            monkeypatch.setenv(name, str(value))
        monkeypatch.setattr(sys, "argv", ["ivr", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            status = 0
        except SystemExit as e:
            status = int(e.code or 0)
        return Ran(status, *capsys.readouterr())

    return run
