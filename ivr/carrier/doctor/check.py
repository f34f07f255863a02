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
    """A check's name, its result, and what to do. `failed` means that calls are or may be lost."""

    name: str
    level: Level
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class CheckContext:
    """What a check gets: settings, script, account, and the line's number if the account has it."""

    settings: Settings
    script: Script
    account: Account
    now: dt.datetime
    number: Number | None = None

    @property
    def own(self) -> Number:
        """The line's number, for checks of it. Raises TypeError if the account does not have it."""
        if self.number is None:
            raise TypeError("this check needs a number, and there is none")
        return self.number


CheckResult = tuple[Level, str, str]
Check = Callable[[CheckContext], CheckResult]


def ok(text: str) -> CheckResult:
    """Return that nothing is wrong."""
    return "ok", text, ""


def warning(text: str, remedy: str) -> CheckResult:
    """Return that calls are answered, but something needs care."""
    return "warning", text, remedy


def failed(text: str, remedy: str) -> CheckResult:
    """Return that calls are or may be lost."""
    return "failed", text, remedy
