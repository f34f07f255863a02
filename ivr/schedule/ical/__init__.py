"""The on-call calendar: iCalendar files (RFC 5545), read with tolerance and within bounds."""

from ivr.schedule.ical.calendar import ICalendar, read
from ivr.schedule.ical.entries import MAX_BYTES, EntryProblem
from ivr.schedule.ical.text import UnreadableError

__all__ = ["MAX_BYTES", "EntryProblem", "ICalendar", "UnreadableError", "read"]
