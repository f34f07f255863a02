"""The console in a real browser: the way in and out, the map, print, and fitness for everybody."""

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response, expect

from tests.browser.conftest import OPERATOR, PASSWORD

PAGES = [
    "/",
    "/override",
    "/map",
    "/map/signs",
    "/map/hotline",
    "/script/en",
    "/script/es",
    "/messages",
    "/voices",
    "/reports",
    "/account",
    "/account/totp",
    "/sessions",
    "/users",
    "/audit",
    "/protection",
    "/doctor",
]
OPEN = ["/sign-in", "/text/en", "/text/es", "/nowhere"]
MAX_BYTES = 100_000

Visits = Callable[..., Page]


@pytest.fixture
def visits(
    browser: Browser, urls: Callable[..., str], session_cookies: list[dict[str, str]]
) -> Iterator[Visits]:
    """Open a page of the service, signed in or not. What leaves for another host fails."""
    contexts = []
    left: list[str] = []
    root = urls("shipped", published=True).removesuffix("/voice")

    def at(path: str, *, signed_in: bool = True, **options: object) -> Page:
        context = browser.new_context(base_url=root, **options)
        contexts.append(context)
        if signed_in:
            context.add_cookies(session_cookies)
        page = context.new_page()
        page.on("request", lambda r: None if r.url.startswith(root) else left.append(r.url))
        page.on(
            "console",
            lambda entry: left.append(entry.text) if "Content Security" in entry.text else None,
        )
        page.goto(path)
        return page

    yield at
    for context in contexts:
        context.close()
    assert not left, left


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(OPERATOR)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_an_operator_signs_in_by_keyboard_and_out_again(visits: Visits) -> None:
    page = visits("/map", signed_in=False)
    page.get_by_label("Name").focus()
    page.keyboard.type(OPERATOR)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Map of the line")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto("/map")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_bad_password_ten_times_is_answered_kindly(visits: Visits) -> None:
    page = visits("/sign-in", signed_in=False)
    for _ in range(10):
        page.get_by_label("Name").fill("somebody")
        page.get_by_label("Password").fill("not a password of theirs")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("Wrong name or password")
    with page.expect_response("**/sign-in") as answered:
        page.get_by_label("Name").fill("somebody")
        page.get_by_label("Password").fill("not a password of theirs")
        page.get_by_role("button", name="Sign in").click()
    assert answered.value.status == 429
    expect(page.get_by_role("alert")).to_contain_text(
        "this name is locked for an hour: please try again then"
    )


def test_a_click_on_the_map_leads_to_the_words_and_to_the_phone_there(visits: Visits) -> None:
    page = visits("/map", viewport={"width": 1440, "height": 900})
    page.locator("#box-signs-health").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Health, school and moods")
    expect(page.get_by_text("mood swings")).to_be_visible()
    expect(page.get_by_text("cambia mucho de ánimo")).to_be_visible()
    page.get_by_role("link", name="Hear it in English").click()
    page.wait_for_url("**/phone?keys=1,3,2,5")


def test_the_map_is_walked_by_keyboard(visits: Visits) -> None:
    page = visits("/map")
    page.locator("#box-opening").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/map/main")


@pytest.mark.parametrize("path", PAGES + OPEN)
def test_axe_finds_nothing_wrong_and_nothing_scrolls_sideways(visits: Visits, path: str) -> None:
    page = visits(path, signed_in=path not in OPEN, color_scheme="light")
    fits(page, 320, 768, 1440)
    page.evaluate("document.documentElement.style.fontSize = '200%'")  # twice the text size
    fits(page, 640)
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size({"width": 1280, "height": 720})
    fewer_alike(page)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")  # only the colours are others
    assert violations(page, **COLOURS) == []


def fits(page: Page, *widths: int) -> None:
    """Assert that a page does not scroll sideways in windows of some widths, in pixels."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}

MANY = 40
"""Rows of a table, or parts of a list, that axe looks at: it takes seconds for hundreds alike."""


def fewer_alike(page: Page) -> None:
    """Leave the first and the last of the parts that stand below each other in hundreds."""
    page.evaluate(
        """most => {
          for (const parent of document.querySelectorAll("tbody, ul, ol, dl, main, section")) {
            const inner = [...parent.children].slice(most / 2, -most / 2);
            for (const child of inner) child.remove();
          }
        }""",
        MANY,
    )


def violations(page: Page, **options: object) -> list[tuple[str, list[str]]]:
    options["resultTypes"] = ["violations"]
    report = Axe().run(page, options=options).response
    return [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in report["violations"]]


@pytest.mark.parametrize("path", ["/", "/text/en"])
def test_a_first_load_is_small(visits: Visits, path: str) -> None:
    page = visits("/healthz")
    answers: list[Response] = []
    page.on("response", lambda r: answers.append(r))  # noqa: PLW0108 playwright asks for a function
    page.goto(path, wait_until="networkidle")
    assert len(answers) >= 3
    assert sum(len(a.body()) for a in answers) < MAX_BYTES


def test_one_touch_closes_the_office_and_another_ends_that(visits: Visits) -> None:
    page = visits("/")
    now = page.get_by_role("region", name="At the agency now")
    now.get_by_role("button", name="Closed until midnight").click()
    expect(now).to_contain_text("Closed until")
    assert [v["id"] for v in Axe().run(page).response["violations"]] == []
    now.get_by_role("link", name="Another time, or an announcement").click()
    page.get_by_label("Emergency").check()
    page.get_by_label("Announcement in English").fill("Press 1 for help.")
    page.get_by_label("Announcement in Español").fill("Hoy está cerrado.")
    page.get_by_role("button", name="Set the override").click()
    expect(page.get_by_role("alert")).to_contain_text("says the key before the task")
    assert [v["id"] for v in Axe().run(page).response["violations"]] == []
    page.get_by_label("Announcement in English").fill("We are closed today.")
    page.get_by_role("button", name="Set the override").click()
    expect(now).to_contain_text("In an emergency until")
    expect(now).to_contain_text("Hoy está cerrado.")
    now.get_by_role("button", name="End it now").click()
    expect(now).to_contain_text("line.yaml has no number of the office")


def test_a_clip_on_the_page_of_voices_has_room_for_its_play_button(visits: Visits) -> None:
    page = visits("/voices", viewport={"width": 1440, "height": 900})
    cell = page.locator(".clips td:nth-child(4)").first  # this line plays no clips
    cell.evaluate("cell => cell.append(Object.assign(new Audio(), {controls: true}))")
    box = page.locator(".clips audio").first.bounding_box()
    assert box is not None
    assert box["width"] > 140, "pixels: narrower, Chromium shows no play button"


def test_the_sheet_prints_without_what_is_for_the_screen(visits: Visits) -> None:
    page = visits("/script/en")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(page.get_by_text("For its counsel")).to_be_visible()
    size = page.locator(".said").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    assert size >= 14 * 96 / 72, "large print is 14 points and more"
    broken = page.locator(".block").first.evaluate("e => getComputedStyle(e).breakInside")
    assert broken == "avoid"
    printed = page.pdf(format="Letter")
    assert 5 < len(re.findall(rb"/Type\s*/Page\b", printed)) < 40
