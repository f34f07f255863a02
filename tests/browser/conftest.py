"""A real browser, and somebody in front of it."""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from ivr.accounts import operators
from ivr.cli.local_server import on_loopback
from ivr.database.engine import open_and_migrate, writing
from ivr.settings import Settings
from ivr.voicemail import facts as voicemail_facts
from ivr.voicemail.facts import MessageFact
from tests.browser.handset import Handset

CHROMIUM = "chromium-headless-shell"
OPERATOR, PASSWORD = "maria", "a long password of hers"
SPEECH = (Path(__file__).parent / "speech.js").read_text()

Opens = Callable[..., Handset]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Debian's chromium, once; as it comes without windows, it takes half the time."""
    path = shutil.which(CHROMIUM) or shutil.which("chromium")
    if path is None:
        pytest.fail(
            "there is no chromium to test with: "
            f"apt-get install -y --no-install-recommends {CHROMIUM}"
        )
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--mute-audio"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=arguments)
        yield started
        started.close()


@pytest.fixture(scope="session")
def session_cookies(urls: Callable[..., str]) -> list[dict[str, str]]:
    """Sign an operator in, once; the lines of a run share their operators and their secret.

    A caller has left a message for them.
    """
    operators.add(open_and_migrate(Settings()), OPERATOR, PASSWORD)
    left = MessageFact(
        "RE" + "0" * 32, "left", dt.datetime.now(dt.UTC), "en", seconds=30, safe=True
    )
    with writing(open_and_migrate(Settings())) as connection:
        voicemail_facts.write(connection, [left])
    at = urls("shipped", published=True).removesuffix("/voice") + "/sign-in"
    with requests.Session() as visit:
        page = visit.get(at, timeout=60).text
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        form = {"name": OPERATOR, "password": PASSWORD, "csrf_token": token}
        visit.post(at, form, timeout=60, allow_redirects=False)
        return [
            {"name": name, "value": value, "domain": "127.0.0.1", "path": "/"}
            for name, value in visit.cookies.items()
        ]


@pytest.fixture
def served() -> Iterator[Callable[[Flask], str]]:
    """Serve lines on this machine for as long as a test lasts."""
    with ExitStack() as stack:
        yield lambda line: stack.enter_context(on_loopback(line))


@pytest.fixture
def handset(
    browser: Browser,
    urls: Callable[..., str],
    served: Callable[[Flask], str],
    session_cookies: list[dict[str, str]],
) -> Iterator[Opens]:
    """Open the browser phone of a line or of a variant of the shipped one.

    Whatever goes wrong in the page, or leaves for another host, fails the test.
    """
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def on_line(
        line: str | Flask = "shipped",
        query: str = "",
        *,
        voices: tuple[str, ...] = ("en-US", "es-US"),
        late: bool = False,
        **options: object,
    ) -> Handset:
        # Animations would take a third of the processor, and no test looks at them.
        context = browser.new_context(**{"reduced_motion": "reduce", **options})
        contexts.append(context)
        context.add_cookies(session_cookies)
        context.add_init_script(
            f"window.VOICES = {list(voices)}; window.voicesAreLate = {str(late).lower()};\n{SPEECH}"
        )
        page = context.new_page()
        url = served(line) if isinstance(line, Flask) else line if "/" in line else urls(line)
        root = url.removesuffix("/voice")
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console", lambda entry: wrong.append(entry.text) if entry.type == "error" else None
        )
        page.on("request", lambda r: None if r.url.startswith(root) else wrong.append(r.url))
        page.clock.install(time=0)
        page.clock.pause_at(1000)  # from here on time passes where a test lets it
        page.goto(f"{root}/phone{query}")
        return Handset(page, wrong)

    yield on_line
    for context in contexts:
        context.close()
    assert not wrong, wrong
