"""Keys as telephones send them: one press is one key, however many messages tell of it."""

import pytest

from ivr.sip import keys
from ivr.sip.keys import Keys


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time, in a list, for tests to set."""
    moment = [10.0]
    monkeypatch.setattr(keys.time, "monotonic", lambda: moment[0])
    return moment


def pressed(clock: list[float], *messages: tuple[float, str]) -> str:
    """Return the keys of messages, each after so many seconds: a key, "up", or "tone" and a key."""
    taken = Keys()
    for seconds, message in messages:
        clock[0] += seconds
        if message == "up":
            taken.up()
        elif message.startswith("tone "):
            taken.tone(message[-1])
        else:
            taken.down(message)
    read = ""
    while taken:
        read += taken.take()
    return read


@pytest.mark.parametrize(
    "messages",
    [
        ((0, "1"), (0.01, "1"), (0.1, "up")),  # RFC 4733, and INFO as the key goes down
        ((0, "1"), (0.2, "up"), (0.02, "1"), (0.2, "up")),  # INFO once the key is up
        ((0, "1"), (0.09, "tone 1"), (0.1, "up")),  # RFC 4733, and the tone in the sound
        ((0, "tone 1"), (0.05, "1"), (0.1, "up")),
    ],
)
def test_a_press_that_is_sent_in_two_ways_counts_once(
    clock: list[float], messages: tuple[tuple[float, str], ...]
) -> None:
    assert pressed(clock, *messages) == "1"
    assert pressed(clock, *messages, (0.3, "2"), (0.1, "up")) == "12"


@pytest.mark.parametrize(
    "messages",
    [
        ((0, "1"), (0.1, "up"), (0.1, "1"), (0.1, "up")),
        ((0, "1"), (0.12, "1"), (0.1, "up")),  # INFO whose duration is longer than the press
        ((0, "tone 1"), (0.15, "tone 1")),
        ((0, "1"), (0.1, "tone 1"), (0.1, "up"), (0.1, "1"), (0.1, "tone 1"), (0.1, "up")),
    ],
)
def test_a_key_that_is_pressed_twice_counts_twice(
    clock: list[float], messages: tuple[tuple[float, str], ...]
) -> None:
    assert pressed(clock, *messages) == "11"
