"""Keys as telephones send them: one press is one key, however many messages tell of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from baresip import CallState
from baresip.events import Event, StackEvent

from ivr.sip import leg


@dataclass
class Connected:
    """A call that is connected; `listeners` get the events of the network."""

    state: CallState = CallState.ESTABLISHED
    listeners: list[Callable[[StackEvent], None]] = field(default_factory=list)

    def on(self, listener: Callable[[StackEvent], None]) -> None:
        self.listeners.append(listener)

    def press(self, key: str) -> None:
        for listener in self.listeners:
            listener(StackEvent(Event.CALL_DTMF_START, text=key))


@pytest.fixture
def call() -> Connected:
    return Connected()


@pytest.fixture
def keys(call: Connected) -> Callable[[], str]:
    loop = asyncio.new_event_loop()
    loop.close()
    caller = leg.Leg(call, loop)  # type: ignore[arg-type]

    def read() -> str:
        pressed = ""
        while caller.has_key:
            pressed += caller.read_key(0)
        return pressed

    return read


@pytest.mark.parametrize(("messages", "pressed"), [("11", "1"), ("1122", "12"), ("121", "121")])
def test_a_press_that_is_sent_in_two_ways_counts_once(
    call: Connected, keys: Callable[[], str], messages: str, pressed: str
) -> None:
    for key in messages:
        call.press(key)
    assert keys() == pressed


def test_a_key_that_is_pressed_twice_counts_twice(
    call: Connected, keys: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 10.0
    monkeypatch.setattr(leg.time, "monotonic", lambda: moment)
    call.press("1")
    moment += 0.12
    call.press("1")
    assert keys() == "11"
