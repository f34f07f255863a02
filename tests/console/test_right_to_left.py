"""A language that is written from right to left is shown so, and English beside it is not."""

import datetime as dt
from pathlib import Path

import pytest

from ivr.script.load import load
from ivr.settings import Settings
from ivr.transcript.render import html
from ivr.web import create_app
from tests.console.conftest import Visitor
from tests.lines import TOKEN
from tests.small_script import edit, small

TEMPLATES = Path(__file__).parents[2] / "ivr" / "web" / "templates"
ARABIC = [
    {"in": "line.yaml", "replace": "es: la línea pequeña", "by": "ar: الخط الصغير"},
    {"in": "line.yaml", "replace": "es: {voice: Polly.Lupe", "by": "ar: {voice: Polly.Hala"},
    {"in": "line.yaml", "replace": "speech: es-US", "by": "speech: ar-AE"},
    {"in": "ar.yaml", "like": "es.yaml"},
    {"in": "ar.yaml", "replace": "La primera señal.", "by": "العلامة الأولى."},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a script in English and Arabic."""
    folder = small(tmp_path, spanish=True)
    edit(folder, ARABIC)
    return folder


def test_the_public_page_runs_from_right_to_left(folder: Path, tmp_path: Path) -> None:
    settings = Settings(auth_tokens=(TOKEN,), prompts=folder, state=tmp_path / "state")
    page = Visitor(create_app(settings).test_client()).sees("/text/ar")
    assert '<html lang="ar" dir="rtl">' in page
    assert '<span lang="en" dir="ltr">Call 911</span>' in page, "not 911 Call"
    assert 'lang="ar" dir="rtl" hreflang="ar" aria-current="page">العربية</a>' in page
    assert 'lang="en" hreflang="en">English</a>' in page


def test_the_sheet_to_sign_has_its_texts_from_right_to_left(folder: Path) -> None:
    sheet = html(load(folder), "ar", dt.datetime(2026, 11, 24, tzinfo=dt.UTC), TEMPLATES, "")
    assert '<span lang="ar" dir="rtl">العلامة الأولى.</span>' in sheet
    assert '<html lang="en">' in sheet
