"""What the line must know of a call besides its place; it travels in the URL, which is signed.

`began` is coarse, so that callers share cached answers.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

UNIT_SECONDS = 900
"""Seconds of the unit of `began`: a quarter of an hour."""

LONGEST = dt.timedelta(hours=25)
"""Age at which a request can only be a copy: the carrier ends calls after 24 hours."""

_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class CallState:
    """The state of a call.

    - `began` is when the call began, in quarters of an hour since 1970; 0 if the URL lacks it.
    - `used` counts what the call has used of the limits (ivr.protection.uses).
    - `code` are the keys that are still to be pressed before the agency's people are rung.
    - `passed` says that they were pressed.
    """

    began: int = 0
    used: int = 0
    code: str = ""
    passed: bool = False

    @classmethod
    def first(cls, now: dt.datetime) -> "CallState":
        """Return the state of a call that begins."""
        return cls(int(now.timestamp()) // UNIT_SECONDS)

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "CallState":
        """Return the state in a URL's query."""
        code = query.get("code", "")
        return cls(
            _count(query.get("began", "")),
            _count(query.get("used", "")),
            code if len(code) <= 2 and not code.strip("12345") else "",  # noqa: PLR2004 two keys
            query.get("passed") == "1",
        )

    def query(self) -> str:
        """Return the state as a part of a URL's query."""
        fields = {
            "began": self.began,
            "used": self.used,
            "code": self.code,
            "passed": int(self.passed),
        }
        return "&".join(f"{name}={value}" for name, value in fields.items() if value)

    def onward(self, now: dt.datetime) -> "CallState":
        """Return the state for the next URL: a call whose beginning is unknown begins now."""
        return replace(self, began=self.began or self.first(now).began)

    def age(self, now: dt.datetime) -> dt.timedelta:
        """Return how long the call has lasted; 0 if that is unknown."""
        seconds = now.timestamp() - self.began * UNIT_SECONDS if self.began else 0
        return dt.timedelta(seconds=max(seconds, 0))

    def is_copy(self, now: dt.datetime) -> bool:
        """Return whether a request is older than any call, so that somebody has copied it."""
        return self.age(now) > LONGEST


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 0
