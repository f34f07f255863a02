"""The command `ivr`, run as an operator runs it: arguments in; output, errors and status out."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polib
import pytest

from ivr.cli.main import main
from tests.small_script import small


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str


Ivr = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _explored_once(explored_once: None) -> None:
    """Walk through each of the scripts once: no test here changes the line."""


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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the small script in two languages, with a comment among the words."""
    return small(
        tmp_path,
        {"in": "es.yaml", "replace": "  sign.first:", "by": "  # Las señales\n  sign.first:"},
        spanish=True,
    )


@pytest.fixture
def export(ivr: Ivr, folder: Path, tmp_path: Path) -> Callable[..., polib.POFile]:
    """Send the words of a language out; return the PO file."""

    def exported(language: str = "es") -> polib.POFile:
        ran = ivr("translate", language, "--export", tmp_path / "out.po", "--prompts", folder)
        assert ran.status == 0, ran.err
        return polib.pofile(str(tmp_path / "out.po"), encoding="utf-8")

    return exported


@pytest.fixture
def take_in(ivr: Ivr, folder: Path, tmp_path: Path) -> Callable[..., Ran]:
    """Take a PO file in; return how that went."""

    def taken(po: polib.POFile, *options: str, language: str = "es") -> Ran:
        po.save(str(tmp_path / "back.po"))
        back = ("--import", tmp_path / "back.po", *options)
        return ivr("translate", language, *back, "--prompts", folder)

    return taken


def translate(entry: polib.POEntry, text: str) -> None:
    """Write a translation into an entry, in each of its plural forms if it has some."""
    if entry.msgid_plural:
        entry.msgstr_plural = dict.fromkeys(entry.msgstr_plural, text)
    else:
        entry.msgstr = text
