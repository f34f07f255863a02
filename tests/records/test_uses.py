"""Nobody uses the line without end, and nobody's number is stored to know that."""

import datetime as dt

import pytest
from sqlalchemy import select

from ivr.database import schema
from ivr.database.engine import open_and_migrate, writing
from ivr.protection import blocks, uses
from ivr.protection.callers import caller_of
from ivr.protection.uses import DAY, Use, Verdict
from ivr.records.pseudonyms import Digest
from ivr.settings import Settings

DIGEST = Digest(b"s" * 32)
NUMBER, OTHER = "+12025550143", "+12025550144"
EVENING = dt.datetime(2026, 11, 24, 23, 30, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def claim(settings: Settings, number: str, mark: str, at: dt.datetime, overall: int = 9) -> Verdict:
    caller = caller_of(DIGEST, number, "CA1", at)
    with writing(open_and_migrate(settings)) as connection:
        return uses.claim(connection, Use("text", caller.hashes, mark, DAY, 3, overall), at)


def test_a_telephone_is_sent_three_a_day_also_over_midnight(settings: Settings) -> None:
    verdicts = [claim(settings, NUMBER, f"m{i}", EVENING + i * HOUR) for i in range(5)]
    assert verdicts == [Verdict.NEW] * 3 + [Verdict.CALLER_LIMIT] * 2
    assert claim(settings, OTHER, "m5", EVENING + HOUR) is Verdict.NEW
    assert claim(settings, NUMBER, "m6", EVENING + 25 * HOUR) is Verdict.NEW


def test_all_callers_together_reach_the_limit_of_the_line(settings: Settings) -> None:
    assert claim(settings, NUMBER, "m1", EVENING, 1) is Verdict.NEW
    assert claim(settings, OTHER, "m2", EVENING, 1) is Verdict.LINE_LIMIT
    assert claim(settings, NUMBER, "m1", EVENING, 1) is Verdict.AGAIN


def test_the_number_is_stored_nowhere_and_its_hash_is_erased(settings: Settings) -> None:
    claim(settings, NUMBER, "m1", EVENING)
    with writing(open_and_migrate(settings)) as connection:
        (row,) = connection.execute(select(schema.uses)).all()
        assert "5550143" not in str(row)
        uses.remove_old(connection, EVENING + 49 * HOUR)
        assert connection.execute(select(schema.uses)).all() == []


@pytest.mark.parametrize("number", ["anonymous", "Restricted", "", "+266696687", "sip:anonymous@x"])
def test_who_withholds_their_number_is_blocked_for_one_call_alone(number: str) -> None:
    one, two = (caller_of(DIGEST, number, sid, EVENING) for sid in ("CA1", "CA2"))
    assert one.is_withheld
    assert one.hashes == two.hashes
    assert set(one.block_hashes).isdisjoint(two.block_hashes)


def test_a_block_holds_over_midnight_and_ends_by_itself(settings: Settings) -> None:
    def is_blocked(at: dt.datetime) -> bool:
        hashes = caller_of(DIGEST, NUMBER, "CA1", at).block_hashes
        with open_and_migrate(settings).connect() as connection:
            return blocks.is_blocked(connection, hashes, at)

    with writing(open_and_migrate(settings)) as connection:
        caller = caller_of(DIGEST, NUMBER, "CA1", EVENING).block_hashes[0]
        assert blocks.add(connection, caller, "m1", "maria", EVENING)
        assert not blocks.add(connection, caller, "m1", "maria", EVENING + HOUR)
    assert is_blocked(EVENING + 23 * HOUR)
    assert not is_blocked(EVENING + 25 * HOUR)
