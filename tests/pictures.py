"""Take the pictures of the README and the guides from the running pages: `make pictures`.

A real line is served on this machine, a few dozen calls are made to it, and a browser without a
window photographs its pages into docs/pictures.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from playwright.sync_api import Page, sync_playwright

from ivr.phone.call import Call, Ringing
from ivr.phone.parties import Parties, made_up_sid
from ivr.phone.scenario.run import act
from ivr.phone.transport import HttpTransport

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
MOST_BYTES = 150_000
TOKEN = "a-token-for-pictures-alone"
WAYS = ("1,1,-", "2,1,1,0,completed", "1,2,3", "1,3,1,1", "1,4,1,2,1", "2,2", "1,0,busy", "1,6,1")
PORT, DEMO_PORT = 5871, 5872


@contextmanager
def served(port: int, state: str, *options: str, **env: str) -> Iterator[str]:
    """Serve a line; end it at the end."""
    command = [sys.executable, "-m", "ivr", "serve", "--port", str(port), *options]
    environment = {**os.environ, "IVR_STATE": state, **env}
    process = subprocess.Popen(command, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                requests.get(f"{url}/readyz", timeout=5).raise_for_status()
                break
            except requests.RequestException:
                time.sleep(0.1)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def make_calls(url: str, count: int) -> None:
    """Make calls as callers do, so that a report has something to show."""
    chance = random.Random(9)  # noqa: S311 the same pictures each time
    line = HttpTransport(TOKEN)
    for _ in range(count):
        call = Call(line, f"{url}/voice", Parties(call_sid=made_up_sid("CA")))
        call.dial()
        for token in chance.choice(WAYS).split(","):
            is_outcome = token in {"busy", "completed"}
            if is_outcome == isinstance(call.state, Ringing):
                act(call, token)
        call.hang_up()


def photograph(page: Page, name: str, zoom: float = 1.0, section: str = "") -> None:
    """Save what a page shows, or one section of it, as a picture of at most MOST_BYTES."""
    path = PICTURES / f"{name}.png"
    page.evaluate("zoom => document.body.style.zoom = zoom", zoom)
    page.wait_for_timeout(500)
    if section:
        page.locator(section).screenshot(path=path)
    else:
        page.screenshot(path=path)
    if path.stat().st_size > MOST_BYTES:
        sys.exit(f"{path} has {path.stat().st_size} bytes, {MOST_BYTES} at most: make it smaller")


def photograph_editor(page: Page, url: str) -> None:
    """Change a text and the hours of a draft; save what the editor's pages show of it."""
    page.goto(f"{url}/edit/node/main")
    page.get_by_label("English: main.privacy", exact=True).fill(
        "You can hang up at any time, and never have to speak. This call stays in your"
        " phone's list of calls."
    )
    page.get_by_role("button", name="Save main.privacy in English").click()
    page.wait_for_url("**saved=*")
    # The clip of the text is made, or cannot be.
    page.locator("[data-waiting]").first.wait_for(state="detached", timeout=180_000)
    page.locator("#h-main\\.privacy").scroll_into_view_if_needed()
    photograph(page, "edit-text", 0.75, "section[aria-labelledby='h-main.privacy']")
    page.goto(f"{url}/edit/hours")
    page.get_by_label("Monday", exact=True).fill("08:30-17:00")
    page.get_by_role("button", name="Save the week").click()
    page.wait_for_load_state("networkidle")
    page.goto(f"{url}/edit/changes")
    photograph(page, "edit-changes", 0.75)
    page.goto(f"{url}/edit/start")
    photograph(page, "edit-start", 0.75, "section[aria-labelledby=list-h]")


def main() -> None:
    """Take all pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as state, sync_playwright() as playwright:
        with served(
            PORT, state, TWILIO_AUTH_TOKEN=TOKEN, TWILIO_ACCOUNT_SID="AC" + "0" * 32
        ) as url:
            make_calls(url, 120)
            time.sleep(2)  # until the facts are written
        with served(DEMO_PORT, state, "--demo") as url:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--mute-audio"]
            )
            page = browser.new_page(viewport={"width": 1000, "height": 700})
            page.goto(f"{url}/phone?keys=1,2")
            page.get_by_role("button", name="Call", exact=True).click()
            page.wait_for_timeout(6000)
            page.locator("#stage").scroll_into_view_if_needed()
            photograph(page, "phone", 0.82)
            page.goto(f"{url}/map")
            photograph(page, "map", 0.7, "svg.map")
            page.goto(url)
            photograph(page, "console", 0.8)
            page.goto(f"{url}/reports")
            page.locator("section[aria-labelledby=node]").scroll_into_view_if_needed()
            page.wait_for_timeout(1500)
            photograph(page, "report", 0.8, "section[aria-labelledby=node]")
            photograph_editor(page, url)
            browser.close()


if __name__ == "__main__":
    main()
