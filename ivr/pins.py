"""PINs of the recording menu: who has which, and which are too easy to guess."""

import datetime as dt
import hmac
import itertools
import re
from collections.abc import Iterable

MIN_PIN = 6
"""Digits of the shortest PIN."""

_COMMON = frozenset(
    re.findall(
        r"\d+",
        """112233 121314 123321 123654 131313 142536 147258 147369 159357 159753 246810 246824
    258456 101010 007007 111222 121212 123123 159951 420420 456789 741852 753159 789456 852456
    963852 987654 951753 010203 102030 123789 321654 696969 134679 135790 147852 369258""",
    )
)
"""PINs that many people choose: patterns of the keypad and series."""

_DATES = ("%m%d%y", "%d%m%y", "%y%m%d", "%m%d%Y", "%d%m%Y", "%Y%m%d")

_ENTRY = re.compile(r"(?:([^\s:,][^:,]*):\s*)?([0-9]+)", re.ASCII)

ANYBODY = "the recording menu"
"""Stands for the person who used a PIN that has no name."""


def read(text: str) -> tuple[tuple[str, str], ...]:
    """Return name and PIN of each entry of "maria:73910462,ana:…"; one without a name is allowed.

    Raises ValueError with the remedy, which never shows a PIN.
    """
    entries = []
    for entry in text.split(","):
        match = _ENTRY.fullmatch(entry.strip())
        if match is None or len(match[2]) < MIN_PIN:
            raise ValueError(
                f"is not a PIN: write {MIN_PIN} digits or more, or name:PIN with commas between"
            )
        if is_weak(match[2]):
            raise ValueError(
                "has a PIN that is easy to guess (repeated digits, a series, a date, a pattern):"
                " take digits by chance"
            )
        entries.append((match[1] or ANYBODY, match[2]))
    if len({pin for _, pin in entries}) < len(entries):
        raise ValueError("gives two names the same PIN: each needs its own")
    return tuple(entries)


def is_weak(pin: str) -> bool:
    """Tell whether a PIN (digits) is among those that are tried first."""
    return (
        len(set(pin)) < 3  # noqa: PLR2004 two digits make 64 PINs of six
        or any(pin == (pin[:n] * len(pin))[: len(pin)] for n in range(1, len(pin) // 2 + 1))
        or _is_series(pin)
        or pin in _COMMON
        or _is_date(pin)
    )


def whose(pins: Iterable[tuple[str, str]], keyed: str) -> str | None:
    """Return the name of the PIN that somebody keyed; None for a wrong one."""
    owner = None
    for name, pin in pins:
        if hmac.compare_digest(keyed.encode(), pin.encode()):
            owner = name
    return owner


def _is_series(pin: str) -> bool:
    """Tell whether each digit is as far from the next as the first two are, as in 135791."""
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}
    return len(steps) == 1


def _is_date(pin: str) -> bool:
    """Tell whether a PIN of 6 or 8 digits is a day."""
    for form in _DATES:
        if len(pin) == (8 if "%Y" in form else 6):
            try:
                day = dt.datetime.strptime(pin, form)  # noqa: DTZ007 only whether it is one
            except ValueError:
                continue
            if "%Y" not in form or 1900 <= day.year <= 2100:  # noqa: PLR2004 years of people
                return True
    return False
