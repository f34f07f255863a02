"""From the text of an iCalendar file to its components, leaving out those that cannot be read."""

import re
import threading
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

_OUTERMOST = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"})
"""The components that stand in no other than the calendar itself."""


class UnreadableError(Exception):
    """The file is not a calendar, or cannot be fetched; the text says why in a few words."""


@dataclass(frozen=True)
class Block:
    """A part of the file that can be left out: a component in a calendar, or a line between.

    `is_frame` is a line that begins or ends a calendar, and stays.
    """

    line: int
    text: str
    is_frame: bool = False

    @property
    def component(self) -> str:
        """The component that it is: VEVENT is an entry, VTIMEZONE a time zone; "" for a line."""
        what, component = _marks(self.text.partition("\n")[0])
        return component if what == "BEGIN" else ""

    @property
    def repeated_part(self) -> str:
        """The name that an entry's rule has twice, as in BYDAY=MO;BYDAY=TU, or ""."""
        text = re.sub(r"\n[ \t]", "", self.text)
        for rule in re.findall(r"^RRULE[^:\n]*:(.*)$", text, re.MULTILINE | re.IGNORECASE):
            names: list[str] = [
                part.partition("=")[0].strip().upper() for part in rule.split(";") if part
            ]
            if twice := [name for name in names if names.count(name) > 1]:
                return twice[0]
        return ""

    @property
    def title(self) -> str:
        """An entry's title, as far as it can be read."""
        title = re.search(r"^SUMMARY[^:\n]*:(.*)$", self.text, re.MULTILINE | re.IGNORECASE)
        return title[1].strip() if title else ""


def decoded(raw: bytes) -> str:
    """Return the text of a file: UTF-8 as the standard wants it, or Windows-1252."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _marks(line: str) -> tuple[str, str]:
    """Return BEGIN or END, and which component; two empty texts for any other line."""
    name, _, component = line.strip().upper().partition(":")
    return (name, component) if name in {"BEGIN", "END"} else ("", "")


def blocks_of(text: str) -> list[Block]:
    """Return the parts of a file that can be left out, in order."""
    lines = re.split(r"\r\n|\r|\n", text)
    blocks: list[Block] = []
    i = 0
    while i < len(lines):
        what, component = _marks(lines[i])
        end = i + 1
        if component == "VCALENDAR":
            blocks.append(Block(i + 1, lines[i], is_frame=True))
        elif what == "BEGIN":
            end = _end_of(lines, i, component)
            blocks.append(Block(i + 1, "\n".join(lines[i:end])))
        elif lines[i].strip():
            while end < len(lines) and lines[end][:1] in {" ", "\t"}:
                end += 1
            blocks.append(Block(i + 1, "\n".join(lines[i:end])))
        i = end
    return blocks


def _end_of(lines: Sequence[str], begin: int, component: str) -> int:
    """Return the index behind a component's last line, also if its END is missing."""
    for i in range(begin + 1, len(lines)):
        mark = _marks(lines[i])
        if mark == ("END", component):
            return i + 1
        if mark[1] == "VCALENDAR" or (mark[0] == "BEGIN" and mark[1] in _OUTERMOST):
            return i
    return len(lines)


def parsed(blocks: Sequence[Block]) -> tuple[list[Any], list[Block]]:
    """Return the calendars that blocks make, and the entries that cannot be read.

    Raises UnreadableError if there is no calendar.
    """
    calendars = _calendars(blocks)
    if calendars is not None:
        return calendars, []
    frame = [b for b in blocks if b.is_frame]
    if not _calendars(frame):
        raise UnreadableError("is not a calendar")
    dropped = _unparsable(frame, [b for b in blocks if not b.is_frame])
    calendars = _calendars([b for b in blocks if b not in dropped])
    if calendars is None:
        raise UnreadableError("is not a calendar")
    return calendars, [b for b in dropped if b.component == "VEVENT"]


_reading = threading.Lock()
"""The library has one cache of time zones for the whole process."""


def _calendars(blocks: Iterable[Block]) -> list[Any] | None:
    """Return the calendars that blocks make; None if the library cannot read them all.

    Each is read with the time zones that it defines itself, not with those of another of that name.
    """
    import icalendar
    from icalendar.error import GloballyUniqueTZIDGuessed

    # Evolution's time zones, /freeassociation.sourceforge.net/America/New_York, are what they seem.
    warnings.filterwarnings("ignore", category=GloballyUniqueTZIDGuessed)
    blocks = list(blocks)
    calendars: list[Any] = []
    try:
        for own in _each_calendar(blocks):
            with _reading:
                icalendar.use_zoneinfo()  # type: ignore[no-untyped-call]  # empties the cache
                text = "\r\n".join(b.text for b in own)
                calendars += icalendar.Calendar.from_ical(text, multiple=True)
        events = sum(len(calendar.walk("VEVENT")) for calendar in calendars)
    except Exception:  # noqa: BLE001 the library raises many kinds for what others wrote
        return None
    entries = sum(b.component == "VEVENT" for b in blocks)
    is_whole = calendars and all(calendar.name == "VCALENDAR" for calendar in calendars)
    return calendars if is_whole and events == entries else None


def _each_calendar(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Yield the blocks of each calendar: its begin, its time zones, and all else."""
    group: list[Block] = []
    for block in blocks:
        begins = block.is_frame and _marks(block.text)[0] == "BEGIN"
        if begins and any(b.is_frame for b in group):
            yield _zones_first(group)
            group = []
        group.append(block)
    if group:
        yield _zones_first(group)


def _zones_first(group: list[Block]) -> list[Block]:
    begin = next((i + 1 for i, block in enumerate(group) if block.is_frame), 0)
    return group[:begin] + sorted(group[begin:], key=lambda block: block.component != "VTIMEZONE")


def _unparsable(frame: list[Block], blocks: list[Block]) -> set[Block]:
    """Return the blocks that the library cannot read, by halves: most calendars have one."""
    begin, end = frame[0], frame[-1]
    if _calendars([begin, *blocks, end]) is not None:
        return set()
    if len(blocks) == 1:
        return set(blocks)
    half = len(blocks) // 2
    return _unparsable(frame, blocks[:half]) | _unparsable(frame, blocks[half:])


def place_of(name: str) -> str:
    """Return the IANA name of the zone of a calendar (X-WR-TIMEZONE); "" if there is no such zone.

    Capitals make no difference, and names of Windows ("Eastern Standard Time") are those of the
    Unicode CLDR (https://github.com/unicode-org/cldr, windowsZones.xml).
    """
    return _zone_names().get(name.strip().strip('"').casefold(), "")


@lru_cache(maxsize=1)
def _zone_names() -> dict[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    places = available_timezones()
    windows = {name.casefold(): place for name, place in WINDOWS_TO_OLSON.items()}
    return {name: place for name, place in windows.items() if place in places} | {
        place.casefold(): place for place in places
    }
