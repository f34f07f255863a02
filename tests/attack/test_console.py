"""Attacks on the console: by who would come in, or make an operator do what they did not mean."""

import pytest

from ivr.phone.signature import sign
from ivr.settings import Settings
from tests.console.conftest import (
    PASSWORD,
    Comes,
    Visitor,
    comes,
    operator,
    report,
    settings,
    visitor,
)
from tests.lines import TOKEN

__all__ = ["comes", "operator", "report", "settings", "visitor"]

OWN = {"/sign-out": {}, "/phone/call": {"acts": [], "since": 0}}


def test_a_session_that_was_planted_is_not_the_one_after_the_sign_in(visitor: Visitor) -> None:
    """Session fixation: what a stranger knows from before is worth nothing after it."""
    visitor.client.get("/sign-in")
    planted = visitor.client.get_cookie("ivr_session")
    assert planted is not None
    visitor.signs_in()
    after = visitor.client.get_cookie("ivr_session")
    assert after is not None
    assert after.value != planted.value
    stranger = visitor.client.application.test_client()
    stranger.set_cookie("ivr_session", planted.value)
    assert stranger.get("/").status_code == 302


@pytest.mark.parametrize("path", OWN)
def test_a_form_of_another_site_does_nothing(operator: Visitor, path: str) -> None:
    """CSRF: the session's cookie alone is not enough."""
    answer = operator.client.post(path, json=OWN[path], headers={"Origin": "https://evil.example"})
    assert answer.status_code == 400
    operator.sees("/")


def test_another_operators_token_is_no_good(operator: Visitor, visitor: Visitor) -> None:
    other = visitor.client.application.test_client()
    token = Visitor(other).sees("/sign-in").partition('name="csrf_token" value="')[2].split('"')[0]
    assert operator.client.post("/sign-out", data={"csrf_token": token}).status_code == 400


@pytest.mark.parametrize("name", ["maria", "MARIA", " maria "])
def test_guessing_is_stopped_however_the_name_is_written(visitor: Visitor, name: str) -> None:
    """Brute force: ten an hour, and the right one is not taken either."""
    for i in range(10):
        visitor.signs_in(name=("maria", name)[i % 2], password=f"guess {i}")
    assert visitor.signs_in(name=name, password=PASSWORD).status_code == 429


def test_a_forged_session_is_nobodys(visitor: Visitor) -> None:
    for forged in ("1.x", "eyJfdXNlcl9pZCI6IjEueCJ9.x.x", "../../etc", "é" * 20, "A" * 4000):
        visitor.client.set_cookie("ivr_session", forged)
        assert visitor.client.get("/").status_code == 302


def test_what_a_visitor_sends_is_never_markup_in_a_page(operator: Visitor) -> None:
    mark = "<script>alert(1)</script>"
    for path in (
        f"/phone?keys={mark}",
        f"/map?language={mark}",
        f"/map/{mark}",
        f"/nowhere/{mark}",
    ):
        answer = operator.client.get(path)
        assert mark not in answer.text
    assert mark not in operator.client.get(f"/sign-in?next={mark}").text


def test_with_its_database_gone_the_console_says_so_and_calls_go_on(
    comes: Comes, settings: Settings
) -> None:
    """Nothing about accounts, sessions or roles stands between a caller and help."""
    visitor = comes()
    visitor.signs_in()
    for path in settings.state.glob("records.db*"):
        path.unlink()
    (settings.state / "records.db").mkdir()
    for path in ("/", "/sign-in", "/messages", "/account", "/sessions", "/users", "/audit"):
        page = visitor.sees(path, 503)
        assert "The console cannot be used now" in page
        assert "The line goes on answering calls" in page
    assert visitor.sees("/text/en")
    url, form = "http://localhost/voice", {"CallSid": "CA" + "1" * 32}
    headers = {"X-Twilio-Signature": sign(TOKEN, url, list(form.items()))}
    answer = visitor.client.post("/voice", data=form, headers=headers)
    assert answer.status_code == 200
    assert "<Gather" in answer.text
