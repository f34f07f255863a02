"""Whether a caller has a landline, which cannot take texts: asked of the carrier once a day.

The caller hears ringing meanwhile, for a second at most. If the carrier gives no answer, the text
is still offered; if it then cannot be sent, the caller is told so.
"""

import datetime as dt
import logging
from collections.abc import Callable

from ivr.carrier.client import Account
from ivr.errors import CarrierError
from ivr.records.pseudonyms import Digest
from ivr.sms.line_type import takes_texts
from ivr.web.voice.timeouts import LimitedWork

log = logging.getLogger("ivr.carrier_actions")

LOOKUP_SECONDS = 1.0
"""How long the first words of a call wait for the carrier."""

MAX_CALLERS = 10_000
"""Most callers a day whose line type a process remembers."""


class LineTypeCache:
    """Remembers line types for a day, by a hash of the number with the day's key."""

    def __init__(
        self, digest: Digest, clock: Callable[[], dt.datetime], wait: float = LOOKUP_SECONDS
    ) -> None:
        self._digest = digest
        self._clock = clock
        self._lookups = LimitedWork()
        self._wait = wait
        self._day = dt.date.min
        self._is_landline: dict[str, bool] = {}

    def is_landline(self, account: Account, number: str) -> bool:
        """Tell whether the carrier knows a number (E.164) as a line that takes no texts."""
        day = self._clock().date()
        if day != self._day:
            self._day, self._is_landline = day, {}
        number_hash, cache = self._digest.call(f"line {number}", day)[0], self._is_landline

        def look_up() -> bool:
            try:
                is_landline = not takes_texts(account, number)
            except CarrierError as e:
                why = e.code or e.status or "no answer"
                log.warning("the line type of a caller could not be looked up: %s", why)
                return False
            if len(cache) < MAX_CALLERS:
                cache[number_hash] = is_landline
            return is_landline

        if number_hash in cache:
            return cache[number_hash]
        return self._lookups.run_with_timeout(self._wait, look_up, if_busy=False, if_late=False)
