"""What the console's pages tell, and that a bad address is told so."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.checks import exploration
from ivr.checks.engine import report as report_module
from ivr.checks.engine.report import CheckReport, save, save_rejected
from ivr.checks.engine.result_cache import path_beside
from ivr.explore.explorer import Explorer
from ivr.problem import Problem
from ivr.script.load import load
from ivr.script.model import Script
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
    assert "no person has reviewed 30 of the 30 safety texts in es" in page


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
    comes: Comes, settings: Settings, report: CheckReport
) -> None:
    planted = [Problem("x/line.yaml", 7, 1, "the planted one", "weed it", "numbers", "error")]
    moment = dt.datetime(2026, 7, 4, 13, 5, tzinfo=dt.UTC)
    save(replace(report, at=moment, folder="x", problems=tuple(planted)), settings.prompts)
    visitor = comes()
    visitor.signs_in()
    page = visitor.sees("/")
    assert "The planted one" in page
    assert "Jul 4, 9:05 AM EDT" in page
    now = dt.datetime.now(dt.UTC)
    save_rejected(tuple(planted), Path("x"), settings.prompts.parent, now)
    assert "The last reload was refused" in visitor.sees("/")


def test_a_script_that_nobody_checked_is_said_to_be_so_and_no_page_checks_it(
    comes: Comes, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server other than `ivr serve` publishes no report; a check would take seconds."""

    def explore(script: Script) -> None:
        raise AssertionError("a page explored the script")

    for module in (exploration, report_module):
        monkeypatch.setattr(module, "explore", explore)
    monkeypatch.setattr(exploration, "explored", explore)
    monkeypatch.setattr(Explorer, "transitions", explore)
    path_beside(settings.prompts).unlink()
    visitor = comes()
    visitor.signs_in()
    page = visitor.sees("/")
    assert "its script is not checked" in page
    assert "Every check of the script passes" not in page
    assert "1-888-373-7888" in page
    assert "The script is not checked" in visitor.sees("/voices")
    assert visitor.client.get("/voices/progress").get_json()["wanted"] == 0


def test_markup_in_a_prompt_is_shown_as_text(comes: Comes, settings: Settings) -> None:
    for file in ("en.yaml", "es.yaml"):
        planted = {"signs.title": {"text": "A < b & \"c\" > d, 'e'."}}
        change(settings.prompts / file, {"prompts": planted})
    visitor = comes()
    visitor.signs_in()
    for path in ("/", "/map", "/map/signs", "/script/en", "/text/en"):
        assert "A < b" not in visitor.sees(path)
    assert "A &lt; b &amp; &#34;c&#34; &gt; d" in visitor.sees("/map/signs")


def test_a_node_leads_to_the_phone_in_each_language(operator: Visitor) -> None:
    page = operator.sees("/map/signs-people")
    assert "/phone?keys=1,3,2,1" in page
    assert "/phone?keys=2,3,2,1" in page
    assert "Las personas cerca del menor" not in operator.sees("/map")
    assert "Las personas cerca del menor" in operator.sees("/map?words=es")
