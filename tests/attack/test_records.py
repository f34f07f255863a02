"""A thief of the database, the secret and the log has the carrier's log, too: who called?"""

import datetime as dt
import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from ivr.database import schema
from ivr.database.engine import Database
from ivr.dialog import DialEnded, Key, answer, reply
from ivr.protection.callers import caller_of
from ivr.records import facts, retention, store
from ivr.records.day_keys import KEY_BYTES, DayKeys
from ivr.records.pseudonyms import Digest
from ivr.records.recorder import Recorder
from ivr.records.reports.aggregates import counts, seconds_to_a_person
from ivr.script.load import load
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import SHIPPED
from tests.serving import until

SCRIPT = load(SHIPPED)
ZONE = ZoneInfo("America/New_York")
NOON = dt.datetime(2026, 3, 8, 17, 0, 0, tzinfo=dt.UTC)
SECRET = b"the stolen secret of this line"
CALLS = 64


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state=tmp_path)


@pytest.fixture
def began() -> dict[str, dt.datetime]:
    """Return the carrier's log: the id and the start of each call, 37 seconds apart."""
    return {f"CA{i}": NOON + dt.timedelta(seconds=37 * i + 3) for i in range(CALLS)}


@pytest.fixture
def stored(settings: Settings, began: dict[str, dt.datetime]) -> Iterator[Database]:
    """Return the records of calls that reached the hotline after 45 to 50 seconds."""
    digest, database = Digest(SECRET, DayKeys(settings.day_keys)), Database(settings)
    with database.writing() as connection:
        for sid, start in began.items():
            store.write(connection, facts_of(digest, sid, start), ZONE)
    yield database
    database.close()


def facts_of(digest: Digest, sid: str, start: dt.datetime) -> list[facts.CallFact]:
    turn, place, moment, made = answer(SCRIPT, start), None, start, []
    made.append(facts.step_fact(digest, SCRIPT, place, turn, {"CallSid": sid}, moment))
    for event, seconds in ((Key("1"), 11), (Key("0"), 23), (DialEnded("completed"), 97)):
        place, moment = turn.place, start + dt.timedelta(seconds=seconds)
        turn = reply(SCRIPT, place, event, moment)
        form = {"CallSid": sid, "DialCallDuration": "48"}
        made.append(facts.step_fact(digest, SCRIPT, place, turn, form, moment))
    end = {"CallSid": sid, "CallStatus": "completed", "CallDuration": "101"}
    ended = facts.end_fact(digest, end, moment)
    assert ended is not None
    return [*made, ended]


def close(database: Database, settings: Settings) -> None:
    """Let two days go by."""
    later = NOON + dt.timedelta(days=4)
    retention.apply(database.engine, ZONE, 90, later)
    DayKeys(settings.day_keys).destroy_old(later.date())


def test_no_record_is_matched_by_its_times(
    stored: Database, settings: Settings, began: dict[str, dt.datetime]
) -> None:
    close(stored, settings)
    with stored.reading() as connection:
        starts = connection.execute(select(schema.calls.c.started)).scalars().all()
        moments = set(connection.execute(select(schema.steps.c.moment)).scalars())
        lengths = set(connection.execute(select(schema.calls.c.seconds)).scalars())
    assert len(starts) == CALLS
    alone = [
        at for at in starts if sum(0 <= (b - at).total_seconds() < 300 for b in began.values()) < 5
    ]
    assert alone == []
    assert moments == set(starts)
    assert lengths == {90}


def test_the_reports_of_closed_days_stay(stored: Database, settings: Settings) -> None:
    day = NOON.date()
    with stored.reading() as connection:
        before, waits = counts(connection, day, day), seconds_to_a_person(connection, day, day)
    close(stored, settings)
    with stored.reading() as connection:
        assert counts(connection, day, day) == before
        after = seconds_to_a_person(connection, day, day)
    assert waits == {"hotline": [49.0] * CALLS}
    assert after == {"hotline": [50.0] * CALLS}


