"""A row of the doctor's table, and what there is to look at."""

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
    """What was looked at, how it is, and what to do. A failed row loses calls, or may."""

    name: str
    level: Level
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class Look:
    """What is looked at: the line's own side, its account, and its number if that was found."""

    settings: Settings
    script: Script
    account: Account
    now: dt.datetime
    number: Number | None = None

    @property
    def own(self) -> Number:
        """The line's number, for rows that are about it."""
        if self.number is None:
            raise TypeError("this row is about a number, and none was found")
        return self.number


Finding = tuple[Level, str, str]
Examine = Callable[[Look], Finding]


def ok(text: str) -> Finding:
    """Return that all is well."""
    return "ok", text, ""


def warning(text: str, remedy: str) -> Finding:
    """Return that a call is answered, but something wants care."""
    return "warning", text, remedy


def failed(text: str, remedy: str) -> Finding:
    """Return that calls are lost, or may be."""
    return "failed", text, remedy
