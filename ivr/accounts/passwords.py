"""What a password has to be like, and how it is stored: as a slow, salted hash."""

import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from werkzeug.security import check_password_hash, generate_password_hash

from ivr import priority
from ivr.errors import RecordsError

MIN_PASSWORD = 12
"""Characters of the shortest password. Its length is what counts: NIST asks for 8 or more, and for
no rules of composition (https://pages.nist.gov/800-63-3/sp800-63b.html)."""

MAX_PASSWORD = 200
"""Characters of the longest password; hashing a longer one would take too long."""

FEWEST_GUESSES = 10**8
"""Guesses that a password has to withstand, as zxcvbn estimates it: "safely unguessable" online."""

_RATED = 72
"""Characters that are rated, since rating takes time; what follows them only makes it stronger."""

CONTEXT = ("ivr", "csec", "hotline", "console", "agency", "operator", "password")
"""Words that anybody would try here."""

_HASHING = ThreadPoolExecutor(1, "password", initializer=priority.lower_thread)
"""One hash at a time in each process: a hash takes a core for a tenth of a second."""


def hashed(password: str, words: Iterable[str] = ()) -> str:
    """Return the hash of a new password. `words`: names that anybody would try for its operator.

    Raises RecordsError, with the remedy, for a password that is too short, too long or too common.
    """
    if len(password) < MIN_PASSWORD:
        raise RecordsError(f"the password is too short: use {MIN_PASSWORD} characters or more")
    if len(password) > MAX_PASSWORD:
        raise RecordsError(f"the password is too long: use {MAX_PASSWORD} characters or fewer")
    _refuse_common(password, words)
    return _HASHING.submit(generate_password_hash, password).result()


def _refuse_common(password: str, words: Iterable[str]) -> None:
    from zxcvbn import zxcvbn  # late: its lists of passwords take a tenth of a second to load

    rated = _HASHING.submit(zxcvbn, password[:_RATED], [*CONTEXT, *words]).result()
    if rated["guesses"] < FEWEST_GUESSES:
        raise RecordsError(
            "the password is one of those that are tried first: use several words that do not"
            " belong together"
        )


def is_right(password: str, stored: str | None) -> bool:
    """Return whether a password belongs to a hash; without one, take the same time and say no."""
    given = password[:MAX_PASSWORD]
    matches = _HASHING.submit(check_password_hash, stored or _unused_hash(), given).result()
    return matches and stored is not None


def first_password() -> str:
    """Return a random password of 80 bits that can be read out, for somebody's first sign-in."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


@cache
def _unused_hash() -> str:
    return generate_password_hash("no operator's")
