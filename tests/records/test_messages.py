"""What becomes of a message is known from pieces: late, twice, in any order, and none is lost."""

import datetime as dt
import random
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from ivr.database import schema
from ivr.database.engine import Database, open_and_migrate, writing
from ivr.records.recorder import Recorder
from ivr.settings import Settings
from ivr.voicemail import store
from ivr.voicemail.facts import MessageFact, callback_fact, write
from tests.lines import SHIPPED
from tests.records.test_recorder import quiet
from tests.records.test_store import ZONE
from tests.serving import until

NOW = dt.datetime(2026, 11, 24, 3, 0, tzinfo=dt.UTC)
RECORDING = "RE" + "1" * 32
LEFT = MessageFact(RECORDING, "left", NOW, "en", 45, safe=True)


def later(seconds: int) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


def test_a_message_is_in_the_inbox_with_what_the_caller_said_by_key(settings: Settings) -> None:
    with writing(open_and_migrate(settings)) as connection:
        assert write(connection, [LEFT, replace(LEFT, what="urgent", safe=None, seconds=None)]) == 1
        (message,) = store.listed(connection)
    assert (message.left, message.language, message.seconds) == (NOW, "en", 45)
    assert (message.urgent, message.safe, message.called_back) == (True, True, None)


def test_pieces_that_come_late_twice_and_in_any_order_make_the_same_message(
    settings: Settings,
) -> None:
    """The caller's own request, their keys, and the carrier's callback, also that one alone."""
    form = {"RecordingSid": RECORDING, "RecordingStatus": "completed", "RecordingDuration": "44"}
    callback = callback_fact(form, "en", safe=True, moment=later(9))
    assert callback is not None
    urgent = MessageFact(RECORDING, "urgent", later(5), "en")
    pieces = [LEFT, urgent, urgent, callback, callback]
    chance = random.Random(7)  # noqa: S311 a test's order
    seen = set()
    for i in range(12):
        recording = f"RE{i:032x}"
        chance.shuffle(pieces)
        with writing(open_and_migrate(settings)) as connection:
            for piece in pieces:
                write(connection, [replace(piece, recording=recording)])
            row = connection.execute(
                select(schema.messages).where(schema.messages.c.recording == recording)
            ).one()
        # When it is due follows from what comes first; a key makes it due at once.
        seen.add((row.left, row.seconds, row.urgent, row.safe, row.due <= later(5)))
    assert seen == {(NOW, 45, 1, 1, True)}


def test_what_a_caller_deleted_does_not_come_back(settings: Settings) -> None:
    with writing(open_and_migrate(settings)) as connection:
        write(connection, [MessageFact(RECORDING, "deleted", later(3), "en")])
        write(connection, [LEFT])
        assert store.listed(connection) == []
        assert store.to_notify(connection, later(3600)) == []
        assert list(store.recordings_to_delete(connection, later(3))) == [RECORDING]


def test_the_agency_is_not_told_of_what_the_carrier_found_silent(settings: Settings) -> None:
    form = {"RecordingSid": RECORDING, "RecordingStatus": "absent"}
    silent = callback_fact(form, "en", safe=False, moment=NOW)
    assert silent is not None
    with writing(open_and_migrate(settings)) as connection:
        write(connection, [silent])
        assert store.to_notify(connection, later(3600)) == []


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"RecordingSid": RECORDING, "RecordingStatus": "in-progress"},
        {"RecordingSid": "../etc", "RecordingStatus": "completed"},
    ],
)
def test_a_callback_that_tells_of_no_recording_is_none(form: dict[str, str]) -> None:
    assert callback_fact(form, "en", safe=True, moment=NOW) is None


def test_one_process_alone_tells_of_a_message_and_if_it_ends_another_does(
    settings: Settings,
) -> None:
    engine = open_and_migrate(settings)
    with writing(engine) as connection:
        write(connection, [LEFT])
    due = later(41)
    with writing(engine) as connection:
        assert store.claim(connection, RECORDING, later(30)) is None, "it is not due yet"
        first = store.claim(connection, RECORDING, due)
        assert first is not None
        assert store.claim(connection, RECORDING, due) is None
        assert store.claim(connection, RECORDING, due + store.NOTIFY_RETRY) is not None
        store.mark_notified(connection, first, due)
        assert store.claim(connection, RECORDING, due + 2 * store.NOTIFY_RETRY) is None


def test_what_is_too_old_goes_and_in_the_end_nothing_is_left_but_who_heard_it(
    settings: Settings,
) -> None:
    after = NOW + dt.timedelta(days=31)
    with writing(open_and_migrate(settings)) as connection:
        write(connection, [LEFT])
        (message,) = store.listed(connection)
        store.log_action(connection, "maria", "listened", message.id, NOW)
        assert store.expire(connection, after - dt.timedelta(days=30), after) == 1
        assert store.listed(connection) == []
        store.postpone_deletion(connection, RECORDING, after)
        again = after + store.DELETION_RETRY
        assert list(store.recordings_to_delete(connection, after)) == []
        assert list(store.recordings_to_delete(connection, again)) == [RECORDING]
        store.mark_recording_deleted(connection, RECORDING, after)
        assert list(store.recordings_to_delete(connection, again)) == []
        store.purge(connection, after + dt.timedelta(days=3))
        assert connection.execute(select(schema.messages)).all() == []


@pytest.mark.parametrize("deletion", ["by the caller", "by an operator", "a hold that was ended"])
def test_a_deletion_that_fails_at_the_carrier_brings_no_message_back(
    settings: Settings, deletion: str
) -> None:
    now = later(600)
    with writing(open_and_migrate(settings)) as connection:
        write(connection, [LEFT])
        (message,) = store.listed(connection)
        if deletion == "by the caller":
            write(connection, [replace(LEFT, what="deleted", moment=later(5))])
        else:
            keep = dt.timedelta(0) if deletion == "by an operator" else dt.timedelta(days=30)
            store.remove(connection, message, "maria", now, keep)
            store.end_hold(connection, message.id, "ana", now)
        assert list(store.recordings_to_delete(connection, now)) == [RECORDING]
        store.postpone_deletion(connection, RECORDING, now)
        assert list(store.recordings_to_delete(connection, now)) == []
        assert store.held(connection, now) == []
        assert not store.restore(connection, message.id, "ana", now)
        again = now + store.DELETION_RETRY
        assert list(store.recordings_to_delete(connection, again)) == [RECORDING]


def test_a_message_waits_while_the_records_are_locked(state: Path) -> None:
    settings = Settings(state=state)
    open_and_migrate(settings)
    held = sqlite3.connect(state / "records.db", isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    recorder = Recorder(Database(settings), ZONE, 90, quiet)
    recorder.record(LEFT)
    until(lambda: bool(recorder.trouble), SHIPPED / "line.yaml")
    held.execute("COMMIT")
    held.close()
    recorder.close()
    with open_and_migrate(settings).connect() as connection:
        assert [m.recording for m in store.listed(connection)] == [RECORDING]
