"""A connected caller: what goes to the other side, what does not, and when it ends."""

import asyncio
import threading
import time
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import baresip
import numpy as np
import pytest
from baresip import CallState
from baresip.events import Event, StackEvent

from ivr.phone.twiml.verbs import Dial
from ivr.sip import bridge, leg, tones, transfer
from ivr.sip.agent import give_lost_answer
from ivr.sip.config import ALL_KEYS, DIGITS, DialPlan
from ivr.sip.leg import SECOND, Gone

SPOKEN = (np.sin(np.arange(160) * 0.7) * 8000).astype("<i2").tobytes()
"""20 ms of sound that can be heard."""


@dataclass
class Side:
    """One side of a transfer, without a network: `plays` is what it sends, then it is silent."""

    plays: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    lasts: float = 60.0
    is_answered: bool = True
    is_held: bool = False
    status: int | None = None
    stops_at_key: bool = False
    sent: list[str] = field(default_factory=list)
    received: bytearray = field(default_factory=bytearray)
    sound_at: float = field(default_factory=time.monotonic)
    unsent: float = 0.0
    until: float = 0.0

    def __post_init__(self) -> None:
        self.until = time.monotonic() + self.lasts

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.until

    @property
    def has_key(self) -> bool:
        return bool(self.keys)

    def read_key(self, seconds: float) -> str:
        return self.keys.pop(0)

    def drop_keys(self) -> None: ...

    def flush(self) -> None: ...

    def answer(self) -> None: ...

    def hang_up(self) -> None: ...

    def send(self, key: str) -> None:
        self.sent.append(key)

    def read(self) -> bytes:
        self.wait(0)
        if not self.plays:
            return b""
        self.sound_at = time.monotonic()
        return self.plays.pop(0)

    def write(self, sound: bytes) -> int:
        self.received += sound
        return len(sound)

    def require_live(self) -> None: ...

    def wait(self, seconds: float) -> None:
        if self.is_over:
            raise Gone
        time.sleep(min(seconds, 0.005))


def bridged(caller: Side, callee: Side, *args: Any, **more: Any) -> str:
    return bridge.bridge(caller, callee, *args, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("passed_on", "sent"), [(DIGITS, "1234"), (ALL_KEYS, "1*2#34")])
def test_a_caller_cannot_begin_a_feature_code_of_the_pbx(passed_on: str, sent: str) -> None:
    caller, callee = Side(keys=list("1*2#34")), Side(lasts=0.3)
    assert bridged(caller, callee, passed_on=passed_on) == "callee"
    assert "".join(callee.sent) == sent


def test_only_digits_are_passed_on_unless_the_operator_says_so() -> None:
    assert DialPlan("sip:{digits}@pbx").keys == DIGITS


@pytest.mark.parametrize("silent", ["caller", "callee"])
def test_a_transfer_ends_if_the_sound_of_one_side_stops(
    silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "NO_SOUND_SECONDS", 0.2)
    sides = {
        name: Side([SPOKEN] * (5 if name == silent else 9999)) for name in ("caller", "callee")
    }
    assert bridged(sides["caller"], sides["callee"]) == "no sound"


@pytest.mark.parametrize("plays", [[], [SPOKEN] * 5])
def test_a_side_that_never_sent_sound_or_is_on_hold_may_stay_silent(
    plays: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "NO_SOUND_SECONDS", 0.1)
    callee = Side(list(plays), is_held=bool(plays))
    assert bridged(Side([SPOKEN] * 9999), callee, seconds=0.4) == "time"


class Waiting(Side):
    """A caller who presses star once they hear the tone of hold."""

    def write(self, sound: bytes) -> int:
        if sound == tones.HELD:
            self.keys.append("*")
        return super().write(sound)


def test_a_caller_on_hold_without_music_hears_that_they_still_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bridge, "HELD_SECONDS", 0.1)
    assert bridged(Waiting(), Side(is_held=True), until="*", seconds=60) == "key"


@pytest.mark.parametrize(("is_held", "plays"), [(True, [SPOKEN] * 9999), (False, [])])
def test_no_tone_sounds_over_music_or_a_pause(
    is_held: bool, plays: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "HELD_SECONDS", 0.1)
    callee = Side(list(plays), is_held=is_held)
    assert bridged(Waiting(), callee, until="*", seconds=0.5) == "time"


def test_callers_hear_what_the_other_exchange_says_before_the_answer() -> None:
    caller, callee = Side(), Side([SPOKEN] * 30, is_answered=False)
    with bridge.ringing(caller, callee):  # type: ignore[arg-type]
        while callee.plays:
            time.sleep(0.01)
    assert SPOKEN * 5 in bytes(caller.received)


