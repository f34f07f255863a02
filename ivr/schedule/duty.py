"""Who is at the agency at a moment: its office, the people on call, or nobody."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from zoneinfo import ZoneInfo

from ivr.schedule.hours import Hours
from ivr.schedule.office_hours import Opening, boundaries, is_open, opening
from ivr.schedule.on_call import Calendar, OnCall, on_call, shift_changes
from ivr.schedule.override import Override


@dataclass(frozen=True, slots=True)
class Duty:
    """Whether the agency is open at a moment, and the numbers (E.164) of the people on call.

    The `ladder` is rung one number after the other. With `at_once` it rings without being offered
    first. `announcement` is what all callers hear now: pairs of language and words.
    """

    is_open: bool = True
    ladder: tuple[str, ...] = ()
    at_once: bool = False
    announcement: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Stretch:
    """A period (UTC) in which the same people are on call, and whether the agency is open."""

    begins: dt.datetime
    ends: dt.datetime
    ring: tuple[str, ...]
    is_open: bool

    @property
    def is_gap(self) -> bool:
        """Whether nobody is there at all."""
        return not self.is_open and not self.ring


@dataclass(frozen=True)
class Schedule:
    """When the office is open and who is on call, by line.yaml; `zone` is its time zone.

    `calendar` is the on-call calendar, unless it is fetched from a URL.
    """

    zone: str
    hours: Hours | None = None
    on_call: OnCall | None = None
    has_office: bool = False
    calendar: Calendar | None = None

    def duty(
        self,
        moment: dt.datetime,
        override: Override | None = None,
        calendar: Calendar | None = None,
    ) -> Duty:
        """Return who is there at a moment (aware), by line.yaml or by an override that holds then.

        `calendar` is the on-call calendar as it was fetched last, if it is fetched from a URL.
        """
        holding = override if override and override.holds(moment) else None
        is_open_now = self.has_office and (
            holding.state == "open" if holding else is_open(self.hours, self.zone, moment)
        )
        ladder: tuple[str, ...] = ()
        if self.on_call is not None:
            names = on_call(self.on_call, self.zone, moment, calendar or self.calendar)
            ladder = tuple(self.on_call.people[name] for name in names)
        at_once = holding is not None and holding.state == "emergency"
        return Duty(is_open_now, ladder, at_once, holding.announcement if holding else ())

    def opening(self, moment: dt.datetime) -> Opening:
        """Return whether the hours say open at a moment (aware), why, and until when."""
        return opening(self.hours, self.zone, moment)

    def stretches(self, begins: dt.datetime, ends: dt.datetime) -> Iterator[Stretch]:
        """Yield a time (aware) piece by piece: who is on call, and whether the agency is open.

        Nothing without on_call: in line.yaml.
        """
        last: Stretch | None = None
        for start, end in pairwise(self._changes(begins, ends)):
            names = on_call(self.on_call, self.zone, start, self.calendar) if self.on_call else ()
            is_open_then = self.has_office and is_open(self.hours, self.zone, start)
            if last and (last.ring, last.is_open) == (names, is_open_then):
                last = replace(last, ends=end)
                continue
            if last:
                yield last
            last = Stretch(start, end, names, is_open_then)
        if last:
            yield last

    def _changes(self, begins: dt.datetime, ends: dt.datetime) -> list[dt.datetime]:
        """Return every moment in a time at which the duty may change, with its begin and end."""
        if self.on_call is None:
            return []
        days = (ends - begins).days + 1
        changes = {begins, ends, *boundaries(self.hours, self.zone, begins, days)}
        changes |= set(shift_changes(self.on_call, ZoneInfo(self.zone), begins, days))
        for entry in self.calendar.entries(begins, ends) if self.calendar else ():
            changes |= {entry.begins, entry.ends}
        return sorted(moment for moment in changes if begins <= moment <= ends)
