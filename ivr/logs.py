"""Logs: one JSON object a line, with nothing of a caller in it; plain text for the demo line."""

import datetime as dt
import json
import logging
import re
from typing import Any

NUMBER = re.compile(r"\+?\d(?:[\s().-]?\d){7,}")
CALL = re.compile(r"\b(?:CA|AC|RE)[0-9a-f]{32}\b")
"""What must not be in a log even if an error's own text brings it: numbers, the carrier's ids."""


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON; `extra={"fields": …}` become keys of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        told: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat("T", "milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            told["error"] = scrubbed(self.formatException(record.exc_info))
        return _json(told)


_json = json.JSONEncoder(ensure_ascii=False, default=str).encode


class Plain(logging.Formatter):
    """Writes a record for somebody at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with fields as name=value."""
        told = "".join(f" {k}={v}" for k, v in getattr(record, "fields", {}).items() if v != "")
        return scrubbed(super().format(record)) + told


def scrubbed(text: str) -> str:
    """Return a text without anything that looks like a telephone number or a call's id."""
    return NUMBER.sub("[number]", CALL.sub("[id]", text))


class WithoutThreadAdvice(logging.Filter):
    """Drops the server's advice on threads: they wait for the network, not for a core."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is logged."""
        return "Python threads" not in str(record.msg)


def config(*, plain: bool) -> dict[str, Any]:
    """Return the logging configuration of a line's processes, for `logging.config.dictConfig`."""
    plainly = {"()": Plain, "fmt": "%(asctime)s %(name)s %(message)s", "datefmt": "%H:%M:%S"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": plainly if plain else {"()": JsonLines}},
        "filters": {"threads": {"()": WithoutThreadAdvice}},
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
