"""Alert the operators by e-mail and webhook, seldom enough that alerts are read.

Trouble with the line is alerted once an hour; a caller who needs the operators, and what an
operator has changed, each time. Beyond a limit, alerts go out in digests. A worker sends, so that
no call waits for it. An alert does not mention the caller, nor why they call: other people may see
it on a locked screen.
"""

import queue
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b

from ivr.alerts.delivery import Delivery
from ivr.alerts.ledger import Budget, Digest, Ledger, State
from ivr.background import PeriodicWorker
from ivr.settings import Settings

MAX_PER_HOUR = 20
"""Alerts an hour of a kind that is sent each time; further ones are sent in digests."""

DIGEST_SECONDS = 180.0
"""Seconds between two digests of such a kind."""

POLL_SECONDS = 5.0
"""Seconds between two looks for digests that are due."""

URGENT_CALL = "urgent-call"
MESSAGE, URGENT_MESSAGE = "message", "urgent-message"

BY_OPERATORS = ("override", "published", "account", "clip", "recording")
"""The kinds of alert by which all operators learn what one of them has changed."""

EACH_TIME = Budget(MAX_PER_HOUR, DIGEST_SECONDS)
"""How often alerts about calls, messages and changes by operators are sent."""

ONCE_AN_HOUR = Budget(1, 3600.0)
"""How often alerts of a kind of trouble with the line are sent."""

BUDGETS = dict.fromkeys((URGENT_CALL, MESSAGE, URGENT_MESSAGE, *BY_OPERATORS), EACH_TIME)


def message_alert(link: str, *, urgent: bool) -> tuple[str, str]:
    """Return kind and text of an alert about a message; others may see it on a locked screen."""
    sentence = "An urgent message is waiting." if urgent else "A message is waiting."
    return URGENT_MESSAGE if urgent else MESSAGE, f"{sentence} {link}".strip()


Deliver = Callable[[str, str], bool]
"""Delivers a text of a kind; returns whether somebody received it."""


@dataclass(frozen=True)
class LimitedSender:
    """Sends alerts in one way, up to a limit, and then in digests. No alert is lost or used up.

    Whoever floods the line with junk can delay a real alert by a digest's interval, no longer. An
    alert counts as received only once it was delivered, by itself or in a digest. `budget_of`
    returns how often a kind is sent.
    """

    ledger: Ledger
    budget_of: Callable[[str], Budget]
    deliver: Deliver

    def send(self, kind: str, text: str, about: str = "") -> bool:
        """Send an alert, or let it wait for a digest; return whether somebody has received it.

        `about` tells alerts apart that have the same text; alerts about the same are one.
        """
        key = about or blake2b(text.encode(errors="replace"), digest_size=8).hexdigest()
        state = self.ledger.begin(kind, key, text, self.budget_of(kind))
        if state is State.NEW:
            is_delivered = self.deliver(kind, text)
            self.ledger.finish(kind, key, is_delivered=is_delivered)
            return is_delivered
        if state is State.WAITING:
            digest = self.send_digest(kind)
            return digest is not None and key in digest.keys
        return state in {State.SENT, State.IN_DIGEST}

    def send_waiting(self) -> None:
        """Send the digests that are due."""
        for kind in self.ledger.kinds_waiting():
            self.send_digest(kind)

    def send_digest(self, kind: str) -> Digest | None:
        """Send the digest of a kind if it is due; return it if somebody received it."""
        budget = self.budget_of(kind)
        digest = self.ledger.begin_digest(kind, budget)
        if digest is None:
            return None
        is_delivered = self.deliver(kind, digest_text(digest, budget))
        self.ledger.finish_digest(kind, digest, is_delivered=is_delivered)
        return digest if is_delivered else None


def digest_text(digest: Digest, budget: Budget) -> str:
    """Return what a digest says: how many alerts are waiting, and that a limit holds."""
    if digest.count == 1 and not digest.is_limited:
        return digest.text
    waiting = "1 more is waiting" if digest.count == 1 else f"{digest.count} more are waiting"
    if not digest.is_limited:
        return f"{waiting}. {digest.text}"
    times = "1 alert" if budget.per_hour == 1 else f"{budget.per_hour} alerts"
    minutes = round(budget.digest_seconds / 60)
    return (
        f"{waiting}. {digest.text}\nThe limit of {times} an hour is reached; until it ends, you get"
        f" a digest every {minutes} minutes at most."
    )


class Alerts:
    """Sends alerts to IVR_ALERT_EMAIL and IVR_ALERT_WEBHOOK, if one of them is set.

    `now` returns the time in seconds since 1970.
    """

    def __init__(self, settings: Settings, now: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self._delivery = Delivery(settings)
        ledger = Ledger(settings.state / "alerts" / "sent.json", now)
        self._sender = LimitedSender(ledger, _budget, self._deliver)
        self._queue: queue.SimpleQueue[tuple[str, str, str]] = queue.SimpleQueue()
        self.worker = PeriodicWorker("alerts", self.poll, POLL_SECONDS)

    @property
    def has_address(self) -> bool:
        """Whether there is anybody to alert."""
        return self._delivery.has_address

    def start(self) -> None:
        """Start the worker, which also sends what another process left waiting."""
        if self.has_address:
            self.worker.start()

    def notify_of_call(self, call: str) -> None:
        """Alert that a caller needs the agency's people; `call` is the call's hash."""
        text = "A caller needs you now. Please answer your telephone when it rings."
        self.notify(URGENT_CALL, text, call)

    def notify_of_message(self, message: str, link: str = "", *, urgent: bool = False) -> bool:
        """Alert that a message waits; `message` is its hash, `link` a page to hear it on.

        Waits until it is sent. Returns whether somebody has received an alert of this message.
        """
        return self.notify_sync(*message_alert(link, urgent=urgent), message)

    def notify(self, kind: str, text: str, about: str = "") -> None:
        """Send an alert soon, unless the same one was received within the hour.

        `about` is the hash of a call or message, and empty for trouble with the line: alerts about
        two calls are two, also within an hour.
        """
        if self.has_address:
            self._queue.put((kind, text, about))
            self.worker.start()
            self.worker.wake()

    def notify_sync(self, kind: str, text: str, about: str = "") -> bool:
        """Send an alert, unless the same one was received within the hour.

        Waits until it is sent. Returns whether somebody has received it. One that nobody received,
        or that is over the limit, waits: it is part of the next digest.
        """
        return self._sender.send(kind, text, about)

    def poll(self) -> None:
        """Send the alerts that were asked for, and the digests that are due."""
        with suppress(queue.Empty):
            while True:
                self._sender.send(*self._queue.get_nowait())
        self._sender.send_waiting()

    def _deliver(self, kind: str, text: str) -> bool:
        budget = _budget(kind)
        each_time = f"You get {budget.per_hour} alerts an hour at most of this kind, then digests."
        once = "The next alert of this kind comes in an hour at the earliest."
        return self._delivery.deliver(kind, text, once if budget is ONCE_AN_HOUR else each_time)


def _budget(kind: str) -> Budget:
    return BUDGETS.get(kind, ONCE_AN_HOUR)
