"""Attacks on the audit log: to hear a message without an entry that names the listener."""

import datetime as dt
import sqlite3
from dataclasses import replace

import pytest

from ivr.settings import Settings
from ivr.voicemail import store
from tests.carrier.stand_in import SID, StandIn
from tests.console.conftest import NAME, Visitor, comes, operator, report, visitor
from tests.console.conftest import settings as console_settings
from tests.console.test_messages import SOUND, deeds, leave
from tests.lines import TOKEN, change

__all__ = ["comes", "console_settings", "operator", "report", "visitor"]

PARTS = ["bytes=1-", "bytes=-100", "bytes=00-", "bytes=5-,0-", "bytes = 0-", "bytes=100-199", "x"]


@pytest.fixture
def settings(console_settings: Settings, carrier: StandIn) -> Settings:
    """Return the settings of a line with voicemail, whose carrier is a stand-in."""
    carrier.token = TOKEN
    change(console_settings.prompts / "line.yaml", {"voicemail": {"keep_days": 14}})
    return replace(console_settings, account_sid=SID, carrier_api=carrier.url)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_a_message_is_not_heard_without_an_entry(
    operator: Visitor, settings: Settings, carrier: StandIn, part: str
) -> None:
    message = leave(settings, carrier.add_recording(sound=SOUND))
    for _ in range(2):
        operator.client.get(f"/messages/{message.id}/sound", headers={"Range": part})
    assert deeds(settings) == [(NAME, "listened", message.id)]


def test_a_part_that_is_asked_for_much_later_is_another_listening(
    operator: Visitor,
    settings: Settings,
    carrier: StandIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = leave(settings, carrier.add_recording(sound=SOUND))
    operator.client.get(f"/messages/{message.id}/sound")
    monkeypatch.setattr(store, "ONE_LISTENING", dt.timedelta())
    operator.client.get(f"/messages/{message.id}/sound", headers={"Range": "bytes=1-"})
    assert len(deeds(settings)) == 2


def test_a_message_is_not_played_if_the_listening_cannot_be_written_down(
    operator: Visitor, settings: Settings, carrier: StandIn
) -> None:
    message = leave(settings, carrier.add_recording(sound=SOUND))
    asked = len(carrier.asked)
    locked = sqlite3.connect(settings.state / "records.db", isolation_level=None)
    locked.execute("BEGIN IMMEDIATE")
    try:
        answer = operator.client.get(f"/messages/{message.id}/sound")
    finally:
        locked.execute("ROLLBACK")
        locked.close()
    assert answer.status_code == 503
    assert "The console cannot be used now" in answer.text
    assert SOUND[:20] not in answer.data
    assert len(carrier.asked) == asked, "the carrier was not even asked for it"
