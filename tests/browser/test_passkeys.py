"""A passkey in a real browser, with the browser's own authenticator."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ivr.accounts import operators
from ivr.cli.local_server import on_loopback
from ivr.database.engine import open_and_migrate
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import SHIPPED, TOKEN

NAME, PASSWORD = "maria", "a long password of hers"


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """Return a page of a line of its own, in a browser that has an authenticator."""
    prompts = shutil.copytree(SHIPPED, tmp_path / "prompts")
    settings = Settings(auth_tokens=(TOKEN,), prompts=prompts, state=tmp_path / "state")
    operators.add(open_and_migrate(settings), NAME, PASSWORD)
    with on_loopback(create_app(settings)) as url:
        root = url.removesuffix("/voice").replace("127.0.0.1", "localhost")
        context = browser.new_context(base_url=root)
        opened = context.new_page()
        devices = context.new_cdp_session(opened)
        devices.send("WebAuthn.enable")
        authenticator = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
        }
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})
        yield opened
        context.close()


def sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_passkey_is_made_and_then_asked_for_at_the_sign_in(page: Page) -> None:
    sign_in(page)
    page.goto("/account")
    page.locator("#current-3").fill("not hers at all")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("#passkey-note")).to_have_text("The present password is wrong.")
    page.locator("#current-3").fill(PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("one of your 1 passkeys")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter a code")
    page.goto("/messages")
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter a code")
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Messages")
