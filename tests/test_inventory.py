"""The inventory of what the line must say, counted in what a caller can hear in each language."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.phone.call import Call, Listening, Ringing
from ivr.phone.normalize import plain
from ivr.phone.transport import WsgiTransport
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import SHIPPED, TOKEN, read_yaml

INVENTORY = read_yaml(SHIPPED / "inventory.yaml")
COUNTS = {
    "kind": 1,
    "definition": 1,
    "example": 7,
    "wrong": 1,
    "duty": 1,
    "state-report": 1,
    "duty-after-check": 1,
    "sign": 17,
    "confront": 1,
    "slavery": 1,
    "fault": 1,
    "proof": 1,
    "name": 1,
    "text": 1,
    "online": 2,
    "privacy": 1,
    "hotline": 1,
    "hsi": 1,
    "ice": 1,
    "ncmec": 1,
    "pictures": 1,
    "emergency": 1,
}


def test_the_inventory_is_complete() -> None:
    assert Counter(entry["part"] for entry in INVENTORY) == COUNTS


@pytest.mark.slow
@pytest.mark.parametrize(("language", "key"), [("en", "1"), ("es", "2")])
def test_a_caller_can_hear_all_of_it(language: str, key: str, tmp_path: Path) -> None:
    app = create_app(Settings((TOKEN,), prompts=SHIPPED, state=tmp_path / "state", audio=False))
    line = WsgiTransport(app, TOKEN)
    called = lambda: Call(line, "http://127.0.0.1/voice")  # noqa: E731
    transcript = plain(" ".join(_everything(called, key, language)))
    missing = [
        (entry["part"], phrase)
        for entry in INVENTORY
        for phrase in entry["hears"][language]
        if plain(phrase) not in transcript
    ]
    assert not missing
    for number in ("1 888 373 7888", "1 866 347 2423", "1 800 843 5678"):
        assert plain(" ".join(number.replace(" ", ""))) in transcript


def _everything(called: Callable[[], Call], language_key: str, language: str) -> list[str]:
    """Press every key that is told, everywhere, and wait; return all that was heard.

    Each call goes on as far as it leads to somewhere new.
    """
    utterances: list[str] = []
    seen: set[tuple[str, bool]] = set()
    waiting: list[tuple[str, ...]] = [(language_key,)]
    while waiting:
        path = waiting.pop()
        call = called()
        call.dial()
        for key in path:
            _act(call, key)
        while isinstance(call.state, Listening) and len(path) <= 24:
            path_of_place, _, query = call.state.gather.action.partition("?")
            place = path_of_place, "first=1" in query  # the menu follows the welcome by itself
            if place in seen:
                break
            seen.add(place)
            now = " ".join(h.text for h in call.latest_utterances)
            keys = re.findall(r"(?:press|oprima) ([1-5])", now)
            waiting += [(*path, key) for key in keys]
            path = (*path, "-")
            _act(call, "-")
        assert isinstance(call.state, Listening | Ringing)
        utterances += [h.text for h in call.utterances if h.language.startswith(language)]
    return utterances


def _act(call: Call, key: str) -> None:
    """Press a key, or do nothing."""
    call.silence() if key == "-" else call.press(key)
