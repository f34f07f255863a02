"""A real browser, and somebody in front of it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.handset import Handset

CHROMIUM = "chromium"
SPEECH = (Path(__file__).parent / "speech.js").read_text()

Opens = Callable[..., Handset]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Debian's chromium, once."""
    path = shutil.which(CHROMIUM)
    if path is None:
        pytest.fail(
            "there is no chromium to test with: apt-get install -y --no-install-recommends chromium"
        )
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--mute-audio"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=arguments)
        yield started
        started.close()


@pytest.fixture
def handset(browser: Browser, urls: Callable[[str], str]) -> Iterator[Opens]:
    """Open the browser phone of a variant of the line, with a voice or without.

    Whatever goes wrong in the page, or leaves for another host, fails the test.
    """
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def opened(
        variant: str = "shipped",
        query: str = "",
        *,
        voices: tuple[str, ...] = ("en-US", "es-US"),
        **options: object,
    ) -> Handset:
        context = browser.new_context(**options)
        contexts.append(context)
        context.add_init_script(f"window.VOICES = {list(voices)};\n{SPEECH}")
        page = context.new_page()
        root = urls(variant).removesuffix("/voice")
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("request", lambda r: None if r.url.startswith(root) else wrong.append(r.url))
        page.clock.install()
        page.goto(f"{root}/phone{query}")
        return Handset(page, wrong)

    yield opened
    for context in contexts:
        context.close()
    assert not wrong, wrong
