"""What the pages of one line work with."""

import datetime as dt
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ivr.accounts import audit_log
from ivr.accounts.audit_log import AuditEvent
from ivr.checks.engine.report import CheckReport
from ivr.database.engine import Database
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.web.auth import current_operator
from ivr.web.routes import Routes


@dataclass(frozen=True)
class Console:
    """The console of one line. `clock` returns the moment (aware).

    `notify(kind, text, about)` alerts the operators; `report` is what the checks published, if they
    have run. `parent` is the process that started this one: perhaps an `ivr serve`, to be told.
    """

    script: Script
    settings: Settings
    database: Database
    clock: Callable[[], dt.datetime]
    notify: Callable[..., None]
    report: CheckReport | None
    parent: int

    @cached_property
    def zone(self) -> ZoneInfo:
        """The line's time zone."""
        return ZoneInfo(self.script.line.time_zone)

    def today(self) -> dt.date:
        """Return the day by the line's clocks."""
        return self.clock().astimezone(self.zone).date()

    def log(self, action: str, about: str = "", connection: Connection | None = None) -> None:
        """Add to the audit log what the operator of this request does, by default by itself.

        `connection` is that of a transaction of `writing` of which the entry is a part.
        """
        event, by = AuditEvent(action, about), current_operator().name
        with nullcontext(connection) if connection else self.database.writing() as writing:
            audit_log.add(writing, by, event, self.clock())


def sentence(text: str) -> str:
    """Return a message as a page shows it, with a capital letter."""
    return text[:1].upper() + text[1:]


class ConsolePages(Routes):
    """Pages of the console."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.script, self.database = console.script, console.database
