"""Whoever reads the public page may be watched: what it is about is neither shown nor stored."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import SHIPPED, TOKEN

SUBJECT = ["traffick", "exploit", "trata", "explota", "csec", "sexual", "abus"]


@pytest.fixture
def line(tmp_path: Path) -> FlaskClient:
    settings = Settings((TOKEN,), prompts=SHIPPED, audio=False, state=tmp_path)
    return create_app(settings).test_client()


@pytest.mark.parametrize("path", ["/text", "/text/en", "/text/es"])
def test_no_browser_or_proxy_stores_it(line: FlaskClient, path: str) -> None:
    assert line.get(path).headers["Cache-Control"] == "no-store"


def without_tags(markup: str) -> str:
    return re.sub(r"<[^>]*>", " ", markup).lower()


@pytest.mark.parametrize("language", ["en", "es"])
def test_its_first_screen_and_its_title_do_not_name_the_subject(
    line: FlaskClient, language: str
) -> None:
    page = line.get(f"/text/{language}").text
    before, opening, rest = page.partition('<details id="more">')
    assert opening
    inside, _, after = rest.partition("</details>")
    assert any(word in without_tags(inside) for word in SUBJECT)
    first = without_tags(before + inside.partition("</summary>")[0] + after)
    assert "911" in first
    assert not [word for word in SUBJECT if word in first]


@pytest.mark.parametrize("language", ["en", "es"])
def test_it_can_be_left_at_once_also_without_a_script(line: FlaskClient, language: str) -> None:
    page = line.get(f"/text/{language}").text
    assert re.search(r'<a class="button main" id="leave" href="https://[^"]+"', page)
    script = re.search(r'<script src="([^"]+)"', page)
    assert script is not None
    assert "location.replace" in line.get(script[1]).text
