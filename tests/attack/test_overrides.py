"""Attacks by a stolen password that speaks to every caller: it is named, told, and undone."""

import datetime as dt
import json
import logging
import queue
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask, request

from ivr.accounts import audit_log
from ivr.cli.local_server import on_loopback
from ivr.database.engine import Database, open_and_migrate
from ivr.schedule import override_store
from ivr.settings import Settings
from tests.console.conftest import NAME, Visitor, comes, operator, report, visitor
from tests.console.conftest import settings as console_settings

__all__ = ["comes", "console_settings", "operator", "report", "visitor"]

SAYS = {"say-en": "Call another number.", "say-es": "Llame a otro número."}
SOON = 20


@pytest.fixture
def alerts() -> Iterator[tuple[str, "queue.Queue[dict[str, str]]"]]:
    """Return the address of a webhook for alerts, and what it gets."""
    app, got = Flask("webhook"), queue.Queue[dict[str, str]]()

    @app.post("/voice")
    def take() -> str:
        got.put(json.loads(request.data))
        return "ok"

    with on_loopback(app) as url:
        yield url, got


@pytest.fixture
def settings(console_settings: Settings, alerts) -> Settings:
    """Return the settings of a line whose operators get alerts."""
    return replace(console_settings, alert_webhook=alerts[0])


def holds(settings: Settings) -> override_store.Override | None:
    return override_store.latest(Database(settings))


def undo(visitor: Visitor) -> int:
    """Touch the one button that undoes the latest change."""
    entry = re.search(r'name="entry" value="(\d+)"', visitor.sees("/"))
    assert entry is not None
    return visitor.sends("/override/undo", entry=entry[1]).status_code


def test_an_announcement_is_named_told_to_all_and_undone_with_one_touch(
    operator: Visitor, settings: Settings, alerts, caplog: pytest.LogCaptureFixture
) -> None:
    operator.sends("/override", state="open")
    legitimate = holds(settings)
    assert legitimate is not None
    caplog.set_level(logging.INFO, "ivr.deeds")
    operator.sends("/override", state="emergency", **SAYS)
    texts = [alerts[1].get(timeout=SOON)["text"] for _ in range(2)]
    assert any(f"{NAME} put an override: emergency until" in text for text in texts)
    assert any("announced in en, es. To undo it: http://localhost/override" in t for t in texts)
    assert f"{NAME} put an override" in caplog.text
    assert f"<strong>{NAME}</strong> put an override on " in operator.sees("/")
    assert undo(operator) == 303
    assert holds(settings) == legitimate
    assert "undid" in alerts[1].get(timeout=SOON)["text"]
    with open_and_migrate(settings).connect() as connection:
        done = [(e.operator, e.action) for e in audit_log.newest(connection)]
    assert done == [
        (NAME, "undid an override"),
        (NAME, "put an override"),
        (NAME, "put an override"),
    ]


def test_an_override_that_somebody_ended_is_put_back(operator: Visitor, settings: Settings) -> None:
    operator.sends("/override", state="emergency", **SAYS)
    before = holds(settings)
    operator.sends("/override/end")
    assert holds(settings) is None
    assert undo(operator) == 303
    assert holds(settings) == before
    assert undo(operator) == 303
    assert holds(settings) is None, "an undo can be undone, too"


def test_the_undo_of_a_page_that_is_out_of_date_changes_nothing(
    operator: Visitor, settings: Settings
) -> None:
    operator.sends("/override", state="closed")
    operator.sends("/override", state="open")
    answer = operator.sends("/override/undo", entry="1")
    assert answer.status_code == 409
    assert "Somebody has changed it" in answer.text
    for entry in ("", "x", "-1", "9" * 30):
        assert operator.sends("/override/undo", entry=entry).status_code == 409
    held = holds(settings)
    assert held is not None
    assert held.state == "open"


def test_nothing_is_announced_if_it_cannot_be_written_down_who_did_it(
    operator: Visitor, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise override_store.SQLAlchemyError("disk full")

    monkeypatch.setattr(audit_log, "add", fails)
    answer = operator.sends("/override", state="closed", **SAYS)
    assert answer.status_code == 503
    assert holds(settings) is None


def test_what_has_ended_by_itself_offers_no_undo(operator: Visitor, settings: Settings) -> None:
    past = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
    ended = override_store.Override("closed", past, past + dt.timedelta(hours=1))
    with Database(settings).writing() as connection:
        override_store.replace(connection, ended)
    operator.sends("/override", state="closed")
    assert "back to the hours" in operator.sees("/")
    operator.sends("/override/end")
    assert undo(operator) == 303
    operator.sends("/override/end")
    assert "Undo" in operator.sees("/")