def test_the_secret_and_the_carriers_ids_match_no_hash(
    stored: Database, began: dict[str, dt.datetime]
) -> None:
    """Not even on the same day, if the thief has a backup: it has no keys of days."""
    thief = Digest(SECRET, DayKeys())
    with stored.reading() as connection:
        columns = (schema.calls.c.hash, schema.steps.c.token, schema.steps.c.mark)
        hashes = {h for c in columns for h in connection.execute(select(c)).scalars() if h}
    day = NOON.date()
    guesses = {h for sid in began for h in (*thief.call(sid, day), thief.event(day, sid, "answer"))}
    assert hashes
    assert not hashes & guesses


def test_callers_numbers_are_not_recovered_from_the_secret_and_the_database(
    settings: Settings,
) -> None:
    numbers = [f"+1202555{n:04}" for n in range(100, 140)]
    line, thief = Digest(SECRET, DayKeys(settings.day_keys)), Digest(SECRET, DayKeys())
    stolen = {h for n in numbers for h in caller_of(line, n, "CA1", NOON).hashes}
    assert len(stolen) == 3 * len(numbers)
    assert not stolen & {h for n in numbers for h in caller_of(thief, n, "CA1", NOON).hashes}


def test_the_logs_id_of_a_call_is_no_part_of_a_stored_hash(settings: Settings) -> None:
    digest, day = Digest(SECRET, DayKeys(settings.day_keys)), NOON.date()
    log_id = digest.log_id("CA1", day)
    assert log_id == Digest(SECRET, DayKeys(settings.day_keys)).log_id("CA1", day)
    assert log_id != Digest(SECRET, DayKeys()).log_id("CA1", day)
    assert not [h for h in digest.call("CA1", day) if log_id in h]


def test_a_key_is_overwritten_and_removed_on_the_second_day_after(tmp_path: Path) -> None:
    keys, day = DayKeys(tmp_path / "keys"), NOON.date()
    first = keys.of(day)
    assert len(first) == KEY_BYTES
    file = tmp_path / "keys" / day.isoformat()
    assert file.stat().st_mode & 0o777 == 0o600
    (tmp_path / "linked").hardlink_to(file)
    keys.destroy_old(day + dt.timedelta(days=1))
    assert DayKeys(tmp_path / "keys").of(day) == first
    keys.destroy_old(day + dt.timedelta(days=2))
    assert not file.exists()
    assert (tmp_path / "linked").read_bytes() == bytes(KEY_BYTES)
    assert keys.of(day) != first


def test_a_running_line_keeps_no_destroyed_key_in_its_memory(settings: Settings) -> None:
    app = create_app(replace(settings, demo=True, prompts=SHIPPED))
    own = [keys for keys in gc.get_objects() if isinstance(keys, DayKeys)]
    own = [keys for keys in own if keys._folder == settings.day_keys]
    day = NOON.date()
    keys_of_the_day = {keys.of(day) for keys in own}
    app.services.telemetry.digest.keys.destroy_old(day + dt.timedelta(days=2))
    assert keys_of_the_day
    assert keys_of_the_day.isdisjoint(keys.of(day) for keys in own)
    app.services.telemetry.recorder.close()


def test_the_folder_of_the_keys_is_left_out_of_backups(tmp_path: Path) -> None:
    DayKeys(tmp_path / "keys").of(NOON.date())
    tag = (tmp_path / "keys" / "CACHEDIR.TAG").read_text()
    assert tag.startswith("Signature: 8a477f597d28d172789f06886806bc55")


def test_a_line_whose_database_is_down_destroys_its_keys(tmp_path: Path) -> None:
    keys = DayKeys(tmp_path / "keys")
    keys.of(NOON.date())
    down = Settings(database_url="postgresql://ivr@127.0.0.1:1/x", state=tmp_path)
    recorder = Recorder(Database(down), ZONE, 90, lambda *_: None, keys)
    recorder.start()
    until(lambda: not (tmp_path / "keys" / NOON.date().isoformat()).exists())
    recorder.close()


def test_a_folder_that_cannot_be_written_fails_no_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "keys").write_text("this is no folder")
    keys = DayKeys(tmp_path / "keys")
    assert keys.of(NOON.date()) == keys.of(NOON.date())
    assert "no key of the day can be stored" in caplog.text
    keys.destroy_old(NOON.date())
