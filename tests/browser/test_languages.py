"""A line in twelve languages in a real browser: a call, and its pages in Arabic and Chinese."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from ivr.settings import Settings
from ivr.web import create_app
from tests.browser.conftest import Opens
from tests.browser.test_console import violations
from tests.lines import TOKEN
from tests.many_languages import add_languages
from tests.small_script import edit, small

HOTLINE = ("the hotline", "+1 888 373 7888")
BRIDGE = ("vi", "ko", "ru", "pt", "tl", "hi", "fr", "ht")
OWN = {
    "ar": ("العلامة الأولى.", "في خطر؟ أغلق الخط واتصل بالرقم 911."),
    "zh": ("第一个迹象。", "有人有危险吗?请挂断并拨打911。"),
}
"""A sign, and the words of 911, so that pages show letters of the language."""


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Return a line in English, Spanish, Arabic, Chinese, and eight languages of few texts."""
    folder = small(tmp_path_factory.mktemp("twelve"), spanish=True)
    add_languages(folder, full=("ar", "zh"), bridge=BRIDGE)
    for code, (sign, danger) in OWN.items():
        changes = [("xhe first sign.", sign), ("'X: 911.'", f"'{danger}'")]
        edit(folder, [{"in": f"{code}.yaml", "replace": a, "by": b} for a, b in changes])
    return create_app(Settings((TOKEN,), prompts=folder, audio=False))


@pytest.fixture
def page(
    line: Flask,
    browser: Browser,
    served: Callable[[Flask], str],
    session_cookies: list[dict[str, str]],
) -> Iterator[Page]:
    """Return a page of an operator's browser that shows the line."""
    context = browser.new_context(base_url=served(line).removesuffix("/voice"))
    context.add_cookies(session_cookies)
    yield context.new_page()
    context.close()


def test_a_caller_finds_a_language_on_the_second_page_and_a_person(
    handset: Opens, line: Flask
) -> None:
    phone = handset(line)
    phone.calls().hears("Other languages, press 3").presses("3").hears("العربية", "中文", "한국어")
    phone.presses("6").hears("Português", "Français").presses("2").hears(
        "X: 9 1 1", "xn interpreter"
    )
    phone.presses("0").hears("Tagalog, please.").is_connected_to(*HOTLINE)
    phone.that_call("They talk, then hang up").hangs_up()


def test_a_language_that_no_voice_speaks_leads_to_a_person_without_its_clips(
    handset: Opens, line: Flask
) -> None:
    phone = handset(line)
    phone.calls().hears("Other languages").presses("3").presses("6").hears("Haitian Creole")
    phone.presses("5").hears("The number is 1 … 8 8 8").is_connected_to(*HOTLINE)


def test_axe_finds_nothing_wrong_with_pages_of_other_letters(page: Page) -> None:
    pages = [f"/{kind}/{code}" for kind in ("text", "script") for code in OWN]
    for path in (*pages, "/map", "/map/signs"):
        page.goto(path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280, path


@pytest.mark.parametrize("code", OWN)
def test_words_run_in_the_direction_of_their_letters(page: Page, code: str) -> None:
    direction = "rtl" if code == "ar" else "ltr"
    for path, words in zip((f"/text/{code}", f"/script/{code}"), OWN[code][::-1], strict=True):
        page.goto(path)
        shown = page.get_by_text(words).first
        expect(shown).to_be_visible()
        assert shown.evaluate("e => getComputedStyle(e).direction") == direction
