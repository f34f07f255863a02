"""Moments as an operator reads and types them: in the agency's time zone, to the minute."""

import datetime as dt
from zoneinfo import ZoneInfo


def utcnow() -> dt.datetime:
    """Return the present moment (aware), in UTC."""
    return dt.datetime.now(dt.UTC)


def format_local(moment: dt.datetime, zone: str) -> str:
    """Return an aware moment as text, such as "Mon 2026-11-30 09:05 EST"."""
    return f"{moment.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M %Z}"


def short_local(moment: dt.datetime, zone: ZoneInfo) -> str:
    """Return an aware moment as pages show it: "Nov 24, 9:41 PM EST"."""
    local = moment.astimezone(zone)
    return f"{local:%b} {local.day}, {local.hour % 12 or 12}:{local:%M} {local:%p} {local:%Z}"


def parse_local(text: str, zone: str) -> dt.datetime:
    """Return the aware UTC moment that a text such as "2026-11-30T09:05" names.

    A text without an offset is local time in `zone`; where the clocks are put back, the first of
    the two moments. Raises ValueError, with a line for the operator, if the text is no date and
    time, or names an hour that the clocks skip.
    """
    try:
        moment = dt.datetime.fromisoformat(text.strip())
        if moment.tzinfo is not None:
            return moment.astimezone(dt.UTC)
        utc = moment.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f'"{text[:40]}" is not a date and time: write it like 2026-12-25T10:00'
        ) from None
    if utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != moment:
        raise ValueError(f"{text} does not exist in {zone}: the clocks skip that hour")
    return utc
