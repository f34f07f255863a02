"""Pages of a language of few texts: the public page, and the sheet to be signed."""

from pathlib import Path

import pytest

from ivr.settings import Settings
from ivr.web import create_app
from tests.console.conftest import Visitor
from tests.lines import TOKEN
from tests.many_languages import add_languages
from tests.small_script import small


@pytest.fixture
def visitor(tmp_path: Path) -> Visitor:
    """Return a visitor of a line in English, Spanish, and Arabic with few texts."""
    folder = small(tmp_path, spanish=True)
    add_languages(folder, bridge=("ar",))
    settings = Settings(auth_tokens=(TOKEN,), prompts=folder, state=tmp_path / "state")
    return Visitor(create_app(settings).test_client())


def test_the_public_page_has_911_and_what_to_say_at_the_hotline(visitor: Visitor) -> None:
    page = visitor.sees("/text/ar")
    assert '<html lang="ar" dir="rtl">' in page
    assert "X: 911." in page
    assert "Arabic, please." in page
    assert "1-888-373-7888" in page
    assert "The first sign" not in page
