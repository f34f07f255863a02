"""Load generator: many whole calls at once, in which every answer is checked.

Each call uses the same phone that tests and people use. It runs in a greenlet, which yields while
its request is under way, so that one thread carries thousands of calls.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp
import requests
from greenlet import getcurrent, greenlet
from yarl import URL

from ivr.errors import PhoneError
from ivr.phone.call import Call
from ivr.phone.scenario.run import unattended
from ivr.phone.transport import CONNECTION, TIMEOUT_SECONDS, Answer, Form, signed_request
from ivr.phone.twiml.markup import MAX_BYTES
from ivr.phone.twiml.verbs import Refused

T = TypeVar("T")


@dataclass
class Tally:
    """The results of the calls so far. `took` has the milliseconds of each answer."""

    took: list[float] = field(default_factory=list)
    good: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    now: int = 0
    most: int = 0
    """Calls in progress now, and the most that were in progress at once."""

    @property
    def ended(self) -> int:
        """How many calls have ended."""
        return self.good + self.failed.total()


@dataclass(frozen=True)
class Load:
    """Calls to make: how many, how many new ones a second, and the acts of each (`ways`, in turn).

    `pause` is the mean number of seconds before an act; each one is 0.5 to 1.5 times that.
    """

    url: str
    token: str | None
    calls: int
    rate: float
    ways: Sequence[Sequence[str]]
    pause: float


async def make_calls(load: Load, tally: Tally) -> None:
    """Make the calls, and count their results in the tally as they come."""
    began = time.monotonic()
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
        asyncio.TaskGroup() as group,
    ):
        for i in range(load.calls):
            await asyncio.sleep(max(0, began + i / load.rate - time.monotonic()))
            line = _AioTransport(session, load, tally)
            group.create_task(_call(line, load, load.ways[i % len(load.ways)], tally))


async def _call(line: "_AioTransport", load: Load, acts: Sequence[str], tally: Tally) -> None:
    tally.now += 1
    tally.most = max(tally.most, tally.now)
    try:
        outcome = await _aside(lambda: unattended(Call(line, load.url), acts))
        wrong = "" if outcome.safe else outcome.reason
    except PhoneError as e:
        wrong = str(e)
    tally.now -= 1
    if wrong:
        tally.failed[wrong] += 1
    else:
        tally.good += 1


class _AioTransport:
    """The transport of a call that runs in a greenlet."""

    def __init__(self, session: aiohttp.ClientSession, load: Load, tally: Tally) -> None:
        self._session = session
        self._load = load
        self._tally = tally
        self._writer = requests.Session()
        self._writer.trust_env = False
        self._asked = 0

    def request(self, method: str, url: str, form: Form) -> Answer:
        """Make one request. Raises Refused (11205) if nobody answers in time."""
        made = signed_request(self._writer, method, url, form, self._load.token)
        return _awaited(self._ask(made))

    async def _ask(self, made: requests.PreparedRequest) -> Answer:
        if self._asked:
            await asyncio.sleep(self._load.pause * random.uniform(0.5, 1.5))  # noqa: S311 no secret
        self._asked += 1
        began = time.perf_counter()
        try:
            async with self._session.request(
                str(made.method),
                URL(str(made.url), encoded=True),
                data=made.body,
                headers=made.headers,
                allow_redirects=False,
            ) as answer:
                body = await answer.content.read(MAX_BYTES + 1)
                while not answer.content.at_eof() and len(body) <= MAX_BYTES:
                    body += await answer.content.read(MAX_BYTES + 1 - len(body))
        except (aiohttp.ClientError, TimeoutError) as e:
            raise Refused(CONNECTION, f"the line does not answer: {type(e).__name__}") from None
        self._tally.took.append((time.perf_counter() - began) * 1000)
        return Answer.of(answer.status, answer.headers, body)


async def _aside(work: Callable[[], T]) -> T:
    """Run blocking code in a greenlet; while it waits in `_awaited`, other tasks run."""
    running = greenlet(work)
    yielded: Any = running.switch()
    while not running.dead:
        try:
            value = await yielded
        except Exception as e:  # noqa: BLE001 raised again in the greenlet
            yielded = running.throw(e)
        else:
            yielded = running.switch(value)
    result: T = yielded
    return result


def _awaited(waiting: Awaitable[T]) -> T:
    """Wait for an awaitable, from code that `_aside` runs."""
    parent = getcurrent().parent
    if parent is None:
        raise RuntimeError("_awaited was called outside of _aside")
    value: T = parent.switch(waiting)
    return value
