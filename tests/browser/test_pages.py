"""How the phone is for everybody: narrow, dark, in large print, with a screen reader, small."""

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Browser

from tests.browser.conftest import Opens
from tests.browser.handset import Handset
from tests.browser.test_console import COLOURS, violations

MAX_BYTES = 100_000


def idle(phone: Handset) -> None:
    phone.page.get_by_text("Keys and settings").click()


def must_be_heard(phone: Handset) -> None:
    phone.calls().hears("Anyone in danger?")


def speaking(phone: Handset) -> None:
    phone.calls().hears("Para español").presses("1").hears("Welcome").presses("1", "1")


def listening(phone: Handset) -> None:
    speaking(phone)
    phone.hears_it_out()


def ringing(phone: Handset) -> None:
    listening(phone)
    phone.presses("0").hears_it_out()


def replaying(phone: Handset) -> None:
    phone.page.goto(f"{phone.page.url}?keys=1,0,busy")


def over(phone: Handset) -> None:
    phone.calls().hangs_up()


SITUATIONS = [idle, must_be_heard, speaking, listening, ringing, replaying, over]


WIDTHS = (320, 360, 768, 1440)
"""320 px is also what 1280 px are at 400 % (WCAG 1.4.10)."""


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.__name__)
def test_the_phone_is_for_everybody(
    handset: Opens, situation: Callable[[Handset], None], subtests: pytest.Subtests
) -> None:
    phone = handset(voices=("en-US",), reduced_motion="reduce")
    situation(phone)
    for width in WIDTHS:
        with subtests.test("it never scrolls sideways", width=width):
            phone.page.set_viewport_size({"width": width, "height": 640})
            assert phone.page.evaluate("document.documentElement.scrollWidth") <= width
    phone.page.clock.resume()  # axe takes its time
    for scheme, rules in (("light", {}), ("dark", COLOURS)):
        with subtests.test("axe finds nothing wrong", scheme=scheme):
            phone.page.emulate_media(color_scheme=scheme)
            assert violations(phone.page, **rules) == []


def test_at_twice_the_text_size_nothing_is_lost(handset: Opens) -> None:
    phone = handset(viewport={"width": 640, "height": 900})
    phone.page.evaluate("document.documentElement.style.fontSize = '200%'")
    listening(phone)
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 640
    buttons = phone.page.locator("button:visible").all()
    cut = [b.inner_text() for b in buttons if b.evaluate("b => b.scrollWidth > b.clientWidth + 1")]
    assert cut == []


def test_the_keys_stay_where_they_are_while_the_line_speaks(handset: Opens) -> None:
    """Who is about to press a key must not have it move away from the finger."""
    phone = handset(viewport={"width": 320, "height": 640}, voices=())
    phone.calls()
    tops = set()
    for _ in range(30):
        phone.waits(0.5)
        tops.add(phone.page.evaluate("document.querySelector('#pad').offsetTop"))
    assert len(tops) == 1


def test_the_keys_are_large_enough_for_a_finger(handset: Opens) -> None:
    phone = handset(viewport={"width": 320, "height": 640})
    for box in (key.bounding_box() for key in phone.page.locator("#pad button").all()):
        assert box is not None
        assert min(box["width"], box["height"]) >= 44


def test_the_first_load_is_small_and_needs_no_other_host(
    browser: Browser, urls: Callable[..., str], session_cookies: list[dict[str, str]]
) -> None:
    root = urls("shipped", published=True).removesuffix("/voice")
    with browser.new_context() as context:
        context.add_cookies(session_cookies)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda r: asked.append(r.url))
        page.goto(f"{root}/phone", wait_until="networkidle")
    cookies = {cookie["name"]: cookie["value"] for cookie in session_cookies}
    assert {url.startswith(root) for url in asked} == {True}
    assert (
        sum(len(requests.get(url, cookies=cookies, timeout=15).content) for url in asked)
        < MAX_BYTES
    )
