"""A line that refuses its carrier says so, and why; strangers cannot make it raise alarms."""

import logging
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ivr import metrics
from ivr.errors import SettingsError
from ivr.phone.signature import sign
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import SHIPPED, TOKEN
from tests.post import Post
from tests.serving import until

ACCOUNT = "AC" + "0" * 32
CALL = {
    "CallSid": "CA" + "0" * 32,
    "AccountSid": ACCOUNT,
    "From": "+12025550143",
    "To": "+12025550100",
}
PUBLIC = "https://line.example.org"


@pytest.fixture
def line(post: Post, tmp_path: Path) -> FlaskClient:
    """Return a line behind a proxy, whose IVR_PUBLIC_URL lacks the proxy's path."""
    settings = Settings(
        (TOKEN,),
        ACCOUNT,
        public_url=PUBLIC,
        prompts=SHIPPED,
        audio=False,
        state=tmp_path,
        **post.settings,
    )
    return create_app(settings).test_client()


def calls(line: FlaskClient, url: str, form: dict[str, str], token: str = TOKEN) -> int:
    """Post a call that the carrier signed for a URL; return the status."""
    signature = sign(token, url, list(form.items()))
    path = "/voice/lifeboat" if url.endswith("lifeboat") else "/voice"
    return line.post(path, data=form, headers={"X-Twilio-Signature": signature}).status_code


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]


def test_a_wrong_public_url_is_named_together_with_the_url_that_was_signed(
    line: FlaskClient, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        assert calls(line, "https://localhost/voice", CALL) == 403
    text = (
        "the line sees the URL https://line.example.org/voice, but the carrier signed for"
        " https://localhost/voice: set IVR_PUBLIC_URL to https://localhost"
    )
    assert errors(caplog) == [f"a request was refused: {text}"]
    until(lambda: post.posts)
    assert [(p["kind"], p["text"]) for p in post.posts] == [
        ("signature", f"the line refuses calls: {text}")
    ]


def test_a_wrong_token_is_named_too(
    line: FlaskClient, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    assert calls(line, f"{PUBLIC}/voice", CALL, token="another") == 403
    assert "compare TWILIO_AUTH_TOKEN" in errors(caplog)[0]
    assert "https://line.example.org/voice" in errors(caplog)[0]
    until(lambda: post.posts)
    assert post.posts[0]["kind"] == "signature"


def test_each_fallback_of_refused_calls_counts_as_a_lifeboat(line: FlaskClient, post: Post) -> None:
    before = metrics.LIFEBOATS._value.get()
    for _ in range(5):
        assert calls(line, "https://localhost/voice/lifeboat", CALL) == 200
    assert metrics.LIFEBOATS._value.get() == before + 5
    until(lambda: {p["kind"] for p in post.posts} == {"signature", "lifeboat"})


def test_strangers_raise_no_alert_and_write_one_line(
    line: FlaskClient, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    before = metrics.LIFEBOATS._value.get()
    for i in range(50):
        form = {**CALL, "AccountSid": "AC" + "1" * 32}
        assert calls(line, f"https://evil.example/{i}/voice", form, token="guess") == 403
        assert line.post("/voice", data=CALL).status_code == 403
        calls(line, "https://evil.example/lifeboat", form, token="guess")
        line.get("/voice/lifeboat")
    assert len(errors(caplog)) == 1
    assert metrics.LIFEBOATS._value.get() == before
    line.application.services.telemetry.alerts.notify("last", "the last one")
    until(lambda: post.posts)
    assert [p["kind"] for p in post.posts] == ["last"]


def test_no_callers_number_is_in_the_line(
    line: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    line.get("/voice", query_string=CALL, headers={"X-Twilio-Signature": "AAAA"})
    assert "2025550143" not in caplog.text


@pytest.mark.parametrize("url", [f" {PUBLIC}", f"{PUBLIC}/ ", f"\t{PUBLIC}\n"])
def test_blanks_around_the_public_url_do_no_harm(url: str) -> None:
    assert Settings.from_env({"IVR_PUBLIC_URL": url}).public_url == PUBLIC


@pytest.mark.parametrize("path", ["/voice", "/voice/", "/voice/lifeboat", "/voice/status"])
def test_a_public_url_that_names_a_webhook_is_refused(path: str) -> None:
    with pytest.raises(SettingsError, match=r'IVR_PUBLIC_URL is "https://.*: write it without "/v'):
        Settings.from_env({"IVR_PUBLIC_URL": PUBLIC + path})


def test_a_blank_within_the_public_url_is_refused() -> None:
    with pytest.raises(SettingsError, match="write it without blanks"):
        Settings.from_env({"IVR_PUBLIC_URL": "https://line.example .org"})
