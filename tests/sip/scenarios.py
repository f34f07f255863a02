"""Calls as they are made, all at once, since a call is mostly waiting: tests look at them later."""

import contextlib
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import numpy as np
from baresip import BaresipError, UserAgent

from tests.sip.telephones import RATE, CallFailed, Person, Telephone, Telephones, loud

OPENING_SECONDS = 15.5
"""What is said first and cannot be cut short: 911, in both languages; and some more."""

HOTLINE, NCMEC = "18883737888", "18008435678"
EMERGENCY = "emergency"


@dataclass
class TimedCall:
    """A call that was made: its telephone, and at which second of it what was done."""

    phone: Telephone
    at: dict[str, float] = field(default_factory=dict)

    async def press(self, key: str, name: str = "", after: float = 1.0) -> None:
        await self.phone.waits(after)
        self.mark(name or key)
        await self.phone.press(key)

    async def interrupt(self, key: str, name: str, after: float) -> None:
        """Press a key while something is being said, not between two sentences."""
        await self.phone.waits(after)
        await self.phone.until(lambda: bool(loud(self.phone.sound[-RATE // 5 * 2 :]).all()))
        await self.press(key, name, after=0)

    def mark(self, name: str) -> None:
        self.at[name] = self.phone.seconds

    async def ends(self, after: float) -> "TimedCall":
        """Listen on for some seconds, and hang up."""
        await self.phone.waits(after)
        self.mark("end")
        await self.phone.hang_up()
        return self


Scenario = Callable[[Telephones, str], Awaitable[TimedCall]]
SCENARIOS: dict[str, tuple[str, Scenario]] = {}
"""By name: the line that is called, and how the call goes."""


def of(line: str) -> Callable[[Scenario], Scenario]:
    def known(scenario: Scenario) -> Scenario:
        SCENARIOS[scenario.__name__] = (line, scenario)  # type: ignore[attr-defined]
        return scenario

    return known


async def dialled(
    phones: Telephones, address: str, language: str = "1", by: UserAgent | None = None
) -> TimedCall:
    call = TimedCall(await phones.dial(address, by=by))
    await call.press(language, "language", OPENING_SECONDS)
    return call


@of("plain")
async def english(phones: Telephones, address: str) -> TimedCall:
    """Choose English, cut the menu short, and hear the first of the warning signs."""
    call = await dialled(phones, address)
    await call.interrupt("3", "signs", 8)
    await call.interrupt("1", "all", 3)
    return await call.ends(10)


@of("plain")
async def spanish(phones: Telephones, address: str) -> TimedCall:
    """Choose Spanish, be connected to a person, talk, and come back when they hang up."""
    call = await dialled(phones, address, "2")
    await call.interrupt("0", "person", 4)
    person = phones.people[HOTLINE]
    await call.phone.until(lambda: person.calls)
    call.mark("connected")
    call.phone.say(phones.people["caller"].says)
    await call.press("5", "passed on", 2)
    await call.phone.until(lambda: person.calls[0].is_over)
    call.mark("back")
    return await call.ends(7)


@of("plain")
async def by_info(phones: Telephones, address: str) -> TimedCall:
    """Send keys as SIP INFO."""
    agent = await phones.agent("old", dtmf_mode="info")
    call = await dialled(phones, address, "2", agent)
    return await call.ends(5)


@of("plain")
async def on_hold(phones: Telephones, address: str) -> TimedCall:
    """Put the line on hold in the midst of a sentence, and come back."""
    call = await dialled(phones, address)
    await call.phone.waits(4)
    await call.phone.call.hold()
    call.mark("held")
    await call.phone.pauses(6)
    await call.phone.call.resume()
    call.mark("resumed")
    return await call.ends(6)


@of("languages")
async def twelve_languages(phones: Telephones, address: str) -> TimedCall:
    """Find one's language on the second page of others, hear it, and be put through by its key."""
    call = TimedCall(await phones.dial(address))
    await call.phone.until_quiet(3)
    await call.press("3", "language", 0)
    await call.press("6", "next page", 6)
    await call.press("5", "chosen", 4)
    await call.press("0", "person", 14)
    person = phones.people[f"languages-{HOTLINE}"]
    await call.phone.until(lambda: person.calls)
    call.mark("connected")
    return await call.ends(7)


async def _tries(phones: Telephones, address: str, seconds: float) -> TimedCall:
    call = await dialled(phones, address)
    await call.press("0", "person", 3)
    await call.phone.waits(seconds)
    call.mark("tried")
    return await call.ends(30)


@of("busy")
async def busy(phones: Telephones, address: str) -> TimedCall:
    """Ask for a person, whose line is busy."""
    return await _tries(phones, address, 5)


@of("away")
async def away(phones: Telephones, address: str) -> TimedCall:
    """Ask for a person, who does not answer for half a minute."""
    return await _tries(phones, address, 35)


@of("refer")
async def referred(phones: Telephones, address: str) -> TimedCall:
    """Ask for a person; the PBX is asked to connect them, and does."""
    agent = await phones.agent("handed-over", policy="auto")
    call = await dialled(phones, address, by=agent)
    await call.press("0", "person", 3)
    await call.phone.over(20)
    return call


@of("refer-busy")
async def referred_in_vain(phones: Telephones, address: str) -> TimedCall:
    """Ask for a person; the PBX is asked to connect them, and finds them busy."""
    agent = await phones.agent("not-handed-over", policy="auto")
    call = await dialled(phones, address, by=agent)
    await call.press("0", "person", 3)
    await call.phone.waits(7)
    call.mark("tried")
    return await call.ends(28)


async def _nine_twice(phones: Telephones, address: str) -> TimedCall:
    call = await dialled(phones, address)
    await call.press("9", "first", 3)
    await call.press("9", "second", 9)
    return call


@of("away")
async def emergency(phones: Telephones, address: str) -> TimedCall:
    """Press 9 twice on a line whose PBX has a route to 911."""
    call = await _nine_twice(phones, address)
    await call.phone.until(lambda: phones.people[EMERGENCY].calls, 30)
    return await call.ends(1)


@of("busy")
async def no_emergency(phones: Telephones, address: str) -> TimedCall:
    """Press 9 twice where the PBX has no route to 911, though the script would bridge."""
    call = await _nine_twice(phones, address)
    return await call.ends(10)


@of("one-at-a-time")
async def refused(phones: Telephones, address: str) -> TimedCall:
    """Call a line that has room for one, while somebody is on it, and again when they have left."""
    call = TimedCall(await phones.dial(address))
    try:
        await phones.dial(address)
        raise AssertionError("there was room for a second call")
    except CallFailed as e:
        call.at["status"] = e.status or 0
    await call.ends(1)
    await phones.later(1)
    again = TimedCall(await phones.dial(address), call.at)
    return await again.ends(1)


@of("plain")
async def wrong_user(phones: Telephones, address: str) -> TimedCall:
    """Call somebody else at the line's port."""
    call = TimedCall(await phones.dial(address))
    try:
        await phones.dial(address.replace("ivr@", "admin@"), seconds=8)
        raise AssertionError("the line answered for somebody else")
    except (CallFailed, BaresipError) as e:
        call.at["status"] = getattr(e, "status", None) or 0
    return await call.ends(0.5)


@of("on-call")
async def whispered(phones: Telephones, address: str) -> TimedCall:
    """Ask for the agency: the first on call does not take it by a key, the second does."""
    call = await dialled(phones, address)
    for key in "1111111":
        await call.press(key, after=2)
    await call.phone.until(lambda: phones.people[BACKUP].calls, 60)
    call.mark("rung")
    await call.phone.until(lambda: phones.people[BACKUP].calls[0].pressed, 30)
    return await call.ends(5)


@of("voicemail")
async def message(phones: Telephones, address: str) -> TimedCall:
    """Leave a message for the agency, and keep it."""
    call = await dialled(phones, address)
    for key in "1111114111":
        await call.press(key, after=4)  # a busy machine takes long to answer
    await call.phone.waits(3)  # the tone has been
    call.phone.say(phones.people["caller"].says)
    await call.press("#", "left", 6)
    await call.press("1", "kept", 6)
    return await call.ends(4)


@of("nonsense")
async def nonsense(phones: Telephones, address: str) -> TimedCall:
    """Press a key on a line that answers with nonsense from then on."""
    call = await dialled(phones, address)
    return await saved(phones, call, "nonsense")


@of("hangs")
async def hanging(phones: Telephones, address: str) -> TimedCall:
    """Press a key on a line that does not answer any more."""
    call = await dialled(phones, address)
    return await saved(phones, call, "hangs")


@of("down")
async def down(phones: Telephones, address: str) -> TimedCall:
    """Call a line behind which nothing runs at all."""
    call = TimedCall(await phones.dial(address))
    call.mark("language")
    return await saved(phones, call, "down")


async def saved(phones: Telephones, call: TimedCall, line: str) -> TimedCall:
    person = phones.people[f"{line}-{HOTLINE}"]
    await call.phone.until(lambda: person.calls, 80)
    call.mark("connected")
    return await call.ends(1)


WALK_KEYS = "1112233450*#67"
"""What callers press at random; 9 would lead to 911, which has tests of its own."""


async def walk(phones: Telephones, address: str, seed: int, *, silent: bool) -> TimedCall:
    """Press keys at random, then stay silent or ask for a person, until somebody is heard."""
    chance = random.Random(seed)  # noqa: S311 a test's callers
    await phones.later(seed % 12 * 0.4)
    call = TimedCall(await phones.dial(address))
    phone = call.phone
    await phone.waits(OPENING_SECONDS - 2)
    for _ in range(chance.randint(3, 9)):
        if phone.is_over or is_a_person(phone):
            break
        with contextlib.suppress(BaresipError):  # it may have ended meanwhile
            await call.press(chance.choice(WALK_KEYS), after=chance.uniform(0.3, 2.5))
    # Where one of three lines is busy, who asks again and again may have to ask often.
    end = phone.seconds + (300 if silent else 180)
    while not (phone.is_over or is_a_person(phone)) and phone.seconds < end:
        for _ in range(20):
            if not is_a_person(phone):
                await phone.waits(0.2)
        if not (silent or is_a_person(phone) or phone.is_over):
            await call.press("0", after=0)
    call.at["person"] = float(is_a_person(phone))
    return await call.ends(0)


def is_a_person(phone: Telephone) -> bool:
    """Tell whether the last that was heard is the tone by which people answer on walks."""
    samples = np.frombuffer(bytes(phone.sound[-RATE:]), "<i2").astype(np.float32)
    if len(samples) < RATE // 2:
        return False
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    at = round(WALK_HERTZ * len(samples) / RATE)
    return bool(spectrum[at - 3 : at + 4].sum() > 0.8 * spectrum.sum())


WALK_HERTZ = 1300
WALK_TONE = (np.sin(2 * np.pi * WALK_HERTZ / RATE * np.arange(RATE * 6)) * 8000).astype("<i2")

SHORT_WALKS = 12
WALKS = int(os.environ.get("IVR_SIP_WALKS", str(SHORT_WALKS)))

for _seed in range(min(WALKS, SHORT_WALKS)):

    @of("walks")
    async def _walk(phones: Telephones, address: str, seed: int = _seed) -> TimedCall:
        return await walk(phones, address, seed, silent=False)

    SCENARIOS[f"walk {_seed}"] = SCENARIOS.pop("_walk")


WORKER, BACKUP = "on-call-12025550121", "on-call-12025550122"


def people(says: bytes, asks: bytes) -> dict[str, Person]:
    """Return who is rung on which line; who answers `says` something, the caller `asks`."""
    return {
        "caller": Person(says=asks),
        HOTLINE: Person("answers", says=says, stays=8),
        f"languages-{HOTLINE}": Person("answers", says=says, stays=8),
        f"busy-{HOTLINE}": Person("busy"),
        f"away-{HOTLINE}": Person("away"),
        f"refer-{HOTLINE}": Person("answers", says=says, stays=3),
        f"refer-busy-{HOTLINE}": Person("busy"),
        EMERGENCY: Person("answers", stays=2),
        **{
            f"walks-{number}": Person("varies", says=WALK_TONE.tobytes(), stays=5)
            for number in ("18883737888", "18008435678", "18663472423", "12025550123")
        },
        WORKER: Person("answers", stays=20),
        BACKUP: Person("answers", keys="1", stays=10),
        **{
            f"{line}-{HOTLINE}": Person("answers", stays=2)
            for line in ("nonsense", "hangs", "down")
        },
    }


__all__ = ["HOTLINE", "NCMEC", "SCENARIOS", "Person", "TimedCall", "people"]
