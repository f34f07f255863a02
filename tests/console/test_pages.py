"""What the console's pages tell, and that a bad address is told so."""

import datetime as dt
from pathlib import Path

import pytest

from ivr.checks.engine.registry import examine
from ivr.checks.engine.report import keep, keep_refused, result
from ivr.problem import Problem
from ivr.script.load import load
from ivr.script.version import version
from ivr.settings import Settings
from tests.console.conftest import Comes, Visitor
from tests.lines import change

BAD = [
    "/map/nowhere",
    "/map/state",
    "/map?words=xx",
    "/script/xx",
    "/text/xx",
    "/phone?keys=Q",
    "/voices/xx",
    "/nowhere",
    "/map/%3Cscript%3E",
    "/script/..%2F..%2Fetc",
]


@pytest.mark.parametrize("path", BAD)
def test_an_unknown_language_node_or_key_is_a_page_that_says_so(
    operator: Visitor, path: str
) -> None:
    page = operator.sees(path, 404)
    assert "<h1>" in page
    assert "<script>" not in page


def test_the_console_tells_version_problems_numbers_and_times(
    operator: Visitor, settings: Settings
) -> None:
    page = operator.sees("/")
    assert version(load(settings.prompts)) in page
    assert "4 things need a look" in page
    assert "1-888-373-7888" in page
    assert page.count('<span class="tag warn">never</span>') == 3
    assert "A person is offered" in page


def test_a_number_that_was_verified_long_ago_is_marked(comes: Comes, settings: Settings) -> None:
    today = dt.datetime.now(dt.UTC).date()
    days = {
        "hotline": str(today - dt.timedelta(days=3)),
        "ncmec": str(today - dt.timedelta(days=99)),
    }
    marks = {name: {"verified_on": day} for name, day in days.items()}
    change(settings.prompts / "line.yaml", {"destinations": marks})
    visitor = comes()
    visitor.signs_in()
    page = visitor.sees("/")
    assert f'<span class="tag good">verified</span> {days["hotline"]}' in page
    assert f'<span class="tag warn">too old</span> {days["ncmec"]}' in page


def test_what_was_found_when_the_script_was_published_is_shown_not_worked_out_again(
    comes: Comes, settings: Settings
) -> None:
    script, _ = examine(settings.prompts, dt.datetime.now(dt.UTC).date())
    assert script is not None
    planted = [Problem("x/line.yaml", 7, 1, "the planted one", "weed it", "facts", "error")]
    moment = dt.datetime(2026, 7, 4, 13, 5, tzinfo=dt.UTC)
    keep(result(script, planted, Path("x"), moment), settings.prompts)
    visitor = comes()
    visitor.signs_in()
    page = visitor.sees("/")
    assert "The planted one" in page
    assert "Jul 4, 9:05 AM EDT" in page
    keep_refused(tuple(planted), Path("x"), settings.prompts.parent)
    assert "The last reload was refused" in visitor.sees("/")


def test_markup_in_a_prompt_is_shown_as_text(comes: Comes, settings: Settings) -> None:
    for file in ("en.yaml", "es.yaml"):
        planted = {"signs.title": {"text": "<b>Bold</b> & <script>x</script>."}}
        change(settings.prompts / file, {"prompts": planted})
    visitor = comes()
    visitor.signs_in()
    for path in ("/", "/map", "/map/signs", "/script/en", "/text/en"):
        page = visitor.sees(path)
        assert "<b>Bold" not in page
        assert "<script>x" not in page
    assert "&lt;b&gt;Bold" in visitor.sees("/map/signs")


def test_a_node_leads_to_the_phone_in_each_language(operator: Visitor) -> None:
    page = operator.sees("/map/signs-people")
    assert "/phone?keys=1,1,2,1" in page
    assert "/phone?keys=2,1,2,1" in page
    assert "La gente cerca del menor" not in operator.sees("/map")
    assert "La gente cerca del menor" in operator.sees("/map?words=es")
