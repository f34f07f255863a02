"""A caller whose end was lost: nobody is rung for them; who is only silent is connected."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from baresip import CallState
from baresip.events import Event

from ivr.phone.twiml.verbs import Dial, Record
from ivr.sip import recorder
from ivr.sip.config import Dialling
from ivr.sip.leg import Gone, Leg
from ivr.sip.transfer import Transfers
from tests.sip.conftest import Opened
from tests.sip.exchange import Exchange
from tests.sip.telephones import Telephones


class Caller:
    """A call whose sound has arrived once. `gives` is the sign of life that it gives from then."""

    state = CallState.ESTABLISHED
    peer = ""

    def __init__(self, gives: str) -> None:
        self.audio = self
        self.arrived = 1 if gives != "never sound" else 0
        self.remote_on_hold = gives == "hold"
        self._gives = gives
        self._listener: Callable[[Any], None] = lambda _: None

    def on(self, listener: Callable[[Any], None]) -> None:
        self._listener = listener

    def live(self) -> None:
        """Let 20 ms pass."""
        time.sleep(0.02)
        if self._gives == "sound":
            self.arrived += 320
        elif self._gives in {"report", "key"}:
            event = Event.CALL_RTCP if self._gives == "report" else Event.CALL_DTMF_START
            self._listener(SimpleNamespace(event=event, text="1"))

    def stats(self) -> SimpleNamespace:
        return SimpleNamespace(rx_buffered=self.arrived, rx_dropped_bytes=0, rx_discarded_bytes=0)

    def read(self, most: int) -> bytes:
        return b""

    def flush_tx(self) -> None: ...


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


def after_a_while(gives: str, loop: asyncio.AbstractEventLoop) -> Leg:
    """Return the leg of a caller who has been silent for longer than the line waits."""
    caller = Caller(gives)
    leg = Leg(caller, loop, no_sound=0.2)  # type: ignore[arg-type]
    leg.require_live()
    for _ in range(15):
        caller.live()
    return leg


class Rings:
    """An exchange that notes whom it rings."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    def dial(self, address: str, shown: str) -> None:
        self.rung.append(address)


def rung_for(leg: Leg) -> list[str]:
    exchange = Rings()
    connecting = Transfers(exchange, Dialling("sip:{digits}@pbx"))
    connecting.connect(leg, Dial(("+18883737888",), timeout=0), lambda *_: True)
    return exchange.rung


@pytest.mark.parametrize("gives", ["sound", "report", "key", "hold", "never sound"])
def test_a_silent_caller_who_gives_a_sign_of_life_is_connected(
    gives: str, loop: asyncio.AbstractEventLoop
) -> None:
    assert rung_for(after_a_while(gives, loop)) == ["sip:18883737888@pbx"]


def test_nobody_is_rung_for_a_caller_who_gives_none(loop: asyncio.AbstractEventLoop) -> None:
    with pytest.raises(Gone):
        rung_for(after_a_while("nothing", loop))


class Recorded:
    """The playout of a caller who is recorded after a tone."""

    def __init__(self, leg: Leg) -> None:
        self.leg = leg

    def drain(self) -> None: ...

    def play_tone(self, sound: bytes) -> None: ...


@pytest.mark.parametrize(("gives", "ended_by"), [("nothing", "hangup"), ("never sound", "")])
def test_a_message_ends_though_no_packet_comes_any_more(
    gives: str,
    ended_by: str,
    loop: asyncio.AbstractEventLoop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recorder, "_MISSING_SECONDS", 0.05)
    caller = Recorded(after_a_while(gives, loop))
    recording = recorder.record(caller, Record(timeout=1, max_length=5))  # type: ignore[arg-type]
    assert (recording.sound, recording.key) == (b"", ended_by)


@pytest.mark.xdist_group("sip")
@pytest.mark.timeout(300)
def test_a_killed_pbx_leaves_no_call_to_the_emergency_route(
    vanished: "Future[Exchange]", lines: dict[str, Opened], phones: Telephones
) -> None:
    """The line would connect a silent caller 5 seconds after it has warned of 911."""
    pbx = vanished.result(120)
    assert any(m.startswith("BYE") for m in pbx.received), "the call was not ended"
    assert "no sound and no report" in lines["lost"].log_text
    assert not [number for number in phones.rung if number.startswith("lost-")]
