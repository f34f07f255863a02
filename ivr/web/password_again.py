"""Asks operators for their password again before what only they may do, and slows down guesses."""

from limits import RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ivr.accounts import operators
from ivr.database.engine import Database
from ivr.web.auth import current_operator


class PasswordAgain:
    """Wrong passwords are counted in this process, for each operator: `per_hour` are accepted."""

    def __init__(self, database: Database, per_hour: int) -> None:
        self._database = database
        self._limit = RateLimitItemPerHour(per_hour)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def refusal(self, given: str) -> str:
        """Return why a password is not accepted from who is signed in; empty if it is theirs."""
        name = current_operator().name
        if not self._limiter.test(self._limit, name):
            return "there were too many wrong passwords: try again in an hour"
        if operators.authenticate(self._database.engine, name, given) is None:
            self._limiter.hit(self._limit, name)
            return "the present password is wrong"
        return ""
