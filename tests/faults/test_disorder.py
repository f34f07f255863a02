"""Webhooks that come twice, late or in the wrong order, and a clock that jumps: nothing is lost."""

import datetime as dt
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from ivr.phone.call import Call
from ivr.phone.parties import Parties
from ivr.phone.signature import sign
from ivr.phone.transport import Answer, Form, WsgiTransport
from ivr.settings import Settings
from ivr.web import create_app
from ivr.web.voice.webhooks import VoiceWebhooks
from tests.caller import Caller
from tests.lines import SHIPPED, TOKEN

LINE_URL = "http://127.0.0.1/voice"
TURNS = [("", {}), ("/en/opening", {"Digits": "1"}), ("/en/main", {"Digits": "1"})]
TURNS += [("/en/signs", {"Digits": "0"}), ("/en/hotline?at=dial", {"DialCallStatus": "busy"})]


@pytest.fixture
def line(state: Path) -> Flask:
    return create_app(Settings(auth_tokens=(TOKEN,), prompts=SHIPPED, state=state, audio=False))


def counted(line: Flask, state: Path) -> dict[str, int]:
    line.services.telemetry.recorder.close()
    with closing(sqlite3.connect(state / "records.db")) as records:
        query = "SELECT count(*) FROM {}"
        names = ("calls", "steps", "transfers")
        return {name: records.execute(query.format(name)).fetchone()[0] for name in names}


def sent(line: Flask, path: str, form: dict[str, str], token: str) -> str:
    """Post as the carrier does; return what is answered."""
    headers = {
        "X-Twilio-Signature": sign(TOKEN, LINE_URL + path, list(form.items())),
        "I-Twilio-Idempotency-Token": token,
    }
    client = line.test_client()
    answer = client.post(f"/voice{path}", base_url=LINE_URL[:16], data=form, headers=headers)
    assert answer.status_code in {200, 204}
    return answer.text


@pytest.mark.parametrize("seed", range(5))
def test_requests_in_any_order_and_twice_are_each_recorded_once(
    line: Flask, state: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 a die
    turns = [(i, *turn) for i, turn in enumerate(TURNS)] * 2
    chance.shuffle(turns)
    form = dict(Parties("+12025550143", "+12025550100", "CA1", "AC1").form("in-progress"))
    for i, path, added in turns:
        answer = sent(line, path, {**form, **added}, f"token {i}")
        assert "<Gather" in answer or "<Dial" in answer
    totals = counted(line, state)
    assert (totals["calls"], totals["steps"]) == (1, 5)


def test_a_request_that_comes_after_the_call_has_ended_is_answered_and_recorded(
    line: Flask, state: Path
) -> None:
    """Late by seconds or hours, and by the record of the call's end: no call begins or goes on."""
    parties = Parties("+12025550143", "+12025550100", "CA1", "AC1")
    form = dict(parties.form("in-progress"))
    ended = {**dict(parties.form("completed")), "CallDuration": "61"}
    sent(line, "", form, "first")
    sent(line, "/status", ended, "end")
    line.services.telemetry.recorder.close()
    for i in range(2):  # and once more
        late = sent(line, "/en/main", {**form, "Digits": "0"}, "late")
        assert "<Number>+18883737888</Number>" in late, i
    sent(line, "/en/hotline?at=dial", {**form, "DialCallStatus": "completed"}, "later")
    assert counted(line, state) == {"calls": 1, "steps": 3, "transfers": 1}
    with closing(sqlite3.connect(state / "records.db")) as records:
        assert records.execute("SELECT ended, seconds FROM calls").fetchall() == [("completed", 61)]


class JumpingLine(WsgiTransport):
    """Before each request the clock jumps, by days at times, forward and back."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(app, TOKEN)
        self.patch = monkeypatch
        self.jumps = iter([0, 3600, -7200, 86_400, -86_400, 30, -1] * 3)

    def request(self, method: str, url: str, form: Form) -> Answer:
        now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=next(self.jumps))
        self.patch.setattr(VoiceWebhooks, "now", lambda _: now)
        return super().request(method, url, form)


def test_a_clock_that_jumps_disturbs_no_call(
    line: Flask, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = Caller(Call(JumpingLine(line, monkeypatch), LINE_URL))
    caller.dial().press("1", "1", "#", "*").press("0").is_connected_to("+18883737888")
    caller.ends("busy").is_listened_to()
    totals = counted(line, state)
    assert (totals["calls"], totals["steps"]) == (1, 7)
