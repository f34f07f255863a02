"""Did you reach a person? Answers are counted by number and language; few of them are hidden."""

import datetime as dt
from pathlib import Path

import pytest

from ivr.database.engine import open_and_migrate, writing
from ivr.dialog import DialEnded, Event, Key, answer, reply
from ivr.records import facts, retention, store
from ivr.records.reports.suppression import HIDDEN
from ivr.records.reports.tables import REACHED, report
from ivr.script.load import load
from ivr.script.model import Script
from ivr.settings import Settings
from tests.lines import variant
from tests.records.test_store import DIGEST, MIDNIGHT, ZONE

TALK = DialEnded("completed", 45)
DAY = MIDNIGHT.astimezone(ZONE).date()


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return load(variant("extras", tmp_path))


def call(script: Script, sid: str, *events: Event) -> list[facts.CallFact]:
    """Return what is recorded of a call in which these events happen, a second apart."""
    moment, place, turn = MIDNIGHT, None, answer(script, MIDNIGHT)
    recorded: list[facts.CallFact] = []
    form = {"CallSid": sid, "DialCallDuration": "45"}
    for i, event in enumerate((None, *events)):
        moment = MIDNIGHT + dt.timedelta(seconds=i)
        if event is not None:
            place = turn.place
            turn = reply(script, place, event, moment)
        recorded.append(
            facts.step_fact(DIGEST, script, place, turn, {**form, "token": f"{sid}-{i}"}, moment)
        )
    return recorded


def test_answers_are_counted_by_number_and_language_and_few_are_hidden(
    script: Script, state: Path
) -> None:
    yes = [Key("1"), Key("0"), TALK, Key("1")]
    no = [Key("1"), Key("0"), TALK, Key("2")]
    skipped = [Key("1"), Key("0"), TALK, Key("3")]
    spanish = [Key("2"), Key("0"), TALK, Key("1")]
    engine = open_and_migrate(Settings(state=state))
    kinds = [(yes, 15), (no, 10), (skipped, 6), (spanish, 2)]
    with writing(engine) as connection:
        for kind, (events, count) in enumerate(kinds):
            for i in range(count):
                store.write(connection, call(script, f"CA{kind}-{i}", *events), ZONE)
    rows = (("hotline, en", 15, 10), ("hotline, es", HIDDEN, 0))
    with writing(engine) as connection:
        shown = report(connection, DAY, DAY, REACHED)
    assert shown.columns == ("number and language", "reached a person", "reached nobody")
    assert [row[0] for row in shown.rows] == [row[0] for row in rows]
    assert shown.rows[0][2] == 10
    assert shown.rows[1][1] == HIDDEN, "two callers are too few"
    later = MIDNIGHT + dt.timedelta(days=200)
    retention.apply(engine, ZONE, 90, later)
    with writing(engine) as connection:
        assert report(connection, DAY, DAY, REACHED) == shown, "daily totals have the answers, too"


def test_an_answer_says_nothing_but_yes_or_no(script: Script) -> None:
    (*_, asked) = call(script, "CA1", Key("1"), Key("0"), TALK, Key("2"))
    assert isinstance(asked, facts.StepFact)
    assert (asked.what, asked.node, asked.key, asked.back_from) == ("reached", "hotline", "2", None)
