"""Send alerts up to a limit, and then in digests, so that no alert is lost or used up.

Whoever floods the line with junk can delay a real alert by a digest's interval, no longer. An alert
counts as received only once it was delivered, by itself or in a digest.
"""

from collections.abc import Callable
from hashlib import blake2b

from ivr.alerts.ledger import Budget, Digest, Ledger, State

Deliver = Callable[[str, str], bool]
"""Delivers a text of a kind; returns whether somebody received it."""


class LimitedSender:
    """Sends alerts in one way. `budget_of` returns how often a kind is sent."""

    def __init__(
        self, ledger: Ledger, budget_of: Callable[[str], Budget], deliver: Deliver
    ) -> None:
        self._ledger = ledger
        self._budget_of = budget_of
        self._deliver = deliver

    def send(self, kind: str, text: str, about: str = "") -> bool:
        """Send an alert, or let it wait for a digest; return whether somebody has received it.

        `about` tells alerts apart that have the same text; alerts about the same are one.
        """
        key = about or blake2b(text.encode(errors="replace"), digest_size=8).hexdigest()
        state = self._ledger.begin(kind, key, text, self._budget_of(kind))
        if state is State.NEW:
            is_delivered = self._deliver(kind, text)
            self._ledger.finish(kind, key, is_delivered=is_delivered)
            return is_delivered
        if state is State.WAITING:
            digest = self.send_digest(kind)
            return digest is not None and key in digest.keys
        return state in {State.SENT, State.IN_DIGEST}

    def send_waiting(self) -> None:
        """Send the digests that are due."""
        for kind in self._ledger.kinds_waiting():
            self.send_digest(kind)

    def send_digest(self, kind: str) -> Digest | None:
        """Send the digest of a kind if it is due; return it if somebody received it."""
        budget = self._budget_of(kind)
        digest = self._ledger.begin_digest(kind, budget)
        if digest is None:
            return None
        is_delivered = self._deliver(kind, digest_text(digest, budget))
        self._ledger.finish_digest(kind, digest, is_delivered=is_delivered)
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
