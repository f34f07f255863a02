"""The rota's calendar where it is kept elsewhere: fetched behind the calls, a copy kept.

A calendar that cannot be fetched, or is none any more, takes nothing away: the one that was fetched
last is used, and the operators are told how old it is. Its address may be a secret, and is never
shown or logged.
"""

import datetime as dt
import hashlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests

from ivr.atomic_file import make_private_folder
from ivr.schedule.ical import MAX_BYTES, ICalendar, UnreadableError
from ivr.schedule.on_call import OnCall, is_safe

log = logging.getLogger("ivr.calendar")

FRESH_SECONDS = 900
"""A calendar is fetched again when it is as old as this."""

LOOK_SECONDS = 60
"""How often a process looks: at what another has fetched, and whether it is time to fetch."""

CONNECT_SECONDS, READ_SECONDS, ALL_SECONDS = 3, 5, 15
"""How long a fetch may take: to connect, between two pieces, and in all."""

OLD_SECONDS = 6 * 3600
"""The operators are alerted to a calendar that has not been fetched for so long."""

PIECE = 65_536

MOST_STEPS = 5
"""So many addresses one after the other, where each leads on to the next."""


@dataclass(frozen=True)
class Pace:
    """How a calendar is fetched, in seconds; the constants of the same names tell what each is."""

    look: float = LOOK_SECONDS
    fresh: float = FRESH_SECONDS
    old: float = OLD_SECONDS
    read: float = READ_SECONDS


@dataclass(frozen=True)
class Known:
    """What is known of the calendar: its entries as they were `fetched`, and what is wrong now."""

    calendar: ICalendar | None = None
    fetched: dt.datetime | None = None
    trouble: str = ""

    def told(self) -> str:
        """Return what is wrong in a line, and what that means; nothing where all is well."""
        if not self.trouble:
            return ""
        if self.fetched is None:
            return f"{self.trouble}, and none was fetched before"
        return f"{self.trouble}; the one fetched on {self.fetched:%Y-%m-%d %H:%M} UTC is used"


def calendar_feed(
    rota: OnCall | None, zone: str, state: Path, pace: Pace = Pace()
) -> "CalendarFeed | None":
    """Return the feed of the on-call calendar; None if the calendar is not fetched from a URL."""
    return CalendarFeed(rota, zone, state, pace) if rota and rota.url else None


