"""Calls to the agency's own people, counted over HTTP: whom it rang, how that ended, how soon."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from ivr.cli.local_server import on_loopback
from ivr.database import schema
from ivr.database.engine import open_and_migrate, writing
from ivr.dialog import Key
from ivr.phone.call import Call
from ivr.phone.transport import HttpTransport
from ivr.records import facts as notes
from ivr.records import store
from ivr.records.reports.aggregates import counts, seconds_to_a_person
from ivr.settings import Settings
from ivr.web import create_app
from tests.caller import Caller
from tests.lines import TOKEN, clock, variant
from tests.records.test_store import DIGEST, MIDNIGHT, ZONE, notes_of, write_in_any_order

DAYS = dt.date(2000, 1, 1), dt.date(2100, 1, 1)


class Line:
    """A line with records; what they tell once all is written."""

    def __init__(self, name: str, settings: Settings, room: Path) -> None:
        self.settings = replace(settings, prompts=variant(name, room))
        self.app = create_app(self.settings, clock(name))
        self.url = ""

    def call(self, line: HttpTransport) -> Caller:
        """Call, and come to the agency."""
        caller = Caller(Call(line, self.url)).dial().press("1", "1").waits(4)
        return caller.press("1").press("1")

    def transfers(self) -> list[tuple[str, str | None, int | None]]:
        self.app.services.telemetry.recorder.close()
        t = schema.transfers.c
        asked = select(t.destination, t.outcome, t.talked).order_by(t.id)
        with open_and_migrate(self.settings).connect() as connection:
            return [tuple(row) for row in connection.execute(asked)]

    def counted(self) -> Counter[str]:
        with open_and_migrate(self.settings).connect() as connection:
            return Counter(counts(connection, *DAYS)["transfer"])


@pytest.fixture
def phone() -> Iterator[HttpTransport]:
    with closing(HttpTransport(TOKEN)) as line:
        yield line


@pytest.fixture
def line(settings: Settings, tmp_path: Path) -> Iterator:
    opened_ones = []

    def make(name: str) -> Line:
        made = Line(name, settings, tmp_path)
        serving = on_loopback(made.app)
        opened_ones.append(serving)
        made.url = serving.__enter__()
        return made

    yield make
    for serving in opened_ones:
        serving.__exit__(None, None, None)


def test_each_of_the_offices_telephones_is_counted(line, phone: HttpTransport) -> None:
    of = line("office-open")
    caller = of.call(phone).is_connected_to("+12025550111").ends("busy")
    caller.call.ends("completed", 30)
    assert of.transfers() == [("office", "busy", None), ("office", "completed", 30)]


def test_each_rung_is_counted_by_how_it_ended(line, phone: HttpTransport) -> None:
    of = line("on-call")
    caller = of.call(phone)
    caller.ends("busy")
    caller.call.answers("")  # a voicemail
    caller.call.answers("1")
    caller.call.ends("completed", 0)
    of.call(phone).ends("no-answer").ends("failed").call.answers("5")
    assert of.transfers() == [
        ("on-call.1", "busy", None),
        ("on-call.2", "no-answer", None),
        ("on-call.3", "completed", 0),
        ("on-call.1", "no-answer", None),
        ("on-call.2", "failed", None),
        ("on-call.3", "no-answer", None),
    ]
    assert of.counted() == {
        "on-call.1/busy": 1,
        "on-call.2/no-answer": 1,
        "on-call.3/completed": 1,
        "on-call.1/no-answer": 1,
        "on-call.2/failed": 1,
        "on-call.3/no-answer": 1,
    }


def test_nobody_of_the_agency_is_told_by_number_or_name(line, phone: HttpTransport) -> None:
    of = line("on-call")
    of.call(phone).ends("busy").call.answers("1")
    of.transfers()
    with open_and_migrate(of.settings).connect() as connection:
        rows_text = " ".join(str(tuple(row)) for row in connection.execute(select(schema.steps)))
    assert "on-call.1" in rows_text
    assert not [word for word in ("5550121", "worker", "backup", "supervisor") if word in rows_text]


# ── How soon somebody answered ────────────────────────────────────────────────

TAKEN = notes.accepted_fact(
    DIGEST,
    {"ParentCallSid": "CA1", "CallSid": "CA2", "Digits": "1"},
    MIDNIGHT + dt.timedelta(seconds=45),
)


def test_whoever_is_asked_to_press_1_has_answered_when_they_did(settings: Settings) -> None:
    """Rung at 30 s, answered at 38 s, pressed 1 at 45 s, hung up at 80 s: talked 35 s, not 42."""
    on_call = _ladder("CA1")
    for order in ([*on_call, TAKEN, TAKEN], [TAKEN, *reversed(on_call)]):
        with writing(open_and_migrate(settings)) as connection:
            connection.execute(schema.calls.delete())
            store.write(connection, order, ZONE)
            assert seconds_to_a_person(connection, *DAYS) == {"on-call.1": [45.0]}
            assert counts(connection, *DAYS)["what"]["taken"] == 1


def test_who_took_a_call_is_kept_before_anything_else_of_it(settings: Settings) -> None:
    """As where another worker writes the rest."""
    for facts in ([TAKEN], _ladder("CA1")):
        with writing(open_and_migrate(settings)) as connection:
            assert store.write(connection, facts, ZONE) == len(facts)
            seconds = seconds_to_a_person(connection, *DAYS)
    assert seconds == {"on-call.1": [45.0]}


@pytest.mark.parametrize("seed", range(6))
def test_any_order_in_any_batches_tells_the_same(settings: Settings, seed: int) -> None:
    call_facts = [*notes_of("CA1", MIDNIGHT, Key("1"), Key("7")), *_ladder("CA1")[1:], TAKEN]
    engine = open_and_migrate(settings)
    write_in_any_order(engine, call_facts, seed)
    with engine.connect() as connection:
        assert seconds_to_a_person(connection, *DAYS) == {"on-call.1": [45.0]}
        totals = counts(connection, *DAYS)
    assert totals["what"] == {"answer": 1, "key": 3, "outcome": 1, "taken": 1}
    assert totals["transfer"] == {"on-call.1/completed": 1}


def test_without_that_the_carriers_count_holds(settings: Settings) -> None:
    with writing(open_and_migrate(settings)) as connection:
        store.write(connection, _ladder("CA1"), ZONE)
        assert seconds_to_a_person(connection, *DAYS) == {"on-call.1": [38.0]}


def _ladder(sid: str) -> list[notes.CallFact]:
    """Return the notes of a call that rings who is on call after 30 s, until 80 s."""
    first, *_ = notes_of(sid, MIDNIGHT)
    rung = replace(
        first,
        token=f"{sid}-rung",
        mark=None,
        moment=MIDNIGHT + dt.timedelta(seconds=30),
        what="key",
        led_to="agency",
        dialled="on-call.1",
    )
    back = replace(
        rung,
        token=f"{sid}-back",
        moment=MIDNIGHT + dt.timedelta(seconds=80),
        what="outcome",
        dialled=None,
        back_from="on-call.1",
        outcome="completed",
        talked=42,
    )
    return [first, rung, back]
