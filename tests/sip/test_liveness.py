"""A caller whose call was forgotten by its PBX: nobody is rung; who is only silent is connected."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from baresip import BaresipError, CallState
from baresip.events import Event

from ivr.phone.twiml.verbs import Dial, Record
from ivr.sip import leg, recorder
from ivr.sip.config import DialPlan
from ivr.sip.leg import Gone, Leg
from ivr.sip.transfer import Transfers
from tests.sip.telephones import Telephones


class Caller:
    """A call whose sound has arrived once, and what is seen of its other end from then on."""

    state = CallState.ESTABLISHED
    peer = ""

    def __init__(self, gives: str, loop: asyncio.AbstractEventLoop) -> None:
        self.audio = self
        self.arrived = 1 if gives != "never sound" else 0
        self.remote_on_hold = gives == "hold"
        self.is_on_hold = False
        self.asked = 0
        self._gives = gives
        self._loop = loop
        self._listeners: list[Callable[[Any], None]] = []

    def on(self, listener: Callable[[Any], None]) -> None:
        self._listeners.append(listener)

    def off(self, listener: Callable[[Any], None]) -> None:
        self._listeners.remove(listener)

    def tell(self, event: Event) -> None:
        for listener in list(self._listeners):
            listener(SimpleNamespace(event=event, text="1"))

    def live(self) -> None:
        """Let 20 ms pass."""
        time.sleep(0.02)
        if self._gives == "sound":
            self.arrived += 320
        elif self._gives == "key":
            self._loop.call_soon_threadsafe(self.tell, Event.CALL_DTMF_START)

    async def hold(self) -> None:
        """Ask the other end; if it has forgotten the call, the call is over."""
        self.asked += 1
        if self._gives == "an error":
            raise BaresipError("another change is under way")
        self.is_on_hold = True
        event = Event.CALL_CLOSED if self._gives == "nothing" else Event.CALL_REMOTE_SDP
        self._loop.call_soon(self.tell, event)

    async def resume(self) -> None:
        self.is_on_hold = False

    def stats(self) -> SimpleNamespace:
        return SimpleNamespace(rx_buffered=self.arrived, rx_dropped_bytes=0, rx_discarded_bytes=0)

    def read(self, most: int) -> bytes:
        return b""

    def flush_tx(self) -> None: ...


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    thread = threading.Thread(target=made.run_forever, daemon=True)
    thread.start()
    yield made
    made.call_soon_threadsafe(made.stop)
    thread.join()
    made.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leg, "QUIET_SECONDS", 0.2)


def after_a_while(caller: Caller, loop: asyncio.AbstractEventLoop) -> Leg:
    """Return the leg of a caller of whom nothing has been heard for longer than the line waits."""
    made = Leg(caller, loop)  # type: ignore[arg-type]
    made.require_live()
    for _ in range(15):
        caller.live()
    return made


class Rings:
    """An exchange that notes whom it rings."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    def dial(self, address: str, shown: str) -> None:
        self.rung.append(address)


def rung_for(leg: Leg) -> list[str]:
    exchange = Rings()
    connecting = Transfers(exchange, DialPlan("sip:{digits}@pbx"))
    connecting.connect(leg, Dial(("+18883737888",), timeout=0), lambda *_: True)
    return exchange.rung


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("gives", "asked"),
    [("sound", 0), ("key", 0), ("hold", 0), ("never sound", 0), ("an answer", 1), ("an error", 1)],
)
def test_a_silent_caller_who_is_still_there_is_connected(
    gives: str, asked: int, loop: asyncio.AbstractEventLoop
) -> None:
    caller = Caller(gives, loop)
    assert rung_for(after_a_while(caller, loop)) == ["sip:18883737888@pbx"]
    assert (caller.asked, caller.is_on_hold) == (asked, False)


@pytest.mark.usefixtures("impatient")
def test_nobody_is_rung_for_a_caller_whom_the_pbx_has_forgotten(
    loop: asyncio.AbstractEventLoop,
) -> None:
    with pytest.raises(Gone):
        rung_for(after_a_while(Caller("nothing", loop), loop))


class Recorded:
    """The playout of a caller who is recorded after a tone."""

    def __init__(self, leg: Leg) -> None:
        self.leg = leg

    def drain(self) -> None: ...

    def play_tone(self, sound: bytes) -> None: ...


def test_a_message_ends_though_no_packet_comes_any_more(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "_MISSING_SECONDS", 0.05)
    caller = Recorded(Leg(Caller("nothing", loop), loop))  # type: ignore[arg-type]
    recording = recorder.record(caller, Record(timeout=1, max_length=5))  # type: ignore[arg-type]
    assert (recording.sound, recording.key) == (b"", "")


@pytest.mark.xdist_group("sip")
@pytest.mark.timeout(300)
def test_a_silent_call_goes_to_the_emergency_route_unless_its_pbx_was_killed(
    silent: dict[int, "Future[int]"], phones: Telephones
) -> None:
    """The line connects a silent caller 5 seconds after it has warned of 911."""
    packets = {status: call.result(120) for status, call in silent.items()}
    assert [status for status, count in packets.items() if count] == [200, 488]
    assert phones.rung.count("lost-emergency") == 2
