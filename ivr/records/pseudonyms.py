"""Hashes that stand for what must not be kept: keyed, and for calls with another key each day.

A key is derived from the secret and the day. Once a day is closed its calls' hashes are erased
(ivr.records.retention), so not even the holder of the secret can find a call of an older day.
"""

import datetime as dt
import hmac
from functools import lru_cache
from hashlib import blake2b

DAY = dt.timedelta(days=1)

BYTES = 16
"""Of a hash, which is written as twice as many hexadecimal digits."""


class Digest:
    """Makes hashes with a secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._key_of = lru_cache(maxsize=8)(self._key)

    def call(self, sid: str, day: dt.date) -> tuple[str, str, str]:
        """Return the hashes of the carrier's call id, for the day (UTC), the one before and after.

        A call may go on past midnight, and its facts may come in any order.
        """
        told = sid.encode()
        return (
            _hash(told, self._key_of(day)),
            _hash(told, self._key_of(day - DAY)),
            _hash(told, self._key_of(day + DAY)),
        )

    def other(self, *parts: str) -> str:
        """Return the hash of a request's marks; the call's id is among the parts."""
        return _hash("\0".join(parts).encode(errors="replace"), self._key_of(None))

    def _key(self, day: dt.date | None) -> bytes:
        return hmac.digest(self._secret, f"records {day or ''}".encode(), "sha256")


def _hash(text: bytes, key: bytes) -> str:
    return blake2b(text, key=key, digest_size=BYTES).hexdigest()
