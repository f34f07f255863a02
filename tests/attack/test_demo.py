"""`ivr serve --demo` asks for no token: it answers this machine, and no other site's pages."""

from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient

from ivr.carrier.client import Account
from ivr.settings import Settings
from ivr.web import create_app
from tests.carrier.stand_in import StandIn
from tests.lines import SHIPPED
from tests.serving import REAL

EVIL = "https://evil.example"
FOREIGN = {
    "a form of another site": {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"},
    "an old browser": {"Origin": EVIL},
    "a page of another port": {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-site"},
    "a sandboxed frame": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    "a frame of an old browser": {"Origin": "null"},
    "an image": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    "DNS rebinding": {"Host": "evil.example:5000", "Sec-Fetch-Site": "same-origin"},
    "DNS rebinding, and no port": {"Host": "evil.example", "Origin": "http://evil.example"},
}
OWN = {
    "a program": {},
    "its own page": {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
    "its own form, without a referrer": {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    "the address bar": {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
}


@pytest.fixture
def demo(tmp_path: Path) -> FlaskClient:
    settings = Settings(prompts=SHIPPED, audio=False, state=tmp_path, demo=True)
    return create_app(settings).test_client()


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("path", ["/voice", "/voice/en/main", "/voice/status"])
def test_no_other_site_calls_the_demo_line(
    demo: FlaskClient, path: str, headers: dict[str, str]
) -> None:
    assert demo.post(path, data={"CallSid": "CA1"}, headers=headers).status_code == 403


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_no_other_site_is_signed_in(demo: FlaskClient, headers: dict[str, str]) -> None:
    assert demo.get("/messages", headers=headers).status_code == 302


@pytest.mark.parametrize("headers", OWN.values(), ids=OWN)
def test_this_machine_calls_and_looks(demo: FlaskClient, headers: dict[str, str]) -> None:
    assert demo.post("/voice", headers=headers).status_code == 200
    assert demo.get("/", headers=headers).status_code == 200


def test_a_link_on_another_site_opens_a_page_but_no_frame(demo: FlaskClient) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert demo.get("/", headers={**link, "Sec-Fetch-Dest": "document"}).status_code == 200
    assert demo.get("/", headers={**link, "Sec-Fetch-Dest": "iframe"}).status_code == 302


def test_the_demo_has_no_account(carrier: StandIn, tmp_path: Path) -> None:
    settings = Settings.from_env({**carrier.settings, "IVR_STATE": str(tmp_path)})
    assert Account.configured(settings) is not None
    assert Account.configured(settings.without_account()) is None


def test_credentials_in_the_environment_are_not_used_by_the_demo(
    serve, prompts: Path, carrier: StandIn
) -> None:
    """A text that is asked for reaches no account; the workers never see the token."""
    env = {**REAL, **carrier.settings}
    with serve(prompts, "--demo", "--workers", "1", **env) as (url, log):
        form = {"CallSid": "CA" + "0" * 32, "From": "+12025550143", "To": "+12025550100"}
        answer = requests.post(f"{url}/voice/en/text?at=send", {**form, "Digits": "1"}, timeout=15)
        assert answer.status_code == 200
        assert carrier.asked == []
        assert "does not use the carrier account" in log.read_text()
