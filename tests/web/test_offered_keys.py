"""A key means what the caller was told, also if another script is published while they listen."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from ivr.cli.local_server import on_loopback
from ivr.phone.call import Call
from ivr.phone.parties import Parties, made_up_sid
from ivr.phone.transport import HttpTransport
from ivr.settings import Settings
from ivr.web import create_app
from tests.caller import Caller
from tests.lines import TOKEN
from tests.small_script import edit, small

CHOICES = "      - signs\n      - hotline\n"
TURNED = "      - hotline\n      - signs\n"
HOTLINE = "+18883737888"


@dataclass
class Line:
    """A line whose script can be published anew while callers are on it."""

    folder: Path
    app: Flask

    def __call__(self, environ: dict, start: Callable) -> Iterable[bytes]:
        return self.app(environ, start)

    def publishes(self, was: str, now: str, file: str = "menu.yaml") -> None:
        edit(self.folder, [{"in": file, "replace": was, "by": now}])
        self.app = _app(self.folder)


def _app(folder: Path) -> Flask:
    return create_app(Settings((TOKEN,), prompts=folder, audio=False))


@pytest.fixture
def line(tmp_path: Path) -> Line:
    folder = small(tmp_path, spanish=True)
    return Line(folder, _app(folder))


@pytest.fixture
def caller(line: Line) -> Iterator[Callable[[], Caller]]:
    with on_loopback(line) as url, closing(HttpTransport(TOKEN)) as transport:
        yield lambda: Caller(Call(transport, url, Parties(call_sid=made_up_sid("CA"))))


def test_a_key_of_the_menu_before_repeats_the_menu_and_leads_nowhere(
    line: Line, caller: Callable[[], Caller]
) -> None:
    somebody = caller().dial().press("1").waits().hears("For the hotline, press 2.")
    line.publishes(CHOICES, TURNED)
    somebody.press("1").hears("For the hotline, press 1.").is_listened_to()
    somebody.press("1", "1").is_connected_to(HOTLINE)


def test_keys_that_lead_where_they_led_before_are_followed_and_so_are_those_of_all_menus(
    line: Line, caller: Callable[[], Caller]
) -> None:
    first, second, third = (caller().dial().press("1").waits() for _ in range(3))
    line.publishes("For the office", "For our office", "en.yaml")
    first.press("2", "1").is_connected_to(HOTLINE)
    line.publishes(CHOICES, TURNED)
    second.press("0").is_connected_to(HOTLINE)
    third.press("5").hears("That key does nothing here.", "For the hotline, press 1.")


def test_a_language_is_not_mistaken_for_another(line: Line, caller: Callable[[], Caller]) -> None:
    somebody = caller().dial().hears("For English, press 1.", "Para español, oprima 2.")
    languages = (line.folder / "line.yaml").read_text().splitlines(keepends=True)
    english, spanish = (next(x for x in languages if x.startswith(f"  {c}:")) for c in ("en", "es"))
    line.publishes(english + spanish, spanish + english, "line.yaml")
    somebody.press("1").hears("Para español, oprima 1.", "For English, press 2.").is_listened_to()
