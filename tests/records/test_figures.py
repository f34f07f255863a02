"""Many calls over HTTP: what the records tell is what the callers did, to the last key."""

import random
import secrets
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ivr.database.engine import open_and_migrate
from ivr.phone.call import Call, Listening, Ringing
from ivr.phone.parties import Parties, made_up_sid
from ivr.phone.transport import Answer, HttpTransport, signed_request
from ivr.records.reports.aggregates import counts
from ivr.settings import Settings
from tests.lines import TOKEN
from tests.serving import until

CALLS = 120
CALLS_BEFORE = 20
"""Calls that are over before the database goes away."""
WAYS = (
    "1,1,-,#",
    "2,1,-,0,busy",
    "-,0,no-answer,1,completed",
    "1,7,7,*",
    "1,3,1,2",
    "2,0,completed,*",
    "1,say:what on earth,-",
    "1,6,6,9,*",
    "1,0,failed,3",
    "2,1,1,0,completed",
)
OUTCOMES = {"busy", "no-answer", "completed", "failed"}
NAMES = {"+18883737888": "hotline", "+18008435678": "ncmec", "+18663472423": "hsi"}


class RetryingLine(HttpTransport):
    """The carrier on a bad day: each webhook bears a token, and many are delivered twice."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(TOKEN)
        self.chance = chance

    def request(self, method: str, url: str, form) -> Answer:
        request = signed_request(self._session, method, url, form, TOKEN)
        request.headers["I-Twilio-Idempotency-Token"] = secrets.token_hex(16)
        for _ in range(self.chance.choice((1, 1, 2))):
            done = self._session.send(request, timeout=15)
        return Answer(done.status_code, done.headers["Content-Type"], done.content)


class Count:
    """What callers did, as they count it themselves."""

    def __init__(self) -> None:
        self.parts = {
            name: Counter()
            for name in ("calls", "language", "left-at", "node", "way", "what", "transfer", "ended")
        }
        self.parts |= {"noinput": Counter()}

    def call(self, line: HttpTransport, url: str, way: str, seed: int) -> None:
        sid = made_up_sid("CA")
        call = Call(line, url, Parties(call_sid=sid))
        call.dial()
        been, did = [place(call)], Counter({("what", "answer"): 1})
        for act in way.split(","):
            if (act in OUTCOMES) == isinstance(call.state, Ringing):
                did.update(do(call, act, been[-1][1]))
                been.append(place(call))
        if isinstance(call.state, Ringing):
            did["transfer", f"{NAMES[call.state.numbers[0]]}/unknown"] += 1
        call.hang_up()
        form = [("CallSid", sid), ("CallStatus", "completed"), ("CallDuration", str(seed % 300))]
        assert line.request("POST", f"{url}/status", form).status == 204
        with LOCK:
            self.parts["calls"][""] += 1
            self.parts["ended"]["completed"] += 1
            self.parts["language"][been[-1][0]] += 1
            self.parts["left-at"][been[-1][1]] += 1
            self.parts["node"].update({node for _, node in been})
            nodes = [node.partition(".")[0] for _, node in (been[0], *been)]
            self.parts["way"].update(f"{start}>{end}" for start, end in pairwise(nodes))
            for (part, name), n in did.items():
                self.parts[part][name] += n


def do(call: Call, act: str, where: str) -> list[tuple[str, str]]:
    """Do something in a call; return what that is to be counted as."""
    if isinstance(call.state, Ringing):
        rung = NAMES[call.state.numbers[0]]
        call.ends(act, 30 if act == "completed" else 0)
        return [("what", "outcome"), ("transfer", f"{rung}/{act}")]
    if act == "-":
        call.silence()
        return [("what", "noinput"), ("noinput", where)]
    if act.startswith("say:"):
        call.say(act[4:])
        return [("what", "nomatch")]
    call.press(act)
    return [("what", "key")]


LOCK = threading.Lock()


def place(call: Call) -> tuple[str, str]:
    """Return the language and place of a call, as the document says that it is in."""
    state = call.state
    assert isinstance(state, Listening | Ringing), state
    action = state.gather.action if isinstance(state, Listening) else state.dial.action
    language, node = urlsplit(action).path.split("/")[-2:]
    return language, node


def run(url: str, interrupt: Callable[[], None]) -> Count:
    count = Count()

    def stop() -> None:
        until(lambda: count.parts["calls"].total() >= CALLS_BEFORE)
        interrupt()

    stopping = threading.Thread(target=stop)
    stopping.start()

    def calls(worker: int) -> None:
        line = RetryingLine(random.Random(worker))  # noqa: S311 a die
        for i in range(worker, CALLS, WORKERS):
            count.call(line, f"{url}/voice", WAYS[i % len(WAYS)], i)
        line.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(calls, range(WORKERS)))
    stopping.join()
    return count


WORKERS = 4
WAITS = "facts wait in memory"


def figures(settings: Settings) -> dict[str, Counter]:
    with open_and_migrate(settings).connect() as connection:
        totals = counts(connection, date(2020, 1, 1), date(2100, 1, 1))
    totals.pop("hour")
    totals.pop("nomatch")
    return totals


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_records_agree_with_the_callers_though_the_database_went_away(
    serve, prompts: Path, settings: Settings, request: pytest.FixtureRequest
) -> None:
    """And though webhooks came twice; what still waited is written when the line is stopped."""

    def lock_it(log: Path) -> None:
        with sqlite3.connect(settings.state / "records.db", timeout=10) as other:
            other.execute("BEGIN EXCLUSIVE")
            until(lambda: WAITS in log.read_text(), log)

    def stop_it(log: Path) -> None:
        server = request.getfixturevalue("postgresql")
        server.stop()
        until(lambda: WAITS in log.read_text(), log)
        server.start()

    database = {"IVR_DATABASE_URL": settings.database_url} if settings.database_url else {}
    env = {"TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_ACCOUNT_SID": "AC" + "0" * 32, **database}
    with serve(prompts, "--workers", "2", **env) as (url, log):
        count = run(url, partial(stop_it if database else lock_it, log))
    assert figures(settings) == count.parts
    with open_and_migrate(settings).connect() as connection:
        hours = counts(connection, date(2020, 1, 1), date(2100, 1, 1))["hour"]
    assert hours.total() == CALLS