@pytest.mark.parametrize("plays", [[], [bytes(320)] * 9999])
def test_callers_hear_the_line_ring_where_the_other_exchange_is_silent(plays: list[bytes]) -> None:
    caller = Side()
    with bridge.ringing(caller, Side(plays, is_answered=False)):  # type: ignore[arg-type]
        while len(caller.received) < SECOND // 5:
            time.sleep(0.01)
    assert np.frombuffer(bytes(caller.received), "<i2").max() > 2000


@dataclass
class Calls:
    """An exchange on which everybody is the same `side`."""

    side: Side

    def dial(self, address: str, shown: str) -> Side:
        return self.side


def connected(side: Side) -> transfer.Outcome:
    dial_plan = DialPlan("sip:{digits}@pbx")
    transfers = transfer.Transfers(Calls(side), dial_plan)  # type: ignore[arg-type]
    dial = Dial(("+18883737888",))
    return transfers.connect(Side([SPOKEN] * 9999), dial, lambda *_: True)  # type: ignore[arg-type]


def test_a_call_that_is_answered_and_ends_at_once_counts_as_failed() -> None:
    assert connected(Side([SPOKEN] * 9999, lasts=0.3)).status == "failed"


def test_a_conversation_counts_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "UNCLEAR_SECONDS", 0.1)
    assert connected(Side([SPOKEN] * 9999, lasts=0.5)).status == "completed"


class Referred:
    """A call whose transfer by the PBX fails; `sound` is what still arrives of the caller."""

    state = CallState.ESTABLISHED
    remote_on_hold = False
    peer = ""

    def __init__(self, sound: bytes, fails: Exception) -> None:
        self.audio = self
        self.received = bytearray()
        self._sound = sound
        self._fails = fails
        self._hears = asyncio.Event()
        self.loop = asyncio.new_event_loop()

    def on(self, listener: Any) -> None: ...

    def read(self, most: int) -> bytes:
        return self._sound

    def write(self, sound: bytes) -> int:
        self.received += sound
        self.loop.call_soon_threadsafe(self._hears.set)
        return len(sound)

    def flush_tx(self) -> None: ...

    def info(self) -> SimpleNamespace:
        return SimpleNamespace(tx_buffered=0, tx_ready=True)

    def stats(self) -> SimpleNamespace:
        return SimpleNamespace(rx_buffered=0, rx_dropped_bytes=0, rx_discarded_bytes=0)

    async def transfer(self, address: str, timeout: float) -> None:  # noqa: ASYNC109
        await asyncio.wait_for(self._hears.wait(), 5)
        raise self._fails


BUSY = baresip.TransferFailed("busy", status=486)


def referred(call: Referred) -> transfer.Outcome:
    """Let the PBX connect a caller."""
    loop = call.loop
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    transfers = transfer.Transfers(Calls(Side()), DialPlan("sip:{digits}@pbx", refer=True))  # type: ignore[arg-type]
    try:
        caller = leg.Leg(call, loop)  # type: ignore[arg-type]
        return transfers.connect(caller, Dial(("+18883737888",)), lambda *_: True)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.mark.parametrize(
    ("fails", "status"),
    [
        (BUSY, "busy"),
        (baresip.TransferFailed("no transfer outcome within 35 s"), "failed"),
        (baresip.BaresipError("transfer failed to send"), "failed"),
        (TimeoutError(), "failed"),
    ],
    ids=["busy", "no report", "not sent", "no answer of the library"],
)
def test_a_caller_whom_the_pbx_does_not_connect_hears_it_ring_and_then_that_it_failed(
    fails: Exception, status: str
) -> None:
    call = Referred(SPOKEN, fails)
    assert referred(call).status == status
    assert np.frombuffer(bytes(call.received), "<i2").max() > 2000


def test_a_caller_whom_the_pbx_took_away_is_not_talked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leg, "TAKEN_AWAY_SECONDS", 0.2)
    with pytest.raises(Gone):
        referred(Referred(b"", BUSY))


def test_an_answer_is_not_lost_though_it_comes_before_the_call_is_known() -> None:
    """A local exchange answers at once: then it must not ring on while somebody speaks."""
    runtime = baresip.Runtime()
    early, ringing = (
        baresip.Call(runtime, handle=n, ua_handle=1, state=CallState.OUTGOING) for n in (7, 8)
    )
    answers = {7: answer_of(7), 9: answer_of(9)}
    for call in (early, ringing):
        give_lost_answer(call, answers)
    assert early.state is CallState.ESTABLISHED
    assert ringing.state is CallState.OUTGOING
    assert list(answers) == [9]


def answer_of(call: int) -> StackEvent:
    return StackEvent(
        event=Event.CALL_ESTABLISHED,
        handle=1,
        ua=1,
        call=call,
        text=None,
        peer=None,
        call_id=None,
        from_=None,
        to=None,
        headers={},
        stats={},
        truncated=False,
    )
