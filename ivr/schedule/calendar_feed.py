"""The on-call calendar by its URL: fetched behind the calls, with a copy on disk.

If the calendar cannot be fetched, or is not a calendar any more, the last good one is used, and the
operators learn how old it is. Its URL may be a secret, and is never shown or logged.
"""

import datetime as dt
import hashlib
import ipaddress
import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from ivr.atomic_file import write_atomically
from ivr.background import PeriodicWorker
from ivr.schedule.ical import MAX_BYTES, ICalendar, UnreadableError
from ivr.schedule.on_call import LOOPBACK_HOSTS, OnCall, is_safe

if TYPE_CHECKING:
    import requests

log = logging.getLogger("ivr.calendar")

Alert = Callable[[str, str], None]
"""Tells the operators: the kind of the alert, and its text."""

CHUNK_BYTES = 65_536

MAX_REDIRECTS = 5
"""How many redirects are followed, one after the other."""


@dataclass(frozen=True)
class Timing:
    """How often the calendar is looked up, and how long each step may take, all in seconds."""

    poll_seconds: float = 60
    """Between two looks at the copy, which another process may have fetched."""
    fresh_seconds: float = 900
    """The age at which the calendar is fetched again."""
    stale_seconds: float = 6 * 3600
    """The age from which the operators are alerted."""
    connect_seconds: float = 3
    read_seconds: float = 5
    """The longest wait between two pieces of the answer."""
    fetch_seconds: float = 15
    """The longest time that one fetch may take in all."""


@dataclass(frozen=True)
class FeedState:
    """The calendar as it was `fetched` last (UTC), and what is wrong with fetching it now."""

    calendar: ICalendar | None = None
    fetched: dt.datetime | None = None
    trouble: str = ""

    @property
    def summary(self) -> str:
        """What is wrong and which calendar is used, in a line; empty if nothing is wrong."""
        if not self.trouble:
            return ""
        if self.fetched is None:
            return f"{self.trouble}, and none was fetched before"
        return f"{self.trouble}; the one fetched on {self.fetched:%Y-%m-%d %H:%M} UTC is used"


class CalendarFeed:
    """The calendar of `on_call.url`. Reading `state` never waits; `poll` fetches if it is time to.

    The copy is stored in `folder`. `on_new_calendar` gets each calendar that differs from the one
    before.
    """

    def __init__(
        self,
        on_call: OnCall,
        zone: str,
        folder: Path,
        *,
        alert: Alert | None = None,
        on_new_calendar: Callable[[ICalendar], None] = lambda _: None,
        timing: Timing = Timing(),
    ) -> None:
        self.timing = timing
        self.state = FeedState()
        self.worker = PeriodicWorker(
            "calendar", self._poll_and_report, self.timing.poll_seconds, alert=alert
        )
        self._alert = alert
        self._on_new_calendar = on_new_calendar
        self._on_call = on_call
        self._zone = zone
        self._host = urlsplit(on_call.url).hostname or ""
        name = hashlib.sha256(on_call.url.encode()).hexdigest()[:16]
        self._copy = folder / "calendars" / f"{name}.ics"
        self._copy_mtime = 0.0
        self._raw = b""

    def start(self) -> None:
        """Use the copy at once, and poll behind the calls, if this process does not yet."""
        self.read_copy()
        self.worker.start()

    def poll(self) -> FeedState:
        """Read what another process has fetched, or fetch if it is time to; return the state."""
        self.read_copy()
        if self._age() >= self.timing.fresh_seconds:
            self._fetch()
        if self.state.calendar:
            # Worked out now, so that no call waits for it.
            now = dt.datetime.now(dt.UTC)
            self.state.calendar.entries(now, now + dt.timedelta(days=1))
        return self.state

    def _poll_and_report(self) -> None:
        # Late: the checks import this module before the metrics know their folder.
        from ivr import metrics

        before = self.state
        state = self.poll()
        if state.trouble and not before.trouble:
            log.warning("%s", state.summary)
        elif before.trouble and not state.trouble:
            log.info("the on-call calendar can be fetched again")
        if state.calendar and state.calendar is not before.calendar:
            self._on_new_calendar(state.calendar)
        metrics.CALENDAR_AGE.set(self._age() if state.fetched else -1)
        if state.trouble and self._age() >= self.timing.stale_seconds and self._alert:
            self._alert("calendar", state.summary)

    def _age(self) -> float:
        """Return how many seconds ago the calendar was fetched; infinity if it never was."""
        fetched = self.state.fetched
        return time.time() - fetched.timestamp() if fetched else float("inf")

    def _fetch(self) -> None:
        import requests  # late: it takes as long to import as half of a check

        try:
            raw = _download(self._on_call.url, self.timing)
            calendar = self._parse(raw)
        except (requests.RequestException, UnreadableError) as e:
            trouble = f"the calendar at {self._host} {_reason(e)}"
            self.state = FeedState(self.state.calendar, self.state.fetched, trouble)
            return
        self.state = FeedState(calendar, dt.datetime.now(dt.UTC))
        try:
            write_atomically(self._copy, raw)
            self._copy_mtime = self._copy.stat().st_mtime
        except OSError as e:
            log.warning("the calendar could not be stored in %s: %s", self._copy, e.strerror)

    def _parse(self, raw: bytes) -> ICalendar:
        """Return the calendar, the same object if it has not changed. Raises UnreadableError."""
        if self.state.calendar is None or raw != self._raw:
            calendar = ICalendar(raw, self._on_call.people, self._zone)
            self._raw = raw
            return calendar
        return self.state.calendar

    def read_copy(self) -> None:
        """Use the copy on disk, if it has changed since it was read or written here.

        Nothing is fetched.
        """
        try:
            mtime = self._copy.stat().st_mtime
            if mtime == self._copy_mtime:
                return
            calendar = self._parse(self._copy.read_bytes())
        except (OSError, UnreadableError):
            return
        self._copy_mtime = mtime
        fetched = dt.datetime.fromtimestamp(mtime, dt.UTC)
        self.state = FeedState(calendar, fetched, self.state.trouble)
        if self._age() < self.timing.fresh_seconds:
            self.state = FeedState(calendar, fetched)