class CalendarFeed:
    """A calendar by its address. `known` never waits; `look` does what there is to do."""

    def __init__(self, rota: OnCall, zone: str, state: Path, pace: Pace = Pace()) -> None:
        self._pace = pace
        self._rota = rota
        self._zone = zone
        self._host = urlsplit(rota.url).hostname or ""
        name = hashlib.sha256(rota.url.encode()).hexdigest()[:16]
        self._copy = state / "calendars" / f"{name}.ics"
        self._stamp = 0.0
        self._raw = b""
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.known = Known()

    def start(
        self, alert: Callable[[str, str], None], changed: Callable[[ICalendar], None]
    ) -> None:
        """Start to look behind the calls, if this process does not yet; use the copy at once.

        `changed` is told each calendar that is not as the one before.
        """
        with self._lock:
            if self._thread is None:
                self._read_copy()
                run = threading.Thread(
                    target=self._run, args=(alert, changed), name="calendar", daemon=True
                )
                self._thread = run
                run.start()

    def look(self) -> Known:
        """Take in what another process has fetched, or fetch, if it is time to; return it."""
        self._read_copy()
        if self._age() >= self._pace.fresh:
            self._fetch()
        if self.known.calendar:
            # Worked out now, so that no call waits for it.
            now = dt.datetime.now(dt.UTC)
            self.known.calendar.entries(now, now + dt.timedelta(days=1))
        return self.known

    def _run(self, alert: Callable[[str, str], None], changed: Callable[[ICalendar], None]) -> None:
        # Late: the checks import this module before the metrics know their folder.
        from ivr import metrics

        pause = threading.Event()
        while True:
            before = self.known
            known = self.look()
            told = known.told()
            if told and not before.trouble:
                log.warning("%s", told)
            elif before.trouble and not told:
                log.info("the calendar of who is on call is fetched again")
            if known.calendar and known.calendar is not before.calendar:
                changed(known.calendar)
            metrics.CALENDAR_AGE.set(self._age() if self.known.fetched else -1)
            if told and self._age() >= self._pace.old:
                alert("calendar", told)
            pause.wait(self._pace.look)

    def _age(self) -> float:
        fetched = self.known.fetched
        return time.time() - fetched.timestamp() if fetched else float("inf")

    def _fetch(self) -> None:
        try:
            raw = _fetched(self._rota.url, self._pace.read)
            calendar = self._read(raw)
        except (requests.RequestException, UnreadableError) as e:
            why = _reason(e)
            trouble = f"the calendar at {self._host} {why}"
            self.known = Known(self.known.calendar, self.known.fetched, trouble)
            return
        self.known = Known(calendar, dt.datetime.now(dt.UTC))
        try:
            self._keep(raw)
        except OSError as e:
            log.warning("the calendar could not be kept in %s: %s", self._copy, e.strerror)

    def _read(self, raw: bytes) -> ICalendar:
        """Read a calendar, unless it is as it was. Raises UnreadableError."""
        if self.known.calendar is None or raw != self._raw:
            calendar = ICalendar(raw, self._rota.people, self._zone)
            self._raw = raw
            return calendar
        return self.known.calendar

    def _keep(self, raw: bytes) -> None:
        """Keep a copy: whole or not at all, whoever else writes one."""
        make_private_folder(self._copy.parent)
        part = self._copy.with_suffix(f".{threading.get_native_id()}.part")
        part.write_bytes(raw)
        part.replace(self._copy)
        self._stamp = self._copy.stat().st_mtime

    def _read_copy(self) -> None:
        """Take in the copy, if it is another than the one that is known."""
        try:
            stamp = self._copy.stat().st_mtime
            if stamp == self._stamp:
                return
            calendar = self._read(self._copy.read_bytes())
        except (OSError, UnreadableError):
            return
        self._stamp = stamp
        self.known = Known(calendar, dt.datetime.fromtimestamp(stamp, dt.UTC), self.known.trouble)
        if self._age() < self._pace.fresh:
            self.known = Known(calendar, self.known.fetched)


def _fetched(url: str, read: float) -> bytes:
    """Fetch a calendar. Raises UnreadableError or requests.RequestException."""
    ends = time.monotonic() + ALL_SECONDS
    for _ in range(MOST_STEPS):
        with requests.get(
            url,
            headers={"Accept": "text/calendar, */*;q=0.5"},
            timeout=(CONNECT_SECONDS, read),
            stream=True,
            allow_redirects=False,
        ) as response:
            if not response.is_redirect:
                return _body(response, ends)
            url = urljoin(url, response.headers["Location"])
        if not is_safe(url):
            raise UnreadableError("leads on to an address without https")
    raise UnreadableError("leads on from address to address")


def _body(response: requests.Response, ends: float) -> bytes:
    if not response.ok:
        raise UnreadableError(f"cannot be fetched (HTTP {response.status_code})")
    raw = b""
    for piece in response.iter_content(PIECE):
        raw += piece
        if len(raw) > MAX_BYTES:
            break  # which is told when it is read
        if time.monotonic() > ends:
            raise UnreadableError(f"takes over {ALL_SECONDS} seconds to be fetched")
    return raw


def _reason(error: requests.RequestException | UnreadableError) -> str:
    """Return why, in few words: the library's own hold the address."""
    if isinstance(error, UnreadableError):
        return str(error)
    if isinstance(error, requests.Timeout):
        return "does not answer in time"
    return f"cannot be fetched ({type(error).__name__})"
