"""Webhooks that come twice, late or in the wrong order, and a clock that jumps: nothing is lost."""

import datetime as dt
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from ivr.phone.call import Call
from ivr.phone.line import Answer, Form, WsgiLine
from ivr.phone.parties import Parties
from ivr.phone.signature import sign
from ivr.settings import Settings
from ivr.web import create_app
from ivr.web.voice import VoiceLine
from tests.caller import Caller
from tests.lines import SHIPPED, TOKEN

HERE = "http://127.0.0.1/voice"
TURNS = [("", {}), ("/en/opening", {"Digits": "1"}), ("/en/main", {"Digits": "1"})]
TURNS += [("/en/signs", {"Digits": "0"}), ("/en/hotline?at=dial", {"DialCallStatus": "busy"})]


@pytest.fixture
def line(state: Path) -> Flask:
    return create_app(Settings(auth_tokens=(TOKEN,), prompts=SHIPPED, state=state, audio=False))


def counted(line: Flask, state: Path) -> dict[str, int]:
    line.extensions["ivr.watch"].recorder.close()
    with closing(sqlite3.connect(state / "records.db")) as records:
        query = "SELECT count(*) FROM {}"
        names = ("calls", "steps", "transfers")
        return {name: records.execute(query.format(name)).fetchone()[0] for name in names}


@pytest.mark.parametrize("seed", range(5))
def test_requests_in_any_order_and_twice_are_each_recorded_once(
    line: Flask, state: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 a die
    sent = [(i, *turn) for i, turn in enumerate(TURNS)] * 2
    chance.shuffle(sent)
    client = line.test_client()
    form = dict(Parties("+12025550143", "+12025550100", "CA1", "AC1").form("in-progress"))
    for i, path, added in sent:
        told = {**form, **added}
        headers = {
            "X-Twilio-Signature": sign(TOKEN, HERE + path, list(told.items())),
            "I-Twilio-Idempotency-Token": f"token {i}",
        }
        answer = client.post(f"/voice{path}", base_url=HERE[:16], data=told, headers=headers)
        assert "<Gather" in answer.text or "<Dial" in answer.text
    found = counted(line, state)
    assert (found["calls"], found["steps"]) == (1, 5)


class JumpingLine(WsgiLine):
    """Before each request the clock jumps, by days at times, forward and back."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(app, TOKEN)
        self.patch = monkeypatch
        self.jumps = iter([0, 3600, -7200, 86_400, -86_400, 30, -1] * 3)

    def request(self, method: str, url: str, form: Form) -> Answer:
        now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=next(self.jumps))
        self.patch.setattr(VoiceLine, "now", lambda _: now)
        return super().request(method, url, form)


def test_a_clock_that_jumps_disturbs_no_call(
    line: Flask, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = Caller(Call(JumpingLine(line, monkeypatch), HERE))
    caller.dial().press("1", "1", "#", "*").press("0").is_connected_to("+18883737888")
    caller.ends("busy").is_listened_to()
    found = counted(line, state)
    assert (found["calls"], found["steps"]) == (1, 7)
