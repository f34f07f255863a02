"""Facts come twice, late and in any order; the records come out the same."""

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select, update

from ivr.database import schema
from ivr.database.engine import open_and_migrate, writing
from ivr.dialog import DialEnded, Key, Place, Silence, Turn, answer, reply
from ivr.dialog.place import DIALLING
from ivr.records import facts, retention, store
from ivr.records.pseudonyms import Digest
from ivr.records.reports.aggregates import counts, seconds_to_a_person
from ivr.records.reports.suppression import HIDDEN, suppress
from ivr.records.reports.tables import report
from ivr.records.transfers import failing_destinations
from ivr.script.load import load
from ivr.settings import Settings
from tests.lines import SHIPPED

SCRIPT = load(SHIPPED)
ZONE = ZoneInfo("America/New_York")
DIGEST = Digest(b"a secret for tests")
MIDNIGHT = dt.datetime(2026, 3, 8, 0, 0, tzinfo=dt.UTC)


def notes_of(sid: str, start: dt.datetime, *events: object, token: bool = True) -> list:
    """Return the notes of a call whose caller does something every 10 seconds."""
    notes: list = []

    def kept(place: Place | None, turn: Turn) -> Turn:
        request_token = f"{sid}-{len(notes)}" if token else ""
        form = {"CallSid": sid, "token": request_token, "DialCallDuration": "4"}
        if place and place.phase in DIALLING:
            form["DialCallSid"] = f"leg {len(notes)}"
        notes.append(facts.step_fact(DIGEST, SCRIPT, place, turn, form))
        return turn

    now = start
    turn = kept(None, answer(SCRIPT, now))
    for event in events:
        now += dt.timedelta(seconds=10)
        turn = kept(turn.place, reply(SCRIPT, turn.place, event, now))
    form = {"CallSid": sid, "CallStatus": "completed", "CallDuration": str(10 * len(events))}
    notes.append(facts.end_fact(DIGEST, form, now + dt.timedelta(seconds=5)))
    return notes


LONG = (
    Key("1"), Key("0"), DialEnded("busy"), Key("1"), DialEnded("completed"), Silence(), Key("*"),
)  # fmt: skip


def kept_rows(connection) -> list:
    c, s, t = schema.calls.c, schema.steps.c, schema.transfers.c
    return [
        connection.execute(select(c.started, c.day, c.hour, c.language, c.at, c.seconds)).all(),
        connection.execute(
            select(s.moment, s.node, s.what, s.key, s.led_to).order_by(s.moment)
        ).all(),
        connection.execute(
            select(t.destination, t.dialled, t.returned, t.outcome, t.talked).order_by(t.dialled)
        ).all(),
    ]


def write_in_any_order(engine: Engine, notes: list[facts.CallFact], seed: int) -> None:
    """Write each note twice, in batches of any size."""
    chance = random.Random(seed)  # noqa: S311 a die
    mixed = notes * 2
    chance.shuffle(mixed)
    while mixed:
        size = chance.randint(1, 4)
        with writing(engine) as connection:
            store.write(connection, mixed[:size], ZONE)
        del mixed[:size]


@pytest.mark.parametrize("token", [True, False], ids=["with a token", "without a token"])
@pytest.mark.parametrize("seed", range(6))
def test_any_order_and_any_repetition_gives_the_same_records(
    settings: Settings, seed: int, token: bool
) -> None:
    """Across midnight too, when the day's key changes, and in batches of any size."""
    notes = notes_of("CA1", MIDNIGHT - dt.timedelta(seconds=25), *LONG, token=token)
    engine = open_and_migrate(settings)
    with writing(engine) as connection:
        assert store.write(connection, notes, ZONE) == len(notes)
        expected = kept_rows(connection)
        connection.execute(schema.calls.delete())
    write_in_any_order(engine, notes, seed)
    with engine.connect() as connection:
        assert kept_rows(connection) == expected
    assert [row.outcome for row in expected[2]] == ["busy", "completed"]


def test_a_caller_who_does_the_same_again_is_no_retry(settings: Settings) -> None:
    again = (Key("1"), Key("7"), Key("7"), Key("7"), Key("#"), Key("#"), Key("*"), Key("*"))
    notes = notes_of("CA1", MIDNIGHT, *again, token=False)
    with writing(open_and_migrate(settings)) as connection:
        assert store.write(connection, notes, ZONE) == len(notes)
    with writing(open_and_migrate(settings)) as connection:  # written, but its end was not heard
        assert store.write(connection, notes, ZONE) == 0


def test_who_fails_to_be_reached_twice_is_no_retry(settings: Settings) -> None:
    """Though what came between the two is written last, by another worker."""
    fails = DialEnded("failed")
    notes = notes_of("CA1", MIDNIGHT, Key("1"), Key("0"), fails, Key("0"), fails, token=False)
    with writing(open_and_migrate(settings)) as connection:
        between = notes.pop(4)
        assert store.write(connection, [*notes, between], ZONE) == len(notes) + 1


def test_what_a_caller_answers_in_the_guided_check_is_not_kept() -> None:
    node = next(name for name, n in SCRIPT.graph.nodes.items() if n.kind == "check")
    place = Place("en", node, step=2, yes=1)
    notes = [
        facts.step_fact(
            DIGEST, SCRIPT, place, reply(SCRIPT, place, Key(key), MIDNIGHT), {"CallSid": "1"}
        )
        for key in ("1", "2", "3")
    ]
    assert {(n.what, n.key, n.node, n.led_to) for n in notes} == {
        ("key", "", f"{node}.2", f"{node}.3")
    }


