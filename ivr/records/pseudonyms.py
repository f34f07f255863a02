"""Keyed hashes in place of identifiers that must not be stored; calls get a new key each day.

The key of a day is random and destroyed two days later (`ivr.records.day_keys`); the hashes of a
day's calls are erased then, too (`ivr.records.retention`). After that not even the holder of the
secret and of all backups can find a call by its id or a number.
"""

import datetime as dt
import hmac
from hashlib import blake2b

from ivr.records.day_keys import DAY, DayKeys

HASH_BYTES = 16
"""Bytes of a hash; it is written as 32 hexadecimal digits."""

LOG_DIGITS = 8
"""Digits of a call's id in the log."""


class Digest:
    """Makes hashes: of calls and numbers with the keys of days, of all else with a secret."""

    def __init__(self, secret: bytes, keys: DayKeys | None = None) -> None:
        self.keys = keys or DayKeys()
        self._key = hmac.digest(secret, b"records ", "sha256")

    def call(self, sid: str, day: dt.date) -> tuple[str, str, str]:
        """Return the hashes of the carrier's call id for a day (UTC), the day before and after.

        A call may go on past midnight, and its facts may arrive in any order.
        """
        identifier = sid.encode(errors="replace")
        return (
            _hash(identifier, self.keys.of(day)),
            _hash(identifier, self.keys.of(day - DAY)),
            _hash(identifier, self.keys.of(day + DAY)),
        )

    def log_id(self, sid: str, day: dt.date) -> str:
        """Return the id of a call in the log: no part of a hash that is stored elsewhere.

        It is as good as random once the day's key is destroyed.
        """
        return self.event(day, "log", sid)[:LOG_DIGITS]

    def event(self, day: dt.date, *parts: str) -> str:
        """Return the hash of several texts, one of which is a call's id, with the key of a day."""
        return _hash("\0".join(parts).encode(errors="replace"), self.keys.of(day))

    def other(self, *parts: str) -> str:
        """Return the hash of several texts that identify no call and no number, with the secret."""
        return _hash("\0".join(parts).encode(errors="replace"), self._key)


def _hash(text: bytes, key: bytes) -> str:
    return blake2b(text, key=key, digest_size=HASH_BYTES).hexdigest()
