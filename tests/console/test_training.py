"""Training: typical calls, made from the script as it is, each played in the browser phone."""

import datetime as dt
import json
import re
from functools import cache
from pathlib import Path

from ivr.explore.training import TrainingCall, training_calls
from ivr.script.load import load
from tests.console.conftest import Visitor
from tests.lines import SHIPPED, change, variant

DAY = dt.date(2026, 11, 24)
EVERYWHERE = {
    "first",
    "language",
    "silence",
    "wrong-key",
    "words",
    "busy",
    "back",
    "danger",
    "missing",
    "slower",
    "check",
}


@cache
def shipped_calls() -> tuple[TrainingCall, ...]:
    """Return the calls of the shipped line."""
    return training_calls(load(SHIPPED), DAY)


def test_the_shipped_line_has_more_than_ten_calls() -> None:
    assert {call.id for call in shipped_calls()} == EVERYWHERE


def test_a_call_goes_where_the_menus_lead_now(tmp_path: Path) -> None:
    folder = variant("shipped", tmp_path)
    menu = folder / "menu.yaml"
    text = menu.read_text()
    swapped = text.replace("      - report\n      - {to: missing, say: to.missing-now}\n", "", 1)
    swapped = swapped.replace("      - meaning\n", "      - meaning\n      - report\n", 1)
    swapped = swapped.replace(
        "      - report\n\n", "      - report\n      - {to: missing, say: to.missing-now}\n\n", 1
    )
    menu.write_text(swapped)
    before = {call.id: call.keys for call in shipped_calls()}
    after = {call.id: call.keys for call in training_calls(load(folder), DAY)}
    assert (before["missing"], after["missing"]) == ("1,2", "1,5")


def test_what_a_line_does_not_offer_is_not_trained(tmp_path: Path) -> None:
    folder = variant("shipped", tmp_path)
    change(folder / "line.yaml", {"speech": False})
    assert "words" not in {call.id for call in training_calls(load(folder), DAY)}


def test_each_is_played_in_the_phone_with_what_to_notice(operator: Visitor) -> None:
    page = operator.sees("/training")
    links = re.findall(r'href="(/phone\?training=[^"]+)"', page)
    assert len(links) == len(EVERYWHERE)
    words = {}
    for link in links:
        phone = operator.sees(link)
        assert "What to notice" in phone
        acts = re.search(r'data-acts="([^"]*)"', phone)
        tokens = json.loads(acts[1].replace("&#34;", '"'))
        token = phone.partition('name="csrf-token" content="')[2].partition('"')[0]
        words[link.partition("=")[2]] = played(operator, tokens, token)
    assert "That line is busy" in words["busy"]
    assert "That call has ended" in words["back"]
    assert "Hang up, and dial 9 1 1 yourself" in words["danger"].replace("Please hang", "Hang")
    assert "call the police" in words["missing"]
    assert (
        "¿" in words["language"] or "Bienvenid" in words["language"] or "Para" in words["language"]
    )


def played(operator: Visitor, tokens: list[str], token: str) -> str:
    """Make a call as the page of the phone does; return all that is heard."""
    call, headers = {"acts": tokens, "since": 0}, {"X-CSRFToken": token}
    answer = operator.client.post("/phone/call", json=call, headers=headers)
    assert answer.status_code == 200, answer.text
    made = answer.get_json()
    assert made["trouble"] == ""
    return " ".join(event.get("text", "") for event in made["events"])


def test_a_call_that_the_line_does_not_have_is_told(operator: Visitor) -> None:
    assert "no such training call" in operator.sees("/phone?training=nothing", 404)


def test_every_call_says_what_to_notice_in_whole_sentences(tmp_path: Path) -> None:
    calls = training_calls(load(variant("voicemail", tmp_path)), DAY)
    assert {"after-hours", "message"} <= {call.id for call in calls}
    assert [call.at for call in calls if call.id == "after-hours"] == ["2026-11-24T22:00"]
    for call in calls:
        assert 1 < len(call.notice) < 4
        assert all(one[0].isupper() or one[0].isdigit() for one in call.notice)
        assert all(one.endswith(".") for one in call.notice)
