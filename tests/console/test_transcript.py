"""The script written out: all of it, in order, and the public page without keys."""

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.cli.main import ivr
from ivr.dialog import Spoken
from ivr.script.load import load
from ivr.script.model import Script
from ivr.script.nodes import Talk
from ivr.script.version import version
from ivr.transcript.build import call_order, sections
from ivr.transcript.labels import written
from ivr.transcript.render import text
from ivr.transcript.text_page import text_page
from tests.assistant.conftest import with_skill
from tests.console.conftest import Visitor
from tests.lines import SHIPPED, VARIANTS, change, variant

WITHIN = {"choice", "check.ask", "key.star", "key.pound"}
"""Prompts that are heard as parts of others alone."""


@pytest.fixture(params=VARIANTS)
def script(request: pytest.FixtureRequest, tmp_path: Path) -> Script:
    return load(variant(request.param, tmp_path))


def spoken(script: Script, language: str) -> list[Spoken]:
    blocks = [block for section in sections(script, language) for block in section.blocks]
    return [utterance.spoken for block in blocks for utterance in block.utterances]


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_prompt_of_the_script_stands_on_the_sheet(script: Script, language: str) -> None:
    spoken_prompts = {part.prompt.rpartition("/")[2] for part in spoken(script, language)}
    names = {p for p in script.words[language].prompts if p.startswith("destination.")}
    assert set(script.words[language].prompts) - spoken_prompts <= names | WITHIN


def test_the_words_of_a_voice_assistant_are_signed_with_the_phones(tmp_path: Path) -> None:
    script = load(with_skill(tmp_path))
    for language in ("en", "es"):
        (speaker,) = [s for s in sections(script, language) if s.title == "On a voice assistant"]
        words = [part.spoken.text for block in speaker.blocks for part in block.utterances]
        assert words == [prompt.text for prompt in script.speaker[language].prompts.values()]
    assert "In place of" in text(script, "en", dt.datetime(2026, 11, 30, tzinfo=dt.UTC))


def test_no_blank_is_left_on_the_sheet_in_what_callers_hear(script: Script) -> None:
    for language in script.words:
        sections_heard = [s for s in sections(script, language) if s.title != "Not said at present"]
        texts = [
            part.spoken.text
            for s in sections_heard
            for block in s.blocks
            for part in block.utterances
        ]
        assert [text for text in texts if "{" in text] == []


def test_the_sheet_begins_with_911_and_follows_the_call() -> None:
    script = load(SHIPPED)
    assert "9 1 1" in spoken(script, "en")[0].text
    order = call_order(script)
    assert order[:4] == ("opening", "main", "report", "who")
    assert order.index("who") < order.index("signs") < order.index("check") < order.index("meaning")
    assert set(order) == {node for node in script.graph.nodes if script.is_offered(node)}


def test_what_nobody_hears_now_stands_apart(tmp_path: Path) -> None:
    def left(name: str) -> set[str]:
        last_section = sections(load(variant(name, tmp_path)), "en")[-1]
        apart = last_section.title == "Not said at present"
        return (
            {p.spoken.prompt for b in last_section.blocks for p in b.utterances} if apart else set()
        )

    as_shipped = left("shipped")
    assert "emergency.connecting" in as_shipped - left("bridge")
    assert "state.about" in as_shipped - left("state")


def test_the_version_changes_with_a_word_and_comes_back(tmp_path: Path) -> None:
    folder = variant("shipped", tmp_path)
    before = version(load(folder))
    change(folder / "en.yaml", {"prompts": {"who.title": "Whom to call."}})
    assert version(load(folder)) != before
    change(folder / "en.yaml", {"prompts": {"who.title": "Who can help."}})
    assert version(load(folder)) == before


class Text(HTMLParser):
    """What is seen of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.links: list[str] = []
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if tag == "a" and name == "href"]

    def __str__(self) -> str:
        return " ".join(" ".join(self.parts).split())


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_public_page_tells_all_that_the_talks_tell(visitor: Visitor, language: str) -> None:
    script = load(SHIPPED)
    shown = str(Text(visitor.sees(f"/text/{language}")))
    for node_id, node in script.graph.nodes.items():
        for step in node.steps if isinstance(node, Talk) else ():
            assert written(script, language, step, node_id) in shown, step


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_public_page_tells_no_keys_and_begins_with_911(visitor: Visitor, language: str) -> None:
    shown = Text(visitor.sees(f"/text/{language}"))
    assert not re.search(r"\b(press|oprima|pound|star|numeral)\b", str(shown), re.IGNORECASE)
    assert "…" not in str(shown)
    calls = [link for link in shown.links if link.startswith("tel:")]
    assert calls[0] == "tel:911"
    assert calls[1:] == ["tel:+18883737888", "tel:+18008435678", "tel:+18663472423"]
    assert "sms:233733?body=BeFree" in shown.links


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Who can help"), ("es", "Quién puede ayudar")]
)
def test_the_contacts_stand_under_the_title_of_the_menu_that_offers_them(
    visitor: Visitor, language: str, title: str
) -> None:
    assert f'<h2 id="who-h">{title}</h2>' in visitor.sees(f"/text/{language}")


def test_a_number_is_written_and_an_address_is_a_link() -> None:
    contacts = text_page(load(SHIPPED), "en").contacts
    about = " ".join(line for contact in contacts for line in contact.about)
    assert "BeFree to 233733" in about
    assert "report.cybertip.org" in about


@pytest.mark.parametrize("language", ["en", "es"])
def test_ivr_script_writes_the_sheet_as_text_and_as_a_page_that_stands_alone(
    tmp_path: Path, language: str
) -> None:
    file = tmp_path / "sheet.html"
    text = CliRunner().invoke(ivr, ["script", language, "--prompts", str(SHIPPED)]).output
    made = ["script", language, "--format", "html", "-o", str(file), "--prompts", str(SHIPPED)]
    assert CliRunner().invoke(ivr, made).exit_code == 0
    html = file.read_text()
    assert "<link" not in html
    assert "http" not in html.replace("http://www.w3.org", "")
    number = version(load(SHIPPED))
    year = str(dt.datetime.now(dt.UTC).year)
    for form in (text, html):
        assert number in form
        assert year in form
    assert "Signature" in html
    assert max(map(len, text.splitlines())) <= 100