def test_a_days_calls_cannot_be_found_by_another_days_key() -> None:
    first, second = (DIGEST.call("CA1", MIDNIGHT.date() + dt.timedelta(days=d)) for d in (0, 2))
    assert first[0] not in second
    assert Digest(b"another secret").call("CA1", MIDNIGHT.date())[0] != first[0]


def some_days(connection, days: int) -> None:
    for day in range(days):
        for i in range(6 + day):
            start = MIDNIGHT + dt.timedelta(days=day, hours=12, minutes=i)
            store.write(connection, notes_of(f"CA{day}-{i}", start, *LONG), ZONE)


def test_totals_stay_when_calls_are_purged(settings: Settings) -> None:
    engine = open_and_migrate(settings)
    first, last = dt.date(2026, 1, 1), dt.date(2027, 1, 1)
    with writing(engine) as connection:
        some_days(connection, 5)
        expected = counts(connection, first, last)
        table = report(connection, dt.date(2026, 3, 8), dt.date(2026, 3, 12), "day")
    now = MIDNIGHT + dt.timedelta(days=6, hours=12)
    assert retention.apply(engine, ZONE, 3, now) == 6 + 7 + 8
    assert retention.apply(engine, ZONE, 3, now) == 0
    with engine.connect() as connection:
        assert counts(connection, first, last) == expected
        assert report(connection, dt.date(2026, 3, 8), dt.date(2026, 3, 12), "day") == table
        assert connection.scalar(select(func.min(schema.calls.c.day))) == dt.date(2026, 3, 11)
        assert connection.scalar(select(func.count()).select_from(schema.steps)) == (9 + 10) * 8


def test_a_closed_day_is_counted_once_and_its_late_calls_are_added(settings: Settings) -> None:
    """Reports read few calls: those of closed days are in the totals, though they are stored."""
    engine = open_and_migrate(settings)
    days = dt.date(2026, 3, 8), dt.date(2026, 3, 12)
    with writing(engine) as connection:
        some_days(connection, 5)
        expected, waits = counts(connection, *days), seconds_to_a_person(connection, *days)
    now = MIDNIGHT + dt.timedelta(days=4, hours=12)
    for _ in range(2):
        retention.apply(engine, ZONE, 90, now)
        with engine.connect() as connection:
            assert counts(connection, *days) == expected
            after = seconds_to_a_person(connection, *days)
            assert {name: len(seconds) for name, seconds in after.items()} == {
                name: len(seconds) for name, seconds in waits.items()
            }
            open_days = select(schema.calls.c.day).where(schema.calls.c.counted == 0).distinct()
            stored = connection.execute(open_days.order_by(schema.calls.c.day)).scalars().all()
            assert stored == [dt.date(2026, 3, 10), dt.date(2026, 3, 11), dt.date(2026, 3, 12)]
    with writing(engine) as connection:
        store.write(connection, notes_of("late", MIDNIGHT + dt.timedelta(hours=9)), ZONE)
    retention.apply(engine, ZONE, 90, now)
    with engine.connect() as connection:
        assert counts(connection, *days)["calls"][""] == expected["calls"][""] + 1


def test_hashes_are_erased_once_a_day_is_closed(settings: Settings) -> None:
    engine = open_and_migrate(settings)
    with writing(engine) as connection:
        some_days(connection, 3)
    retention.apply(engine, ZONE, 90, MIDNIGHT + dt.timedelta(days=4, hours=12))
    with engine.connect() as connection:
        hashed = select(schema.calls.c.day).where(schema.calls.c.hash.is_not(None)).distinct()
        assert connection.execute(hashed).scalars().all() == [dt.date(2026, 3, 10)]
        tokens = select(schema.calls.c.day).join(schema.steps).distinct()
        tokens = tokens.where(schema.steps.c.token.is_not(None) | schema.steps.c.mark.is_not(None))
        assert connection.execute(tokens).scalars().all() == [dt.date(2026, 3, 10)]


def test_time_to_a_person_leaves_out_how_long_they_talked(settings: Settings) -> None:
    with writing(open_and_migrate(settings)) as connection:
        store.write(connection, notes_of("CA1", MIDNIGHT, *LONG), ZONE)
        waits = seconds_to_a_person(connection, dt.date(2026, 3, 7), dt.date(2026, 3, 8))
    assert waits == {"hotline": [46.0]}  # answered call over after 50 s, of which 4 talked


def test_two_failed_calls_in_a_row_are_noticed(settings: Settings) -> None:
    with writing(open_and_migrate(settings)) as connection:
        store.write(connection, notes_of("CA1", MIDNIGHT, Key("0"), DialEnded("busy")), ZONE)
        assert failing_destinations(connection, ["hotline"]) == []
        later = MIDNIGHT + dt.timedelta(minutes=1)
        store.write(connection, notes_of("CA2", later, Key("0"), DialEnded("failed")), ZONE)
        assert failing_destinations(connection, ["hotline", "ncmec"]) == ["hotline"]
        connection.execute(update(schema.transfers).values(outcome="completed"))
        assert failing_destinations(connection, ["hotline"]) == []


def test_small_counts_are_hidden_and_cannot_be_worked_out() -> None:
    assert suppress([12, 3, 9, 0]) == [10, HIDDEN, HIDDEN, 0]
    assert suppress([12, 3, 4]) == [10, HIDDEN, HIDDEN]
    assert suppress([5, 0, 8]) == [5, 0, 10]
