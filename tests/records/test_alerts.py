"""Operators hear of trouble by e-mail and webhook, once an hour, and never what is secret."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.cli.loopback import on_loopback
from ivr.phone.call import Call
from ivr.phone.line import HttpLine
from ivr.phone.unattended import act
from ivr.records.alerts import Alerts
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import SHIPPED, TOKEN
from tests.post import Post
from tests.serving import answers, free_port, until

DEMO = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture
def alerted(post: Post, state: Path) -> Settings:
    return Settings(state=state, demo=True, **post.settings)


def test_a_lifeboat_is_told_by_mail_and_webhook_and_then_not_again(
    alerted: Settings, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(alerted)
    monkeypatch.setattr("ivr.web.voice.reply", lambda *_: 1 / 0)
    for _ in range(3):
        answer = app.test_client().post("/voice/en/main", environ_overrides=DEMO)
        assert b"<Dial" in answer.data
    until(lambda: bool(post.mails), SHIPPED / "line.yaml")
    Alerts(alerted).tell_now("lifeboat", "from another process, soon after")
    assert [p["kind"] for p in post.posts] == ["lifeboat"]
    assert "ZeroDivisionError" in post.posts[0]["text"]
    assert len(post.mails) == 1
    assert "Subject: [ivr] lifeboat" in post.mails[0]


def test_each_kind_has_its_own_hour(alerted: Settings, post: Post) -> None:
    alerts = Alerts(alerted)
    for kind in ("dropped", "script", "dropped"):
        alerts.tell_now(kind, "trouble")
    assert [p["kind"] for p in post.posts] == ["dropped", "script"]


def test_an_alert_that_reached_nobody_is_tried_again_and_its_secrets_are_not_logged(
    alerted: Settings, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    hush = f"http://user:hush@127.0.0.1:{free_port()}/hush"
    smtp = f"smtp://user:hush@127.0.0.1:{free_port()}"
    Alerts(replace(alerted, alert_webhook=hush, smtp_url=smtp)).tell_now("dropped", "trouble")
    assert "an alert could not be sent" in caplog.text
    assert "hush" not in caplog.text
    Alerts(alerted).tell_now("dropped", "trouble")
    assert len(post.posts) == 1


def test_without_addresses_nothing_is_sent(state: Path) -> None:
    alerts = Alerts(Settings(state=state))
    alerts.tell("dropped", "trouble")
    assert alerts._thread is None


def test_a_destination_that_fails_twice_in_a_row_is_told(alerted: Settings, post: Post) -> None:
    app = create_app(replace(alerted, demo=False, auth_tokens=(TOKEN,)))
    phone = HttpLine(TOKEN)
    with on_loopback(app) as url:
        for ends in ("busy", "completed", "failed"):
            rings(phone, url, ends)
        time.sleep(1)
        assert post.posts == []
        rings(phone, url, "no-answer")
        until(lambda: bool(post.mails), SHIPPED / "line.yaml")
    phone.close()
    app.extensions["ivr.watch"].recorder.close()
    assert [p["kind"] for p in post.posts] == ["transfer-hotline"]
    assert "the last two calls to hotline failed: dial it yourself" in post.mails[0]


def rings(phone: HttpLine, url: str, ends: str) -> None:
    """Call the line and have the hotline rung; that call ends somehow."""
    call = Call(phone, url)
    call.dial()
    for token in ("1", "0", ends):
        act(call, token)
    call.hang_up()


def test_a_script_that_is_refused_is_told_and_the_old_one_goes_on(
    serve, prompts: Path, post: Post, state: Path
) -> None:
    env = {
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "IVR_ALERT_EMAIL": post.settings["alert_email"],
        "IVR_SMTP_URL": post.settings["smtp_url"],
        "IVR_ALERT_WEBHOOK": post.settings["alert_webhook"],
    }
    with serve(prompts, "--workers", "1", **env) as (url, log):
        menu = prompts / "menu.yaml"
        menu.write_text(menu.read_text().replace("then: main", "then: nowhere"))
        pid = state / f"serve-{url.rpartition(':')[2]}.pid"
        os.kill(int(pid.read_text()), signal.SIGHUP)  # what `ivr reload` would not have sent
        until(lambda: bool(post.mails), log)
        assert answers(int(url.rpartition(":")[2]))
    assert [p["kind"] for p in post.posts] == ["script"]
    assert "Subject: [ivr] script" in post.mails[0]