def _download(url: str, timing: Timing) -> bytes:
    """Fetch a calendar. Raises UnreadableError or requests.RequestException."""
    import requests

    ends = time.monotonic() + timing.fetch_seconds
    first_host = urlsplit(url).hostname or ""
    for _ in range(MAX_REDIRECTS):
        with requests.get(
            url,
            headers={"Accept": "text/calendar, */*;q=0.5"},
            timeout=(timing.connect_seconds, timing.read_seconds),
            stream=True,
            allow_redirects=False,
        ) as response:
            if not response.is_redirect:
                return _body(response, ends, timing)
            url = urljoin(url, response.headers["Location"])
        if not is_safe(url):
            raise UnreadableError("redirects to a URL without https")
        if not may_redirect(first_host, url):
            raise UnreadableError("redirects to this machine or a private network")
    raise UnreadableError(f"redirects more than {MAX_REDIRECTS} times")


def may_redirect(first_host: str, url: str) -> bool:
    """Return whether the server of the calendar's own URL, `first_host`, may redirect to a URL.

    A public server may redirect to public addresses alone, or it could have this machine's or the
    network's own services asked. Redirects to https check the certificate of the name, so that a
    name cannot lead elsewhere between this look-up and the connection.
    """
    host = urlsplit(url).hostname or ""
    if host == first_host or first_host in LOOPBACK_HOSTS:
        return True
    try:
        addresses = {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except OSError:
        return True  # then it cannot be fetched, which is reported as such
    return all(_is_public(address) for address in addresses)


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not (mapped or ip).is_multicast


def _body(response: "requests.Response", ends: float, timing: Timing) -> bytes:
    if not response.ok:
        raise UnreadableError(f"cannot be fetched (HTTP {response.status_code})")
    raw = b""
    for chunk in response.iter_content(CHUNK_BYTES):
        raw += chunk
        if len(raw) > MAX_BYTES:
            break  # reported when it is read
        if time.monotonic() > ends:
            raise UnreadableError(f"takes over {timing.fetch_seconds:.0f} seconds to be fetched")
    return raw


def _reason(error: Exception) -> str:
    """Return why, in few words: the library's own words may hold the URL."""
    import requests

    if isinstance(error, UnreadableError):
        return str(error)
    if isinstance(error, requests.Timeout):
        return "does not answer in time"
    return f"cannot be fetched ({type(error).__name__})"
