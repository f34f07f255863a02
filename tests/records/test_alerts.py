"""Operators hear of trouble by e-mail and webhook, once an hour, and never what is secret."""

import email
import os
import re
import signal
import time
from dataclasses import replace
from email import policy
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from ivr.alerts import Alerts
from ivr.alerts.alerts import MAX_PER_HOUR
from ivr.alerts.delivery import DISCORD_CHARACTERS, Delivery, webhook_body
from ivr.cli.local_server import on_loopback
from ivr.cli.main import ivr
from ivr.errors import SettingsError
from ivr.phone.call import Call
from ivr.phone.scenario.run import act
from ivr.phone.transport import HttpTransport, WsgiTransport
from ivr.records.recorder import Recorder
from ivr.settings import Settings
from ivr.web import create_app
from tests.caller import Caller
from tests.lines import TOKEN
from tests.post import Post
from tests.serving import answers, free_port, until

DEMO = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture
def alerted(post: Post, state: Path) -> Settings:
    return Settings(state=state, demo=True, audio=False, **post.settings)


def test_a_lifeboat_is_told_by_mail_and_webhook_and_then_not_again(
    alerted: Settings, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(alerted)
    monkeypatch.setattr("ivr.web.voice.webhooks.reply", lambda *_: 1 / 0)
    for _ in range(3):
        answer = app.test_client().post("/voice/en/main", environ_overrides=DEMO)
        assert b"<Dial" in answer.data
    until(lambda: post.mails)
    app.services.telemetry.alerts.worker.stop()  # it has noted what it sent
    Alerts(alerted).notify_sync("lifeboat", "from another process, soon after")
    assert [p["kind"] for p in post.posts] == ["lifeboat"]
    assert "ZeroDivisionError" in post.posts[0]["text"]
    assert len(post.mails) == 1
    assert "Subject: [ivr] lifeboat" in post.mails[0]


def test_a_mail_is_whole_so_that_mail_servers_take_it(alerted: Settings, post: Post) -> None:
    for kind in ("script", "dropped"):
        Alerts(alerted).notify_sync(kind, "trouble with <this>")
    texts = [mail.replace("\r\n", "\n") for mail in post.mails]
    mails = [email.message_from_string(text, policy=policy.default) for text in texts]
    assert all(mail["Date"].datetime.tzinfo for mail in mails)
    assert len({mail["Message-ID"] for mail in mails}) == 2
    assert mails[0]["Message-ID"].endswith("@agency.example>")
    plain, html = mails[0].iter_parts()
    assert plain.get_content().startswith("trouble with <this>\n\nThe next alert")
    assert "trouble with &lt;this&gt;<br>" in html.get_content()


@pytest.mark.parametrize(
    "url",
    [
        "smtp://u:hush#ss@host",
        "smtp://u:hush/ss@host",
        "smtp://u:hush?s@host",
        "smtp://u:hush[ss@host",
        "smtp://u:hush ss@host",
        "smtp://u:hushé@host",
        "smtp://u:hush%C3%A9@host",
        "smtp://u:hush@host:mail",
        "smtp://u:hush@host:99999",
        "smtp://u:hush@",
        "u:hush@host",
    ],
)
def test_a_mail_server_that_cannot_be_used_is_refused_at_start_without_its_password(
    url: str,
) -> None:
    with pytest.raises(SettingsError, match="IVR_SMTP_URL") as raised:
        Settings.from_env({"IVR_SMTP_URL": url})
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["smtp://u:p%23%2F@host", "smtps://u@x:p@host:465/", "smtp://[::1]"]
)
def test_a_password_may_have_any_characters_if_they_are_encoded(url: str) -> None:
    assert Settings.from_env({"IVR_SMTP_URL": url}).smtp_url == url


@pytest.mark.parametrize("url", ["webhook", "https://", "https://x.example/a hush", "ftp://x"])
def test_a_webhook_that_is_no_url_is_refused_at_start(url: str) -> None:
    with pytest.raises(SettingsError, match="IVR_ALERT_WEBHOOK") as raised:
        Settings.from_env({"IVR_ALERT_WEBHOOK": url})
    assert "hush" not in str(raised.value)


