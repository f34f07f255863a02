"""Real telephones on this machine: callers who dial, press and record, and people who are rung."""

import asyncio
import contextlib
import random
import threading
import time
import wave
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from baresip import (
    Account,
    AudioNotActive,
    AudioRestarted,
    BaresipError,
    Call,
    CallFailed,
    CallState,
    Config,
    Runtime,
    UserAgent,
)
from baresip.events import Event, StackEvent

from ivr.sip.agent import give_lost_answer

T = TypeVar("T")

RATE = 8000
LOOPBACK = "127.0.0.1"
PATIENCE_SECONDS = 30.0


@dataclass
class Person:
    """Somebody who can be rung: `answers`, is `busy`, lets it ring (`away`), or `varies`.

    Who answers says `says`, presses `keys`, and hangs up after `stays` seconds of that.
    """

    does: str = "answers"
    says: bytes = b""
    keys: str = ""
    stays: float = 3.0
    rung: list[str] = field(default_factory=list)
    calls: list["Telephone"] = field(default_factory=list)


class Telephone:
    """One call on one telephone: what was heard in it, second by second, and what was done."""

    looks = 0.02
    """How often it takes what has come, in seconds."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.sound = bytearray()
        self.keys: list[str] = []
        self.pressed: list[tuple[str, float]] = []
        self._say: bytes = b""
        call.on(self._on_event)
        self._listening = asyncio.ensure_future(self._listen())

    def _on_event(self, event: StackEvent) -> None:
        if event.event is Event.CALL_DTMF_START:
            self.keys.append(event.text or "")

    async def _listen(self) -> None:
        while self.call.state is not CallState.CLOSED:
            with contextlib.suppress(AudioNotActive, AudioRestarted):
                self.sound += self.call.audio.read(RATE * 2)
                if self._say:
                    self._say = self._say[self.call.audio.write(self._say[: RATE // 2]) :]
            await asyncio.sleep(self.looks)

    @property
    def seconds(self) -> float:
        """How long has been heard."""
        return len(self.sound) / 2 / RATE

    @property
    def is_over(self) -> bool:
        return self.call.state is CallState.CLOSED

    async def press(self, key: str) -> float:
        """Press a key; return at which second of the recording."""
        at = self.seconds
        self.pressed.append((key, at))
        await self.call.send_dtmf(key)
        return at

    def say(self, sound: bytes) -> None:
        self._say += sound

    async def until(self, true: Any, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until something is true, or the call is over."""
        end = time.monotonic() + seconds
        while not true() and not self.is_over:
            assert time.monotonic() < end, "it was waited for too long"
            await asyncio.sleep(0.05)

    async def waits(self, seconds: float) -> None:
        """Wait while so much more is heard."""
        until = self.seconds + seconds
        await self.until(lambda: self.seconds >= until, seconds + 10)

    async def pauses(self, seconds: float) -> None:
        """Let time pass, whether anything is heard or not."""
        await asyncio.sleep(seconds)

    async def until_sound(self, seconds: float = PATIENCE_SECONDS) -> float:
        """Wait until something is heard from now on; return when."""
        began = len(self.sound)
        await self.until(lambda: loud(self.sound[began:]).any(), seconds)
        return (began / 2 + float(np.argmax(loud(self.sound[began:]))) * FRAME) / RATE

    async def until_quiet(self, seconds: float, patience: float = 90) -> None:
        """Wait until nothing has been heard for some seconds."""
        frames = int(seconds * RATE / FRAME)
        end = self.seconds + seconds

        def quiet() -> bool:
            return self.seconds >= end and not loud(self.sound[-frames * FRAME * 2 :]).any()

        await self.until(quiet, patience)

    async def hang_up(self) -> None:
        with contextlib.suppress(BaresipError):
            await self.call.hangup()
        await self.over()

    async def over(self, seconds: float = 10.0) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._listening), seconds)

    def save(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(bytes(self.sound))
        return path


FRAME = 80
"""Samples: 10 ms."""

LOUD = 400


def loud(sound: bytes | bytearray) -> np.ndarray:
    """Return, for each 10 ms, whether there is any sound."""
    samples = np.frombuffer(bytes(sound), "<i2")
    whole = samples[: len(samples) // FRAME * FRAME].astype(np.int32).reshape(-1, FRAME)
    return np.abs(whole).max(axis=1, initial=0) > LOUD


class Telephones:
    """All telephones of a process, behind one SIP agent: callers, and a PBX with people."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.people: dict[str, Person] = {}
        self.made: list[Telephone] = []
        """Every call of a caller, and of who answered."""
        self.rung: list[str] = []
        """Every number that was dialled here, in order."""
        self._called: dict[int, str] = {}
        self._refused: dict[int, str] = {}
        self._answers: dict[int, StackEvent] = {}
        self._having: list[asyncio.Task[None]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._runtime: Runtime
        self._ua: UserAgent
        self.begin(self._start()).result(20)

    def begin(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, *work: Coroutine[Any, Any, T], seconds: float = 110) -> list[T]:
        """Run several coroutines at once; return the result of each."""
        done = [self.begin(w) for w in work]
        return [d.result(seconds) for d in done]

    async def _start(self) -> None:
        self._runtime = Runtime()
        await self._runtime.start(
            Config(
                net_interface=LOOPBACK,
                max_concurrent_calls=None,
                native_log_level="error",
                expose_headers=("To", "P-Preferred-Identity"),
                extra_config_text="\n".join(
                    (
                        f"sip_listen {LOOPBACK}:{self.port}",
                        "sip_transports udp,tcp,tls",
                        "sip_verify_server no",
                        "audio_jitter_buffer_type off",
                        "call_hold_other_calls no\n",
                    )
                ),
            )
        )
        self._runtime.subscribe(self._note)
        self._ua = await self.agent("pbx", "catchall=true")
        self._ua.on_incoming(self._ring)

    async def agent(
        self,
        user: str,
        *more: str,
        password: str = "",
        dtmf_mode: Any = "rtpevent",
        policy: str = "manual",
    ) -> UserAgent:
        account = Account(
            user,
            f"{LOOPBACK}:{self.port}",
            password=password,
            reg_interval=0,
            audio_codecs=("pcmu", "pcma"),
            dtmf_mode=dtmf_mode,
            extra_params=more,
        )
        return await UserAgent.create(self._runtime, account, transfer_policy=policy)

    def _note(self, event: StackEvent) -> None:
        if event.event is Event.CALL_CLOSED:
            self._answers.pop(event.call, None)
            self._refused[event.call] = event.text or ""
        elif event.event is Event.CALL_ESTABLISHED:
            self._answers[event.call] = event
        if event.event is Event.CALL_INCOMING:
            self._called[event.call] = (
                event.headers.get("To", "").partition("sip:")[2].partition("@")[0]
            )

    def _ring(self, call: Call) -> None:
        number = self._called.pop(call.handle, "")
        self.rung.append(number)
        person = self.people.get(number, Person("busy"))
        self._having.append(asyncio.ensure_future(self._has(call, person)))

    async def _has(self, call: Call, person: Person) -> None:
        person.rung.append(call.peer or "")
        does = person.does
        if does == "varies":
            does = random.choice(("answers", "answers", "busy"))  # noqa: S311 a test's people
        if does == "busy":
            await call.reject()
            return
        if does == "away":
            return
        await asyncio.sleep(0.2)
        await call.answer()
        phone = Telephone(call)
        self.made.append(phone)
        person.calls.append(phone)
        phone.say(person.says)
        for key in person.keys:
            await phone.waits(1.0)
            await phone.press(key)
        with contextlib.suppress(AssertionError):
            await phone.until(lambda: False, person.stays)
        await phone.hang_up()

    async def dial(
        self, address: str, *, by: UserAgent | None = None, seconds: float = 60
    ) -> Telephone:
        """Call an address; return when it is answered. Raises CallFailed."""
        call = await (by or self._ua).dial(address)
        if call.handle in self._refused:  # quicker than the library made a call of it
            raise CallFailed.from_close_reason(self._refused.pop(call.handle))
        give_lost_answer(call, self._answers)
        phone = Telephone(call)
        self.made.append(phone)
        await call.wait_established(seconds)
        return phone

    @staticmethod
    async def later(seconds: float) -> None:
        await asyncio.sleep(seconds)

    def close(self) -> None:
        self.begin(self._close()).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _close(self) -> None:
        with contextlib.suppress(BaresipError):
            await self._runtime.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


@contextmanager
def telephones(port: int) -> Iterator[Telephones]:
    made = Telephones(port)
    try:
        yield made
    finally:
        made.close()


__all__ = ["CallFailed", "Person", "Telephone", "Telephones", "loud", "telephones"]
