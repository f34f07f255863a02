"""The public page in a browser: it is left at once, and "back" does not show it again."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

Leaves = Callable[[Page], None]


@pytest.fixture
def page(browser: Browser, urls: Callable[..., str]) -> Iterator[Page]:
    """Return the page, opened from another one; the page that it is left for is made up."""
    context = browser.new_context()
    context.route("https://www.weather.gov/", lambda route: route.fulfill(body="The weather"))
    page = context.new_page()
    root = urls("shipped").removesuffix("/voice")
    page.goto(f"{root}/healthz")
    page.goto(f"{root}/text/en")
    yield page
    context.close()


def by_the_button(page: Page) -> None:
    page.get_by_role("link", name="Leave this page now").click()


def by_escape(page: Page) -> None:
    for _ in range(3):
        page.keyboard.press("Escape")


@pytest.mark.parametrize("leaves", [by_the_button, by_escape])
def test_it_is_left_at_once_and_back_leads_to_the_page_before(page: Page, leaves: Leaves) -> None:
    leaves(page)
    page.wait_for_url("https://www.weather.gov/")
    page.go_back()
    expect(page.locator("body")).to_contain_text("ok")
    assert "/healthz" in page.url


def test_escape_pressed_twice_stays(page: Page) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Leave this page now")).to_be_visible()


def test_what_the_line_is_about_is_shown_after_a_press(page: Page) -> None:
    hotline = page.get_by_role("heading", name="Hotline").first
    expect(hotline).to_be_hidden()
    page.get_by_text("Read what the line says").click()
    expect(hotline).to_be_visible()
