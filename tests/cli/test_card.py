"""`ivr card` and `/card`: what is printed, how it looks, and what is noted of it."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import segno

from ivr.checks import printed as printed_check
from ivr.checks.engine.registry import run_checks
from ivr.errors import IvrError
from ivr.paper.content import Card, card
from ivr.paper.layout import POINT, SIZES, Box, Sheet, SizeName, lay_out, width
from ivr.paper.pdf import pdf
from ivr.paper.svg import svg
from ivr.script.load import load
from ivr.script.printed import read_printed
from ivr.script.version import version
from ivr.settings import Settings
from ivr.web import create_app
from tests.cli.conftest import Ivr
from tests.lines import SHIPPED, TODAY, TOKEN, change
from tests.small_script import edit

URL = "https://line.example.org"
ARABIC = Card(
    language="ar",
    direction="rtl",
    title="خط مساعدة العائلات",
    danger="هل هناك أحد في خطر؟ أنهِ المكالمة واتصل بالرقم 911.",
    number="1-202-555-0100",
    choose="للعربية اضغط 2.",
    keys=(("1", "ماذا تفعل"), ("0", "التحدث إلى شخص")),
    direct="إذا لم يجب أحد",
    hotline="1-888-373-7888",
    read="للقراءة",
    url=f"{URL}/text/ar",
    version="0123456789",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the shipped script, with a number of its own."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "prompts"))
    edit(
        folder, [{"in": "line.yaml", "replace": "number: null  ", "by": 'number: "+12025550100"  '}]
    )
    return folder


def words(sheet: Sheet) -> str:
    return " ".join(text.words for text in sheet.texts)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", list(SIZES))
def test_each_kind_has_all_that_a_caller_needs_in_large_print(
    folder: Path, language: str, name: SizeName
) -> None:
    script = load(folder)
    sheet = lay_out(card(script, language, URL), name)
    shown = words(sheet)
    for needed in ("1-202-555-0100", "911", "1-888-373-7888", version(script)):
        assert needed in shown
    assert {"0", "1", "2", "3", "4", "5"} <= {text.words for text in sheet.texts}
    for unwanted in ("traffic", "trata", "explo", "sexual"):
        assert unwanted not in shown.lower()
    size = SIZES[name]
    assert min(t.size for t in sheet.texts if t.words != version(script)) >= size.least - 1e-6
    for text in sheet.texts:
        begin = text.x - (width(text.words, text.size) if text.at_end else 0)
        assert begin >= size.margin - 1e-6
        assert begin + width(text.words, text.size) <= size.width - size.margin + 0.1
        assert size.margin <= text.y <= size.height - size.margin + 1e-6


def test_the_code_leads_to_the_words_to_read(folder: Path) -> None:
    sheet = lay_out(card(load(folder), "es", f"{URL}/"), "poster")
    matrix = segno.make(f"{URL}/text/es", error="m").matrix
    dark = [box for box in sheet.boxes if box.filled]
    module = min(box.height for box in dark)
    top, left = min(b.y for b in dark), min(b.x for b in dark)

    def is_dark(x: float, y: float) -> bool:
        return any(b.x <= x < b.x + b.width and b.y <= y < b.y + b.height for b in dark)

    middle = [(i + 0.5) * module for i in range(len(matrix))]
    drawn = [[int(is_dark(left + x, top + y)) for x in middle] for y in middle]
    assert drawn == [[int(cell) for cell in row] for row in matrix]


def test_the_language_and_its_key_come_first(folder: Path) -> None:
    assert "Para español, oprima 2." in words(lay_out(card(load(folder), "es", ""), "magnet"))


def test_a_language_from_right_to_left_runs_so_and_its_numbers_do_not() -> None:
    sheet = lay_out(ARABIC, "magnet")
    drawing = svg(sheet)
    title = next(t for t in sheet.texts if t.words == ARABIC.title)
    assert title.x == pytest.approx(SIZES["magnet"].width - SIZES["magnet"].margin)
    assert re.search(rf'direction="rtl"[^>]*>{ARABIC.title}<', drawing)
    assert re.search(r'text-anchor="end" direction="ltr"[^>]*>1-202-555-0100<', drawing)
    plain = lay_out(replace(ARABIC, direction="ltr"), "magnet")
    assert pattern(sheet.boxes) == pattern(plain.boxes)
    with pytest.raises(IvrError, match="so ar is made as SVG") as refused:
        pdf(sheet)
    assert "\n" not in str(refused.value)


def pattern(boxes: tuple[Box, ...]) -> set[tuple[float, float, float]]:
    dark = [b for b in boxes if b.filled]
    left = min(b.x for b in dark)
    return {(round(b.x - left, 3), round(b.y, 3), round(b.width, 3)) for b in dark}


def test_words_that_do_not_fit_are_refused_and_not_made_smaller() -> None:
    long = replace(ARABIC, keys=tuple((str(i), "palabra " * 20) for i in range(6)))
    with pytest.raises(IvrError, match="has more text than fits in 9 points"):
        lay_out(long, "wallet")


def test_a_pdf_is_one_page_of_its_size(folder: Path) -> None:
    sheet = lay_out(card(load(folder), "es", URL), "poster")
    file = pdf(sheet)
    assert file.startswith(b"%PDF-1.7")
    assert file.count(b"/Type /Page ") + file.count(b"/Type /Page\n") <= 1
    assert f"{148 / POINT:.1f}".encode() in file
    assert b"/Lang (es)" in file


def test_what_is_printed_is_noted_once_and_a_moved_key_is_a_warning(
    ivr: Ivr, folder: Path, tmp_path: Path
) -> None:
    arguments = ("card", "es", "--prompts", folder, "--url", URL)
    for name in ("card.pdf", "card.svg"):
        assert ivr(*arguments, "-o", tmp_path / name).status == 0
    ivr(*arguments, "-o", tmp_path / "draft.svg", "--draft")
    (noted,) = read_printed(folder)
    assert (noted.language, noted.language_key, noted.keys["2"]) == ("es", "2", "missing")
    assert noted.version == version(load(folder))
    assert run_checks(folder, TODAY, every=(printed_check,))[1] == []
    change(
        folder / "menu.yaml",
        {"nodes": {"main": {"choices": ["report", "signs", "check", "meaning", "missing"]}}},
    )
    edit(
        folder,
        [
            {
                "in": "menu.yaml",
                "replace": "- missing\n",
                "by": "- {to: missing, say: to.missing-now}\n",
            }
        ],
    )
    problems = run_checks(folder, TODAY, every=(printed_check,))[1]
    assert {(p.about, p.level) for p in problems} == {
        (about, "warning") for about in ("missing", "signs", "check", "meaning")
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["xx", "-o", "card.svg"], 'the script has no language "xx"'),
        (["-o", "card.doc"], "name a file that ends in .svg or .pdf"),
    ],
)
def test_what_cannot_be_made_is_one_line(
    ivr: Ivr, folder: Path, arguments: list[str], message: str
) -> None:
    ran = ivr("card", *arguments, "--prompts", folder)
    assert (ran.status, len(ran.err.splitlines())) == (1, 1)
    assert message in ran.err


def test_a_line_without_a_number_has_no_card(ivr: Ivr, tmp_path: Path) -> None:
    ran = ivr("card", "-o", tmp_path / "card.svg", "--prompts", SHIPPED)
    assert "line.yaml has no agency: number:" in ran.err
    assert not (tmp_path / "card.svg").exists()


def test_the_page_shows_and_sends_each_card(folder: Path, tmp_path: Path) -> None:
    settings = Settings(
        (TOKEN,), prompts=folder, state=tmp_path / "state", demo=True, public_url=URL
    )
    page = create_app(settings).test_client()
    shown = page.get("/card").text
    for name in SIZES:
        for form, kind in (("svg", "image/svg+xml"), ("pdf", "application/pdf")):
            assert f"/card/es/{name}.{form}" in shown
            answer = page.get(f"/card/es/{name}.{form}")
            assert (answer.status_code, answer.mimetype) == (200, kind)
    assert page.get("/card/es/flag.svg").status_code == 404
