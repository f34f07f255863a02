"""Logs: one JSON object a line, with nothing of a caller in it; plain text for the demo line."""

import datetime as dt
import json
import logging
import re
import time
from collections.abc import Callable
from threading import Lock
from typing import Any

QUIET_SECONDS = 60.0
"""Seconds between two log lines about the same, if strangers can cause them."""

MIN_DIGITS = 10
"""Digits of a telephone number without a country code (United States and Canada)."""

CARRIER_ID = re.compile(r"\b(?:CA|AC|RE)[0-9a-f]{32}\b")
"""The carrier's ids of calls, accounts and recordings."""

_MAY_HOLD_NUMBER = re.compile(r"(?:\d\D{0,3}){8}")
_DIGITS = re.compile(rf"(?<![\d.])\+?\d{{{MIN_DIGITS},}}")


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON; `extra={"fields": …}` become keys of it.

    With `extra={"lines": [fields, …]}` it is a line for each of these.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line or the lines."""
        line: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat("T", "milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
        }
        if record.exc_info:
            line["error"] = scrubbed(self.formatException(record.exc_info))
        return "\n".join(_json(line | fields) for fields in _lines_of(record))


def _lines_of(record: logging.LogRecord) -> list[dict[str, Any]]:
    """Return the fields of each line of a record."""
    lines: list[dict[str, Any]] | None = getattr(record, "lines", None)
    return [getattr(record, "fields", {})] if lines is None else lines


_json = json.JSONEncoder(ensure_ascii=False, default=str).encode


class Plain(logging.Formatter):
    """Writes a record for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line or the lines, with fields as name=value."""
        text = scrubbed(super().format(record))
        lines = [[f" {k}={v}" for k, v in line.items() if v != ""] for line in _lines_of(record)]
        return "\n".join("".join([text, *fields]) for fields in lines)


def scrubbed(text: str) -> str:
    """Return a text without telephone numbers and the carrier's ids, which errors may contain."""
    text = CARRIER_ID.sub("[id]", text)
    if not _MAY_HOLD_NUMBER.search(text):
        return text
    import phonenumbers  # late: most lines hold no number

    possible = phonenumbers.Leniency.POSSIBLE
    for match in reversed([*phonenumbers.PhoneNumberMatcher(text, "US", leniency=possible)]):
        number = match.raw_string
        if number.startswith("+") or sum(map(str.isdigit, number)) >= MIN_DIGITS:
            text = f"{text[: match.start]}[number]{text[match.end :]}"
    return _DIGITS.sub("[number]", text)


class WithoutThreadAdvice(logging.Filter):
    """Drops the server's advice on threads: they wait for the network, not for a core."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is logged."""
        return "Python threads" not in str(record.msg)


class Throttle:
    """Lets something happen once in QUIET_SECONDS, whichever thread asks. `now` returns seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._next = float("-inf")
        self._count = 0
        self._lock = Lock()

    def count(self) -> int:
        """Count one more occasion; return how many there were since the last that was let through.

        0 says that this one is not let through.
        """
        with self._lock:
            self._count += 1
            now = self._now()
            if now < self._next:
                return 0
            self._next = now + QUIET_SECONDS
            count, self._count = self._count, 0
            return count


def config(*, plain: bool) -> dict[str, Any]:
    """Return the logging configuration of a line's processes, for `logging.config.dictConfig`."""
    terminal = {"()": Plain, "fmt": "%(asctime)s %(name)s %(message)s", "datefmt": "%H:%M:%S"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"threads": {"()": WithoutThreadAdvice}},
        "formatters": {"lines": terminal if plain else {"()": JsonLines}},
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["out"], "level": "INFO"},
        "loggers": {
            "alembic": {"level": "WARNING"},
            "granian.access": {"level": "WARNING"},
            "_granian": {
                "level": "INFO",
                "propagate": True,
                "handlers": [],
                "filters": ["threads"],
            },
        },
    }
