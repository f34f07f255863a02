"""On-call entries in an iCalendar file (RFC 5545), as calendar programs export it.

An entry's title names the people to ring, in turn: "ana, ben, cleo", or "On call: Ana, then Ben".
Its time may repeat, have exceptions, and be in any time zone; whole days, and times without a zone,
are by the line's own clocks. An entry that cannot be used is reported with its line and title, and
the others count.
"""

import datetime as dt
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ivr.problem import Problem
from ivr.schedule.ical.entries import EntryProblem, moment_of, read_series
from ivr.schedule.ical.text import UnreadableError
from ivr.schedule.on_call import Entry
from ivr.text import without_accents

log = logging.getLogger("ivr.calendar")

ABSENCES = frozenset(
    {"vacation", "vacations", "leave", "out", "off", "away", "absent", "sick", "pto", "ooo", "not"}
    | {"unavailable", "training", "conference", "vacaciones", "ausente", "libre", "licencia"}
    | {"enfermo", "enferma", "baja", "permiso", "fuera", "ausencia", "reposo"}
    | {"canceled", "cancelled", "cancelado", "cancelada", "maternity", "paternity", "parental"}
    | {"maternidad", "paternidad", "bereavement", "furlough", "jury", "incapacidad"}
)
"""Words in a title (English and Spanish, without accents) by which somebody is probably away."""

_DOUBTFUL = ABSENCES | {"holiday", "holidays", "feriado", "feriados", "festivo", "festivos", "no"}
"""Words of an absence or of a shift besides: "Ana on holiday", "Holiday shift: Ana"."""


class ICalendar:
    """The on-call entries of an iCalendar file. `people` are the names that its titles may have.

    Raises UnreadableError if the file is not a calendar.
    """

    def __init__(self, raw: bytes, people: Iterable[str], zone: str) -> None:
        self._people = {tuple(sorted(name.split("-"))): name for name in people}
        self._longest = max(map(len, self._people), default=0)
        self._zone = ZoneInfo(zone)
        try:
            self._calendars, self._unusable = read_series(raw, self._zone)
        except UnreadableError:
            raise
        except Exception as e:  # whatever another program wrote must not stop the line
            log.exception("the on-call calendar makes no sense")
            raise UnreadableError("makes no sense") from e
        self._of_month = lru_cache(maxsize=16)(self._entries_of_month)

    def entries(self, begins: dt.datetime, ends: dt.datetime) -> list[Entry]:
        """Return the entries that overlap a time (aware), in the order of their begin."""
        first, last = begins.astimezone(dt.UTC), ends.astimezone(dt.UTC)
        months = range(_month(first), _month(last) + 1)
        entries = {entry for month in months for entry in self._of_month(month)}
        return sorted(e for e in entries if e.begins < ends and begins < e.ends)

    def problems(self, begins: dt.datetime, ends: dt.datetime) -> list[EntryProblem]:
        """Return what an operator should know of the entries in a time (aware).

        Those are the entries that cannot be used (unless they are known to be over), and those
        that ring nobody, or perhaps the wrong person.
        """
        unusable = [p for p in self._unusable if p.ends is None or p.ends > begins]
        events: list[Any] = []
        for query in self._calendars:
            try:
                events += query.between(begins, ends)
            except Exception:  # the days that make no sense are left out of the calls as well
                log.exception("the on-call calendar makes no sense in some days")
        doubtful = [problem for event in events if (problem := self._doubt(event))]
        return sorted({*unusable, *doubtful})

    def _doubt(self, event: Any) -> EntryProblem | None:  # noqa: ANN401 the library's event
        if _status(event) == "CANCELLED":
            return None
        title, level = str(event.get("SUMMARY", "")), "warning"
        names = self._named(title)
        if not names:
            if _is_away(title) or _is_free(event):
                return None
            what, remedy, level = "names nobody of people:", "write names of people: in it", "error"
        elif "EXRULE" in event and not _rings_nobody(event):
            what = "has exceptions by a rule (EXRULE), which are not read, so it rings then, too"
            remedy, level = "enter each exception by its date", "error"
        else:
            declined = _declined(event, self._named) & set(names)
            what, remedy = _silence(event, declined) or _uncertainty(event, title) or ("", "")
        if not what:
            return None
        return EntryProblem(int(event["X-LINE"]), title, what, remedy, level)  # type: ignore[arg-type]

    def _entries_of_month(self, month: int) -> tuple[Entry, ...]:
        """Return the entries of a UTC month: calls ask for the same one again and again."""
        begins, ends = _begin_of(month), _begin_of(month + 1)
        try:
            return tuple(self._between(begins, ends))
        except Exception:  # noqa: BLE001 a day that makes no sense is left out below, and logged
            days = (begins + dt.timedelta(days=n) for n in range((ends - begins).days))
            return tuple(entry for day in days for entry in self._entries_of_day(day))

    def _entries_of_day(self, begins: dt.datetime) -> list[Entry]:
        try:
            return list(self._between(begins, begins + dt.timedelta(days=1)))
        except Exception:  # whatever another program wrote must not end a call
            log.exception("the on-call calendar makes no sense on %s", begins.date())
            return []

    def _between(self, begins: dt.datetime, ends: dt.datetime) -> Iterator[Entry]:
        # One day more at each end: the library takes a time without a zone for one in UTC.
        one = dt.timedelta(days=1)
        for query in self._calendars:
            for event in query.between(begins - one, ends + one):
                declined = _declined(event, self._named)
                named = self._named(str(event.get("SUMMARY", "")))
                names = tuple(name for name in named if name not in declined)
                if names and not _rings_nobody(event):
                    start, end = (moment_of(event[p].dt, self._zone) for p in ("DTSTART", "DTEND"))
                    yield Entry(start, end, names)

    def _named(self, title: str) -> tuple[str, ...]:
        """Return the people that a title names: "José Núñez" and "Núñez, José" are jose-nunez."""
        words = _words(title)
        names, i = [], 0
        while i < len(words):
            for length in range(self._longest, 0, -1):
                name = self._people.get(tuple(sorted(words[i : i + length])))
                if name and i + length <= len(words):
                    names.append(name)
                    break
            else:
                length = 1
            i += length
        return tuple(dict.fromkeys(names))


