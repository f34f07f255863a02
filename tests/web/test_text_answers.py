"""A text to the line's number gets one neutral answer a day, and is not read."""

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from twilio.request_validator import RequestValidator

from ivr.checks import safety
from ivr.checks.engine.registry import run_checks
from ivr.checks.measures.limits import GSM_7
from ivr.database.engine import Database
from ivr.database.schema import uses
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import PATIENT, TODAY, TOKEN, change, variant

WORDS = {
    "en": "Texts are not read here. Danger: 911. To text a person: {text}. To call: {number}.",
    "es": "Aqui no se leen textos. Peligro: 911. Para escribir a una persona: {text}."
    " Para llamar: {number}.",
}
PUBLIC = "https://line.example.org"
BODY = "please help me"

Texts = Callable[..., str]


@pytest.fixture
def settings(tmp_path: Path, state: Path) -> Settings:
    """Return the settings of a line that answers texts."""
    folder = variant("shipped", tmp_path)
    change(folder / "line.yaml", {"answer_texts": WORDS})
    return Settings((TOKEN,), prompts=folder, state=state, public_url=PUBLIC, audio=False)


def texts(settings: Settings) -> Texts:
    """Let somebody text the line; return the answer, "" if there is none."""
    client = create_app(settings, waits=PATIENT).test_client()

    def text(sender: str = "+12025550143", sid: str = "SM1", status: int = 200, **more: str) -> str:
        form = {"From": sender, "To": "+12025550100", "MessageSid": sid, "Body": BODY, **more}
        signature = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}/text-in", form)
        headers = {"X-Twilio-Signature": signature if status == 200 else "another"}
        answer = client.post("/text-in", data=form, headers=headers)
        assert answer.status_code == status
        return "\n".join(re.findall("<Message>(.*?)</Message>", answer.text, re.DOTALL))

    return text


def test_a_text_is_answered_in_every_language_with_911_and_the_hotlines_numbers(
    settings: Settings,
) -> None:
    answer = texts(settings)()
    assert answer.count("911") == 2
    assert answer.count("1-888-373-7888") == 2
    assert answer.count("233733") == 2
    assert set(answer) <= GSM_7 | {"\n"}


def test_a_number_gets_one_answer_a_day_from_all_processes_of_a_line(settings: Settings) -> None:
    text, elsewhere = texts(settings), texts(settings)
    assert text(sid="SM1")
    assert text(sid="SM1"), "the carrier asks again, and has sent nothing"
    assert text(sid="SM2") == ""
    assert elsewhere(sid="SM3") == ""
    assert elsewhere("+12025550144", "SM4")


def test_while_the_database_is_silent_each_process_counts(settings: Settings) -> None:
    text = texts(replace(settings, database_url="sqlite:////dev/null/records.db"))
    assert text(sid="SM1")
    assert text(sid="SM2") == ""


def test_what_the_carrier_answers_itself_gets_no_second_answer(settings: Settings) -> None:
    assert texts(settings)(OptOutType="STOP") == ""


@pytest.mark.parametrize("sender", ["+266696687", "", "anonymous"])
def test_a_withheld_number_gets_no_answer(settings: Settings, sender: str) -> None:
    assert texts(settings)(sender) == ""


def test_nobody_else_can_make_the_line_answer(settings: Settings) -> None:
    texts(settings)(status=403)


def test_without_words_in_line_yaml_a_text_gets_no_answer(settings: Settings) -> None:
    change(settings.prompts / "line.yaml", {"answer_texts": None})
    change(settings.prompts / "line.yaml", {"answer_texts": {}})
    assert texts(settings)() == ""


def test_neither_the_text_nor_the_number_is_logged_or_stored(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    texts(settings)()
    with Database(settings).reading() as connection:
        rows = [dict(row) for row in connection.execute(uses.select()).mappings()]
    assert len(rows) == 1
    for trace in (str(rows), caplog.text):
        assert "2025550143" not in trace
        assert BODY not in trace


WRONG = [
    ({"en": WORDS["en"]}, "in es is missing"),
    ({**WORDS, "fr": "911 {number}"}, "in fr is sent to nobody"),
    ({**WORDS, "en": "Human trafficking? 911. {number}"}, "gives away the subject"),
    ({**WORDS, "es": "Aquí: 911, {number}"}, 'has "í"'),
    ({**WORDS, "en": "To call: {number}"}, "does not say 911"),
    ({**WORDS, "en": "Danger: 911"}, "does not say {number}"),
    ({**WORDS, "en": WORDS["en"] + " Again." * 40}, "limit 306"),
]


@pytest.mark.parametrize(("words", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_words_that_could_harm_are_refused_by_name(
    settings: Settings, words: dict[str, str], problem: str
) -> None:
    change(settings.prompts / "line.yaml", {"answer_texts": None})
    change(settings.prompts / "line.yaml", {"answer_texts": words})
    _, problems = run_checks(settings.prompts, TODAY, every=[safety])
    errors = [str(p) for p in problems if p.level == "error"]
    assert len(errors) == 1, errors
    assert "line.yaml" in errors[0]
    assert problem in errors[0]


def test_the_words_of_the_manual_pass_every_check_of_safety(settings: Settings) -> None:
    manual = (Path(__file__).parents[2] / "docs/voicemail.md").read_text()
    assert all(text in manual for text in WORDS.values())
    _, problems = run_checks(settings.prompts, TODAY, every=[safety])
    assert problems == []
