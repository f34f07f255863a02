"""The duty now, by the script, an operator's override, and a calendar that is fetched from a URL.

Override and calendar are polled in the background: asking for the duty never waits.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from ivr.background import PeriodicWorker
from ivr.database.engine import Database
from ivr.schedule.calendar_feed import CalendarFeed, Timing
from ivr.schedule.duty import Duty, Schedule
from ivr.schedule.ical import ICalendar
from ivr.schedule.override_store import HOLD_SECONDS, POLL_SECONDS, OverrideStore
from ivr.settings import Settings


@dataclass(frozen=True)
class DutyTiming:
    """Poll interval of the override and how long it holds, in seconds; timing of the calendar."""

    poll_seconds: float = POLL_SECONDS
    hold_seconds: float = HOLD_SECONDS
    calendar: Timing = field(default_factory=Timing)


class CurrentDuty:
    """The duty of one line, as one process knows it."""

    def __init__(
        self,
        schedule: Schedule,
        settings: Settings,
        database: Database,
        alert: Callable[[str, str], None] = lambda _kind, _text: None,
        on_new_calendar: Callable[[ICalendar], None] = lambda _: None,
        timing: DutyTiming = DutyTiming(),
    ) -> None:
        self._schedule = schedule
        self.overrides = OverrideStore(
            database,
            alert=alert,
            poll_seconds=timing.poll_seconds,
            hold_seconds=timing.hold_seconds,
        )
        self.calendar = None
        if schedule.on_call and schedule.on_call.url:
            self.calendar = CalendarFeed(
                schedule.on_call,
                schedule.zone,
                settings.state,
                alert=alert,
                on_new_calendar=on_new_calendar,
                timing=timing.calendar,
            )

    def __call__(self, moment: dt.datetime) -> Duty | None:
        """Return the duty at a moment (aware); None if only the script decides it."""
        override = self.overrides.at(moment)
        fetched = self.calendar.state.calendar if self.calendar else None
        return self._schedule.duty(moment, override, fetched) if override or fetched else None

    @property
    def workers(self) -> list[PeriodicWorker]:
        """The workers that look up the override and the calendar."""
        return [self.overrides.worker, *([self.calendar.worker] if self.calendar else [])]

    def start(self) -> None:
        """Start to look up the override and the calendar, if this process does not yet."""
        self.overrides.start()
        if self.calendar:
            self.calendar.start()

    def refresh(self) -> None:
        """Poll override and calendar now, and wait: for a process without workers."""
        self.overrides.poll()
        if self.calendar:
            self.calendar.poll()