def _silence(event: Any, declined: set[str]) -> tuple[str, str] | None:  # noqa: ANN401
    """Return why an entry does not ring all whom it names, and a remedy; None if it does."""
    if _busy(event) == "OOF":
        return "is marked out of office, so it rings nobody", "mark it busy if it is a shift"
    if declined:
        who = ", ".join(sorted(declined))
        return f"was declined by {who}, who is not rung", "name somebody else in it, or accept it"
    if _status(event) == "TENTATIVE":
        return "is tentative, so it rings nobody", "confirm it, or delete it"
    if _is_free(event):
        return "is marked free, so it rings nobody", "mark it busy if it is a shift"
    return None


def _uncertainty(event: Any, title: str) -> tuple[str, str] | None:  # noqa: ANN401
    """Return why an entry may ring at the wrong time or the wrong person; None if it is clear."""
    starts_and_ends = (event[name] for name in ("DTSTART", "DTEND") if name in event)
    zones = {time.params.get("TZID", "") for time in starts_and_ends}
    if zone := min(zones & _ZONES_OF_NO_PLACE, default=""):
        what = f'is in the time zone "{zone}", which is no place\'s, so it may be an hour off'
        return what, "set its time zone to one like America/New_York"
    if not _DOUBTFUL.isdisjoint(_words(title)):
        return "may mean that somebody is away, but rings them", "mark it free if it is"
    return None


_ZONES_OF_NO_PLACE = frozenset({"EST", "MST", "HST", "localtime", "Factory"})
"""Time zones without summer time, or of the server, which people take for their own."""


def read(path: Path, people: Iterable[str], zone: str) -> tuple[ICalendar | None, list[Problem]]:
    """Read a calendar's file. If it is not a calendar, that is returned as a problem."""
    try:
        return ICalendar(path.read_bytes(), people, zone), []
    except OSError as e:
        what = f"cannot be read ({e.strerror})"
    except UnreadableError as e:
        what = str(e)
    return None, [Problem(str(path), 1, 1, what, "export it from the calendar again, as .ics")]


def _month(moment: dt.datetime) -> int:
    """Return a month as one number: the months since the year 0."""
    return moment.year * 12 + moment.month - 1


def _begin_of(month: int) -> dt.datetime:
    return dt.datetime(month // 12, month % 12 + 1, 1, tzinfo=dt.UTC)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", without_accents(text).casefold())


def _is_away(title: str) -> bool:
    return not ABSENCES.isdisjoint(_words(title))


def _status(event: Any) -> str:  # noqa: ANN401 the library's event
    """Return CANCELLED, TENTATIVE or another status, also if it is misspelled or Outlook's own."""
    status = str(event.get("STATUS", "")).strip().upper()
    if status == "CANCELED":
        return "CANCELLED"
    return "TENTATIVE" if status != "CANCELLED" and _busy(event) == "TENTATIVE" else status


def _busy(event: Any) -> str:  # noqa: ANN401 the library's event
    """Return what Outlook shows an entry as: BUSY, FREE, TENTATIVE, OOF (out of office)."""
    return str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).strip().upper()


def _declined(event: Any, named: Callable[[str], tuple[str, ...]]) -> set[str]:  # noqa: ANN401
    """Return the people who declined an invitation, by their name or address in it."""
    attendees = event.get("ATTENDEE", [])
    people: set[str] = set()
    for attendee in attendees if isinstance(attendees, list) else [attendees]:
        params = getattr(attendee, "params", {})
        if str(params.get("PARTSTAT", "")).upper() == "DECLINED":
            address = str(attendee).casefold().removeprefix("mailto:").partition("@")[0]
            people.update(named(str(params.get("CN", ""))) or named(address))
    return people


def _is_free(event: Any) -> bool:  # noqa: ANN401 the library's event
    """Return whether an entry blocks no time, so that it is not a shift.

    Google marks each whole day as free by itself: there it counts only for an absence.
    """
    if str(event.get("TRANSP", "")).upper() != "TRANSPARENT" and _busy(event) != "FREE":
        return False
    is_whole_day = not isinstance(event["DTSTART"].dt, dt.datetime)
    return not is_whole_day or _is_away(str(event.get("SUMMARY", "")))


def _rings_nobody(event: Any) -> bool:  # noqa: ANN401 the library's event
    """An invitation that nobody has accepted is tentative; any stranger can send one."""
    is_off = _status(event) in {"CANCELLED", "TENTATIVE"} or _busy(event) == "OOF"
    return is_off or _is_free(event)
