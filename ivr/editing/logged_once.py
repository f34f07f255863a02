"""A failure of what is tried again every few seconds is logged once, until it is another one."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from ivr.database.engine import reason
from ivr.errors import IvrError

log = logging.getLogger("ivr.editing")


class LoggedOnce:
    """Passes over failures of the database, of files, and those with a text for operators.

    `consequence` is what the log says before the reason: "clips are not made now".
    """

    def __init__(self, consequence: str) -> None:
        self._consequence = consequence
        self._last = ""

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Log how an attempt fails, unless the one before failed for the same reason."""
        try:
            yield
        except (SQLAlchemyError, OSError, IvrError) as e:
            why = str(e) if isinstance(e, IvrError) else reason(e)
            if why != self._last:
                log.warning("%s: %s", self._consequence, why)
            self._last = why
        else:
            self._last = ""
