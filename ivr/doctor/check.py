"""A row of the doctor's table, and what its check gets and returns."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ivr.carrier.client import Account
from ivr.carrier.number import Number
from ivr.script.model import Script
from ivr.settings import Settings

Level = Literal["ok", "warning", "failed"]


@dataclass(frozen=True)
class Row:
    """A check's name, result and remedy. "failed" means that calls are lost, or may be."""

    name: str
    level: Level
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class CheckContext:
    """The input of a check: settings, script, account, and the line's number if it was found."""

    settings: Settings
    script: Script
    account: Account
    now: dt.datetime
    number: Number | None = None

    @property
    def own(self) -> Number:
        """The line's number, for checks that need it. Raises TypeError if it was not found."""
        if self.number is None:
            raise TypeError("this check needs a number, and there is none")
        return self.number


CheckResult = tuple[Level, str, str]
Check = Callable[[CheckContext], CheckResult]


def ok(text: str) -> CheckResult:
    """Return the result of a check that found nothing wrong."""
    return "ok", text, ""


def warning(text: str, remedy: str) -> CheckResult:
    """Return the result if calls are answered, but something needs attention."""
    return "warning", text, remedy


def failed(text: str, remedy: str) -> CheckResult:
    """Return the result if calls are lost, or may be."""
    return "failed", text, remedy
