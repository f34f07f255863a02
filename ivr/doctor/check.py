"""A row of the doctor's table, and what its check gets and returns."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from ivr.carrier.client import Account
from ivr.carrier.number import Number
from ivr.dialog import Spoken
from ivr.problem import Problem
from ivr.script.model import Script
from ivr.settings import Settings

T = TypeVar("T")

Level = Literal["ok", "warning", "failed", "skipped"]
"""How a row came out. "failed" means that calls or alerts are lost, or may be."""


@dataclass(frozen=True)
class Row:
    """A check's name, result and remedy."""

    name: str
    level: Level
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class CheckContext:
    """The input of a check: the settings, and the script with what the checks of it reported.

    `unusable` has a line for each variable that cannot be used, `unread` for each that nothing
    reads. `problems`, `utterances` (all that the script says, by the key of its clip) and
    `is_checked` are those of `ivr check`. `is_online` allows checks to ask other machines.
    `sends_alert` is who sends a test alert, if one is to be sent. Checks of the carrier also need
    the account, and those of the number that it was found.
    """

    settings: Settings
    now: dt.datetime
    script: Script | None = None
    problems: tuple[Problem, ...] = ()
    utterances: Mapping[str, Spoken] | None = None
    is_checked: bool = True
    unusable: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    is_online: bool = False
    sends_alert: str = ""
    account: Account | None = None
    number: Number | None = None

    @property
    def own_script(self) -> Script:
        """The script, for checks that need it. Raises TypeError if it could not be read."""
        return _given(self.script, "script")

    @property
    def own_account(self) -> Account:
        """The account, for checks that need it. Raises TypeError if it is missing."""
        return _given(self.account, "account")

    @property
    def own(self) -> Number:
        """The line's number, for checks that need it. Raises TypeError if it was not found."""
        return _given(self.number, "number")


def _given(value: T | None, what: str) -> T:
    if value is None:
        raise TypeError(f"this check was given no {what}")
    return value


CheckResult = tuple[Level, str, str]
Check = Callable[[CheckContext], CheckResult]


def ok(text: str) -> CheckResult:
    """Return the result of a check that found nothing wrong."""
    return "ok", text, ""


def warning(text: str, remedy: str) -> CheckResult:
    """Return the result if calls are answered, but something needs attention."""
    return "warning", text, remedy


def failed(text: str, remedy: str) -> CheckResult:
    """Return the result if calls or alerts are lost, or may be."""
    return "failed", text, remedy


def skipped(text: str, remedy: str) -> CheckResult:
    """Return the result of a check that did not run, and what lets it run."""
    return "skipped", text, remedy


ONLINE = "run `ivr doctor --online`"
"""The remedy of a row that needs the network."""
