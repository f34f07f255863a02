"""Signed requests of whole calls, as the carrier makes them, for the benchmarks."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from ivr.phone.parties import Parties, dialled_call, made_up_sid
from ivr.phone.signature import sign

HOST = "line.example.org"

TURNS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("", ()),
    ("/en/opening", (("Digits", "1"),)),
    ("/en/main?first=1", (("Digits", "1"),)),
    ("/en/signs", (("Digits", ""),)),
    ("/en/signs", (("Digits", "#"),)),
    ("/en/signs?again=1", (("Digits", "7"),)),
    ("/en/signs?slow=1", (("Digits", "*"),)),
    ("/en/main?slow=1", (("Digits", "5"),)),
    ("/en/main?try=1&slow=1", (("Digits", "0"),)),
    ("/en/hotline?at=dial&back=main.0&slow=1", tuple(dialled_call("busy", 0))),
)
"""The turns of a call: the path of each request, and the fields that it adds to the form."""


@dataclass(frozen=True)
class Webhook:
    """A signed request."""

    path: str
    signature: str
    token: str
    body: str


def webhooks(count: int, secret: str, *, at_once: int = 500) -> Iterator[Webhook]:
    """Yield `count` requests of calls, `at_once` of which go on at once, in random order."""
    chance = random.Random(1)  # noqa: S311 not a secret
    calls: list[tuple[Parties, int]] = []
    for _ in range(count):
        if len(calls) < at_once:
            calls.append((_parties(), 0))
            which = len(calls) - 1
        else:
            which = chance.randrange(at_once)
        who, turn = calls[which]
        yield _webhook(who, turn, secret)
        calls[which] = (who, turn + 1) if turn + 1 < len(TURNS) else (_parties(), 0)


def _parties() -> Parties:
    return Parties("+12025550143", "+12025550100", made_up_sid("CA"), made_up_sid("AC"))


def _webhook(who: Parties, turn: int, secret: str) -> Webhook:
    path, added = TURNS[turn]
    form = [*who.form("in-progress" if turn else "ringing"), *added]
    signature = sign(secret, f"http://{HOST}/voice{path}", form)
    return Webhook(f"/voice{path}", signature, made_up_sid("RT"), urlencode(form))
