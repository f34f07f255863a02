"""Nobody is sent texts without end, and nobody's number is kept to know that."""

import datetime as dt

from sqlalchemy import select

from ivr.database import schema
from ivr.database.engine import open_and_migrate, writing
from ivr.records.pseudonyms import Digest
from ivr.settings import Settings
from ivr.sms import quota

DIGEST = Digest(b"s" * 32)
NUMBER, OTHER = "+12025550143", "+12025550144"
EVENING = dt.datetime(2026, 11, 24, 23, 30, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def test_a_telephone_is_sent_three_a_day_also_over_midnight(settings: Settings) -> None:
    def may(number: str, at: dt.datetime) -> bool:
        with writing(open_and_migrate(settings)) as connection:
            return quota.claim(connection, quota.hashes(DIGEST, number, at), at)

    assert [may(NUMBER, EVENING + i * HOUR) for i in range(5)] == [True, True, True, False, False]
    assert may(OTHER, EVENING + HOUR)
    assert may(NUMBER, EVENING + 25 * HOUR), "the first is a day ago"


def test_the_number_stands_nowhere_and_its_hash_goes(settings: Settings) -> None:
    with writing(open_and_migrate(settings)) as connection:
        quota.claim(connection, quota.hashes(DIGEST, NUMBER, EVENING), EVENING)
        (row,) = connection.execute(select(schema.texts)).all()
        assert "5550143" not in str(row)
        quota.erase_old(connection, EVENING + 25 * HOUR)
        assert connection.execute(select(schema.texts)).all() == []
