"""Whether who calls has a landline, which is not offered a text: asked of the carrier once a day.

The caller hears their telephone ring meanwhile, a second at most. Whatever keeps the carrier from
telling, the text stays offered; if it cannot be sent, the caller hears so.
"""

import datetime as dt
import logging
from collections.abc import Callable

from ivr.carrier.client import Account
from ivr.errors import CarrierError
from ivr.records.pseudonyms import Digest
from ivr.sms.line_type import takes_texts
from ivr.web.voice.timeouts import Waiting

log = logging.getLogger("ivr.errands")

ASK_SECONDS = 1.0
"""How long a call's first words wait for the carrier."""

MOST_KNOWN = 10_000
"""Of so many callers a day a process remembers it."""


class Landlines:
    """Remembers for a day who has one, by a hash with a key of the day; asks about others."""

    def __init__(
        self, digest: Digest, clock: Callable[[], dt.datetime], wait: float = ASK_SECONDS
    ) -> None:
        self._digest = digest
        self._clock = clock
        self._waiting = Waiting()
        self._wait = wait
        self._day = dt.date.min
        self._known: dict[str, bool] = {}

    def has(self, account: Account, number: str) -> bool:
        """Tell whether a caller's number is known to be on a line without texts."""
        day = self._clock().date()
        if day != self._day:
            self._day, self._known = day, {}
        mark, known = self._digest.call(f"line {number}", day)[0], self._known

        def ask() -> bool:
            try:
                found = not takes_texts(account, number)
            except CarrierError as e:
                log.warning("a caller's line is not known: %s", e.code or e.status or "no answer")
                return False
            if len(known) < MOST_KNOWN:
                known[mark] = found
            return found

        if mark in known:
            return known[mark]
        return self._waiting.within(self._wait, ask, busy=False, late=False)
