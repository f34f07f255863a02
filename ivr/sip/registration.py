"""Keeps an extension registered at its PBX, and says in the log what becomes of it."""

import asyncio
import logging

from baresip import BaresipError, RegistrationError, UserAgent
from baresip.events import Event, StackEvent

log = logging.getLogger("ivr.sip")

AGAIN_SECONDS = (2, 5, 15, 30, 60)
"""Seconds before each retry of a failed registration; the last one repeats."""

_REFUSALS = frozenset({*range(400, 500), *range(600, 700)} - {408, 423, 480, 491})
"""Answers by which a PBX refuses; others say that it is not there, or not now (RFC 3261, 21)."""


class Registration:
    """The registration of one user agent; the library renews it in time."""

    def __init__(self, ua: UserAgent) -> None:
        self._ua = ua
        self._failed = asyncio.Event()
        self.state = "registering"
        """registering, registered, refused or lost."""
        ua.on(self._on_event)

    def _on_event(self, event: StackEvent) -> None:
        if event.event is Event.REGISTER_FAIL:
            self._failed.set()

    async def run(self) -> None:
        """Register, and register again each time that the registration is lost."""
        tries = 0
        while True:
            self._failed.clear()
            try:
                await self._ua.register()
            except BaresipError as e:
                wait = AGAIN_SECONDS[min(tries, len(AGAIN_SECONDS) - 1)]
                is_refused = isinstance(e, RegistrationError) and e.status in _REFUSALS
                self.state = "refused" if is_refused else "lost"
                what = "the line cannot register at the PBX"
                if is_refused:
                    what = "the PBX refuses the line's registration"
                log.error("%s: %s; next try in %d s", what, e, wait)  # noqa: TRY400 one line
                tries += 1
                await asyncio.sleep(wait)
                continue
            log.info("the line is registered at the PBX")
            self.state = "registered"
            tries = 0
            await self._failed.wait()
            self.state = "lost"
            log.warning("the registration at the PBX was lost")
