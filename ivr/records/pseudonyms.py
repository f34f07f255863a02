"""Keyed hashes in place of identifiers that must not be stored; calls get a new key each day.

A day's key is derived from the secret and the date. The hashes of a day's calls are erased two days
later (`ivr.records.retention`); then not even the holder of the secret can find a call.
"""

import datetime as dt
import hmac
from functools import lru_cache
from hashlib import blake2b

DAY = dt.timedelta(days=1)

HASH_BYTES = 16
"""Bytes of a hash; it is written as 32 hexadecimal digits."""


class Digest:
    """Makes hashes with a secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._key_of = lru_cache(maxsize=8)(self._key)

    def call(self, sid: str, day: dt.date) -> tuple[str, str, str]:
        """Return the hashes of the carrier's call id for a day (UTC), the day before and after.

        A call may go on past midnight, and its facts may arrive in any order.
        """
        identifier = sid.encode()
        return (
            _hash(identifier, self._key_of(day)),
            _hash(identifier, self._key_of(day - DAY)),
            _hash(identifier, self._key_of(day + DAY)),
        )

    def other(self, *parts: str) -> str:
        """Return the hash of several texts, one of which is the call's id."""
        return _hash("\0".join(parts).encode(errors="replace"), self._key_of(None))

    def _key(self, day: dt.date | None) -> bytes:
        return hmac.digest(self._secret, f"records {day or ''}".encode(), "sha256")


def _hash(text: bytes, key: bytes) -> str:
    return blake2b(text, key=key, digest_size=HASH_BYTES).hexdigest()
