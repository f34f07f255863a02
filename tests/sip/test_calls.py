"""Whole calls on a wire: what a caller hears, by a real telephone, as an ear understands it."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

from ivr.phone.hearing import has_number
from tests.sip.conftest import HOTLINE, Listener, Opened, Opens
from tests.sip.telephones import FRAME, RATE, Person, Telephone, Telephones, loud

OPENING_SECONDS = 9.0
"""What is said first and cannot be cut short: 911, in both languages; and some more."""

BARGE_IN_SECONDS = 0.2


class Told:
    """A call that was made, and at which second of it what was done."""

    def __init__(self, phone: Telephone) -> None:
        self.phone = phone
        self.at: dict[str, float] = {}

    async def press(self, key: str, name: str = "", after: float = 1.0) -> None:
        await self.phone.waits(after)
        self.at[name or key] = await self.phone.press(key)


async def english(phones: Telephones, line: Opened) -> Told:
    """Choose English, cut the menu short, and hear the first of the warning signs."""
    told = Told(await phones.dial(line.address))
    await told.press("1", "english", OPENING_SECONDS)
    await told.press("1", "signs", 9)
    await told.press("1", "all", 3)
    await told.phone.waits(9)
    told.at["end"] = told.phone.seconds
    await told.phone.hang_up()
    return told


async def spanish(phones: Telephones, line: Opened) -> Told:
    """Choose Spanish, be connected to a person, talk, and come back when they hang up."""
    told = Told(await phones.dial(line.address))
    await told.press("2", "spanish", OPENING_SECONDS)
    await told.press("0", "person", 4)
    person = phones.people[HOTLINE]
    await told.phone.until(lambda: person.heard)
    told.at["connected"] = told.phone.seconds
    told.phone.say(phones.people["caller"].says)
    await told.press("5", "passed on", 2)
    await told.phone.until(lambda: person.heard[0].is_over)
    told.at["back"] = told.phone.seconds
    await told.phone.waits(7)
    await told.phone.hang_up()
    return told


@pytest.fixture(scope="module")
def calls(phones: Telephones, line: Opened, ear: Listener) -> Iterator[dict[str, "Future[Any]"]]:
    """Begin all calls of this module at once, since calls are mostly waiting."""
    words = "Hello. This is the hotline. How can I help you today?"
    phones.people[HOTLINE] = Person("answers", says=ear.says(words), stays=8)
    phones.people["caller"] = Person(says=ear.says("My name is not important.", "en-US"))
    begun = {f.__name__: phones.begin(f(phones, line)) for f in (english, spanish)}
    yield begun
    for call in begun.values():
        call.cancel()


@pytest.fixture
def told(calls: dict[str, "Future[Any]"]) -> Callable[[str], Told]:
    return lambda name: calls[name].result(100)


def test_a_caller_hears_first_to_dial_911_in_two_languages(
    told: Callable[[str], Told], ear: Listener
) -> None:
    call = told("english")
    heard = ear.hears(call.phone, "en", 0, call.at["english"])
    assert "hang up" in heard
    assert "9 1 1" in heard
    assert "press 1" in heard
    assert "marque" in ear.hears(call.phone, "es", 2.5, call.at["english"])


def test_keys_lead_to_the_warning_signs(told: Callable[[str], Told], ear: Listener) -> None:
    call = told("english")
    menu = ear.hears(call.phone, "en", call.at["english"], call.at["signs"])
    assert "family help line" in menu
    signs = ear.hears(call.phone, "en", call.at["all"], call.at["end"])
    assert re.search(r"sign|child", signs), signs


def test_a_key_stops_the_sound_at_once(told: Callable[[str], Told]) -> None:
    call = told("english")
    for name in ("signs", "all"):
        at = call.at[name]
        part = loud(call.phone.sound[int((at - 0.5) * RATE) * 2 : int((at + 1.5) * RATE) * 2])
        assert part[:50].any(), "nothing was being said, so that nothing could be stopped"
        stopped = first_quiet(part[50:], 0.05)
        assert stopped <= BARGE_IN_SECONDS, f"{name}: it went on for {stopped:.2f} s"


def first_quiet(frames: np.ndarray, seconds: float) -> float:
    """Return when it is first quiet for so long."""
    wanted = int(seconds * RATE / FRAME)
    for i in range(len(frames) - wanted):
        if not frames[i : i + wanted].any():
            return i * FRAME / RATE
    return float("inf")


def test_a_spanish_caller_is_connected_and_both_are_heard(
    told: Callable[[str], Told], ear: Listener, phones: Telephones
) -> None:
    call = told("spanish")
    before = ear.hears(call.phone, "es", call.at["person"], call.at["connected"])
    assert "linea nacional" in before or "comunicamos" in before, before
    heard = ear.hears(call.phone, "en", call.at["connected"], call.at["back"])
    assert "this is the hotline" in heard
    assert "important" in ear.hears(phones.people[HOTLINE].heard[0], "en")


def test_keys_reach_who_answered(told: Callable[[str], Told], phones: Telephones) -> None:
    told("spanish")
    assert phones.people[HOTLINE].heard[0].keys == ["5"]


def test_a_call_that_was_answered_and_has_ended_comes_back(
    told: Callable[[str], Told], ear: Listener
) -> None:
    call = told("spanish")
    heard = ear.hears(call.phone, "es", call.at["back"])
    assert "llamada" in heard or "linea de ayuda" in heard, heard


async def _tries(phones: Telephones, line: Opened, does: str) -> Told:
    told = Told(await phones.dial(line.address))
    await told.press("1", "english", OPENING_SECONDS)
    await told.press("0", "person", 3)
    if does == "away":
        await told.phone.waits(30)
    await told.phone.waits(24)
    told.at["end"] = told.phone.seconds
    await told.phone.hang_up()
    return told


@pytest.mark.parametrize(("does", "words"), [("busy", "busy"), ("away", "answered")])
def test_who_is_not_reached_is_named_with_the_number(
    phones: Telephones, urls: Callable[..., str], opens: Opens, ear: Listener, does: str, words: str
) -> None:
    phones.people[f"{does}-{HOTLINE}"] = Person(does)
    dial = f"sip:{does}-{{digits}}@127.0.0.1:{phones.port}"
    with opens(urls("shipped", audio=True), "--dial", dial) as line:
        (call,) = phones.run(_tries(phones, line, does))
    heard = ear.hears(call.phone, "en", call.at["end"] - 24)
    assert words in heard
    assert has_number(re.sub(r"(\d)(?=\d)", r"\1 ", heard)), heard


def test_nothing_of_a_caller_is_logged(line: Opened, told: Callable[[str], Told]) -> None:
    told("english")
    assert "pbx@" not in line.told
    assert "sip:pbx" not in line.told