def test_a_sender_that_fails_in_any_way_does_not_keep_the_other_from_sending(
    alerted: Settings, post: Post
) -> None:
    unusable = replace(alerted, smtp_url="smtp://u:p@127.0.0.1:port")
    assert Alerts(unusable).notify_sync("script", "trouble")
    unusable = replace(alerted, alert_webhook="http://[bad")
    assert Alerts(unusable).notify_sync("dropped", "trouble")
    assert (len(post.posts), len(post.mails)) == (1, 1)


def test_each_kind_has_its_own_hour(alerted: Settings, post: Post) -> None:
    alerts = Alerts(alerted)
    for kind in ("dropped", "script", "dropped"):
        alerts.notify_sync(kind, "trouble")
    assert [p["kind"] for p in post.posts] == ["dropped", "script"]


def test_an_alert_that_reached_nobody_is_tried_again_and_its_secrets_are_not_logged(
    alerted: Settings, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    hush = f"http://user:hush@127.0.0.1:{free_port()}/hush"
    smtp = f"smtp://user:hush@127.0.0.1:{free_port()}"
    Alerts(replace(alerted, alert_webhook=hush, smtp_url=smtp)).notify_sync("dropped", "trouble")
    assert "an alert could not be sent" in caplog.text
    assert "hush" not in caplog.text
    Alerts(alerted).notify_sync("dropped", "trouble")
    assert len(post.posts) == 1


def test_a_password_is_not_sent_to_a_mail_server_that_offers_no_tls(
    alerted: Settings, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    """As where somebody between takes away what the server says of TLS."""
    smtp = alerted.smtp_url.replace("smtp://", "smtp://user:hush@")
    assert Alerts(replace(alerted, smtp_url=smtp)).notify_sync("dropped", "trouble")
    assert (post.mails, post.passwords) == ([], [])
    assert len(post.posts) == 1
    assert "people@agency.example: the mail server offers no TLS" in caplog.text


def test_a_webhook_that_redirects_has_taken_nothing(
    alerted: Settings, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    moved = replace(alerted, alert_webhook=f"{alerted.alert_webhook}/moved", alert_email="")
    assert not Alerts(moved).notify_sync("dropped", "trouble")
    assert post.posts == []
    assert "it answered with the HTTP status 302" in caplog.text
    assert Alerts(alerted).notify_sync("dropped", "trouble")


def test_each_of_several_recipients_gets_a_mail_and_who_does_not_is_reported(
    alerted: Settings, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    people = (
        'Jörg Müller <jörg@agency.example>, gone@agency.example, "Ruiz, Ana" <ana@bücher.example>'
    )
    post.refuses.add("gone@agency.example")
    assert Alerts(replace(alerted, alert_email=people)).notify_sync("dropped", "trouble")
    assert post.recipients == ["jörg@agency.example", "ana@xn--bcher-kva.example"]
    refused = "an alert could not be sent to gone@agency.example"
    assert [r.message for r in caplog.records] == [f"{refused}: SMTPRecipientsRefused"]


@pytest.mark.parametrize(
    "text", ["people", "a@b.example c@d.example", "Müller, Jörg <j@x.example>"]
)
def test_addresses_that_are_none_are_refused_at_the_start(text: str) -> None:
    with pytest.raises(SettingsError, match=r"IVR_ALERT_EMAIL is .*: write name@example.org"):
        Settings.from_env({"IVR_ALERT_EMAIL": text})


@pytest.mark.parametrize(
    "url",
    [
        "smtp://u:hu#sh@h",
        "smtp://u:hu/sh@h",
        "smtp://u:hu?sh@h",
        "smtp://u:hu[sh@h",
        "smtp://u:hush@h:port",
        "smtp://u:hüsh@h",
        "smtp://h/hush",
    ],
)
def test_a_mail_server_that_cannot_work_is_refused_at_the_start_and_not_shown(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^IVR_SMTP_URL ") as e:
        Settings.from_env({"IVR_SMTP_URL": url})
    assert not re.search(r"hush|sh@|hu[#/?\[]", str(e.value))


@pytest.mark.parametrize(
    "url", ["webhook", "ftp://h/hush", "https://u:hush@h[/x", "https://h:hush/x", "https://h/hu sh"]
)
def test_a_webhook_that_is_no_url_is_refused_at_the_start_and_not_shown(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^IVR_ALERT_WEBHOOK is no URL") as e:
        Settings.from_env({"IVR_ALERT_WEBHOOK": url})
    assert "hush" not in str(e.value)


@pytest.mark.parametrize("variable", ["IVR_PUBLIC_URL", "IVR_FALLBACK_URL", "IVR_CARRIER_API"])
@pytest.mark.parametrize("url", ["https://u:hush@h", "https://u:hush@[h", "https://u:hush@h:x"])
def test_a_url_with_a_password_is_refused_and_not_shown(variable: str, url: str) -> None:
    with pytest.raises(SettingsError) as e:
        Settings.from_env({variable: url})
    assert "hush" not in str(e.value)


@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("https://alerts.example.org/x", {"kind": "script", "text": "a < b"}),
        ("https://notslack.com/x", {"kind": "script", "text": "a < b"}),
        ("https://hooks.slack.com/services/x", {"text": "script: a &lt; b"}),
        (
            "https://discord.com/api/webhooks/1/x",
            {"content": "script: a < b", "allowed_mentions": {"parse": []}},
        ),
        ("https://agency.webhook.office.com/x", {"text": "script: a < b"}),
    ],
)
def test_a_chat_service_gets_an_alert_in_its_own_form(url: str, body: dict[str, object]) -> None:
    assert webhook_body(url, "script", "a < b") == body


def test_a_workflow_of_teams_gets_an_alert_as_a_card() -> None:
    url = "https://prod-1.westus.logic.azure.com:443/workflows/x/triggers/manual/paths/invoke?sig=x"
    card = webhook_body(url, "script", "trouble")["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["body"][0]["text"] == "script: trouble"


def test_an_alert_longer_than_discord_takes_is_cut_and_not_refused() -> None:
    body = webhook_body("https://discord.com/api/webhooks/1/x", "script", "x" * 5000)
    assert len(body["content"]) == DISCORD_CHARACTERS


def test_an_operator_can_try_whether_alerts_arrive(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.refuses.add("gone@agency.example")
    for name, value in {
        "IVR_ALERT_EMAIL": "people@agency.example, gone@agency.example",
        "IVR_SMTP_URL": post.settings["smtp_url"],
        "IVR_ALERT_WEBHOOK": post.settings["alert_webhook"],
    }.items():
        monkeypatch.setenv(name, value)
    ran = CliRunner().invoke(ivr, ["alert", "test"])
    assert ran.output.splitlines() == [
        "the webhook: sent",
        "people@agency.example: sent",
        "gone@agency.example: SMTPRecipientsRefused",
    ]
    assert str(ran.exception) == "alerts that were not sent: 1 of 3"
    assert [p["kind"] for p in post.posts] == ["test"]
    assert "Subject: [ivr] test" in post.mails[0]


def test_without_an_address_there_is_no_alert_to_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IVR_ALERT_EMAIL", raising=False)
    monkeypatch.delenv("IVR_ALERT_WEBHOOK", raising=False)
    ran = CliRunner().invoke(ivr, ["alert", "test"])
    assert "nobody gets alerts: set IVR_ALERT_EMAIL" in str(ran.exception)


def test_without_addresses_nothing_is_sent(state: Path) -> None:
    alerts = Alerts(Settings(state=state))
    alerts.notify("dropped", "trouble")
    assert alerts.worker._thread is None


# ── Somebody needs the agency's people ────────────────────────────────────────

SENSITIVE = ("child", "missing", "police", "abuse", "traffick", "exploit", "report", "danger")


def missing(app: Flask) -> Caller:
    """Call, and choose the menu for a missing child."""
    caller = Caller(Call(WsgiTransport(app, TOKEN), "http://127.0.0.1/voice")).dial()
    return caller.press("1", "1").waits(4).press("2").hears("First, hang up and call the police")


@pytest.fixture
def line(alerted: Settings) -> Flask:
    return create_app(replace(alerted, demo=False, auth_tokens=(TOKEN,)))


def test_a_missing_child_is_told_at_once_without_a_word_of_why_or_who(
    line: Flask, post: Post
) -> None:
    missing(line)
    until(lambda: post.mails and post.posts)
    assert post.posts == [
        {
            "kind": "urgent-call",
            "text": "A caller needs you now. Please answer your telephone when it rings.",
        }
    ]
    sent_text = post.mails[0].lower() + str(post.posts).lower()
    assert not [word for word in SENSITIVE if word in sent_text]
    assert "2025550143" not in sent_text


def test_a_missing_child_is_not_put_off_until_the_records_are_written(
    line: Flask, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recorder, "record_later", lambda *_: None)
    missing(line)
    until(lambda: post.posts)
    assert [p["kind"] for p in post.posts] == ["urgent-call"]


def test_the_same_call_is_told_once_and_a_second_child_is_not_swallowed(
    line: Flask, post: Post
) -> None:
    missing(line).press("#", "*").press("2").hears("First, hang up and call the police")
    missing(line)
    until(lambda: len(post.posts) == 2)
    Alerts(line.services.telemetry.alerts.settings).notify_sync("script", "the last one")
    assert [p["kind"] for p in post.posts] == ["urgent-call", "urgent-call", "script"]


def test_nobody_can_flood_the_operators(alerted: Settings, post: Post) -> None:
    workers = Alerts(alerted), Alerts(alerted)
    for i in range(30):
        workers[i % 2].notify_sync("urgent-call", "A caller needs you now.", f"call{i}")
    assert len(post.posts) == MAX_PER_HOUR + 1, "the last one is a digest"
    workers[0].notify_sync("urgent-message", "An urgent message is waiting.", "m1")
    assert post.posts[-1]["kind"] == "urgent-message"


def test_what_went_out_is_forgotten_after_an_hour(alerted: Settings, post: Post) -> None:
    now = time.time()
    alerts = Alerts(alerted, lambda: now)
    alerts.notify_sync("urgent-call", "A caller needs you now.", "call1")
    now += 3601
    alerts.notify_sync("message", "A message is waiting.", "m1")
    assert "call1" not in (alerted.state / "alerts" / "sent.json").read_text()


def test_one_that_reached_nobody_is_tried_again_by_itself(
    alerted: Settings, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.alerts.ledger.RETRY_SECONDS", (0.01,))
    monkeypatch.setattr("ivr.alerts.alerts.POLL_SECONDS", 0.01)
    tries: list[str] = []

    def refused(self: Delivery, kind: str, *_: str) -> bool:
        tries.append(kind)
        return False

    with monkeypatch.context() as down:
        down.setattr(Delivery, "deliver", refused)
        Alerts(alerted).notify_of_call("call1")
        until(lambda: len(tries) > 4)
    until(lambda: post.posts)
    (alert,) = post.posts
    assert alert["text"].startswith("A caller needs you now.")


def test_a_call_from_the_browser_phone_alerts_nobody(alerted: Settings, post: Post) -> None:
    client = create_app(alerted).test_client()
    page = client.get("/phone", environ_overrides=DEMO).text
    token = page.partition('name="csrf-token" content="')[2].partition('"')[0]
    acts = ["1", "1", "-", "-", "-", "-", "2"]
    made = client.post(
        "/phone/call",
        json={"acts": acts, "since": 0},
        headers={"X-CSRFToken": token},
        environ_overrides=DEMO,
    )
    assert "First, hang up and call the police" in made.text
    Alerts(alerted).notify_sync("script", "the only one")
    assert [p["kind"] for p in post.posts] == ["script"]


def test_a_message_that_waits_is_told_each_with_its_link(alerted: Settings, post: Post) -> None:
    alerts = Alerts(alerted)
    link = "https://line.example.org/"
    alerts.notify_of_message("m1", link)
    alerts.notify_of_message("m1", link)
    alerts.notify_of_message("m2", link, urgent=True)
    until(lambda: len(post.posts) == 2)
    assert post.posts == [
        {"kind": "message", "text": f"A message is waiting. {link}"},
        {"kind": "urgent-message", "text": f"An urgent message is waiting. {link}"},
    ]
    assert "20 alerts an hour at most" in post.mails[0]


def test_a_destination_that_fails_twice_in_a_row_is_told(alerted: Settings, post: Post) -> None:
    app = create_app(replace(alerted, demo=False, auth_tokens=(TOKEN,)))
    phone = HttpTransport(TOKEN)
    with on_loopback(app) as url:
        for ends in ("busy", "completed", "failed"):
            rings(phone, url, ends)
        time.sleep(1)
        assert post.posts == []
        rings(phone, url, "no-answer")
        until(lambda: post.mails)
    phone.close()
    app.services.telemetry.recorder.close()
    assert [p["kind"] for p in post.posts] == ["transfer-hotline"]
    assert "the last two calls to hotline failed: dial it yourself" in post.mails[0]


def rings(phone: HttpTransport, url: str, ends: str) -> None:
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
