"""Staff hear of a message within a minute, and what is deleted is deleted at the carrier, too."""

import datetime as dt
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from email import message_from_string
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select

from ivr.alerts import Alerts
from ivr.background import PeriodicWorker
from ivr.carrier import client
from ivr.checks.measures.lexicon import lexicon
from ivr.database import schema
from ivr.database.engine import Database, open_and_migrate, writing
from ivr.script.load import load
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.voicemail import store
from ivr.voicemail.facts import WAIT, MessageFact, write
from ivr.voicemail.recording_cleanup import RecordingCleanup
from ivr.voicemail.worker import POLL_SECONDS, RECORDS_GRACE, VoicemailWorker
from tests.carrier.stand_in import SID, TOKEN, StandIn
from tests.lines import change, variant
from tests.post import Post
from tests.serving import free_port

NIGHT = dt.datetime.fromisoformat("2026-11-24T22:00-05:00").astimezone(dt.UTC)
GAP = dt.datetime.fromisoformat("2026-12-02T22:00-05:00").astimezone(dt.UTC)
ON_CALL = ["+12025550121", "+12025550122", "+12025550123"]
URL = "https://line.example.org"


class Clock:
    def __init__(self) -> None:
        self.now = NIGHT

    def __call__(self) -> dt.datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait as long as a test can."""
    monkeypatch.setattr(client, "READ_SECONDS", 0.3)
    hasty = client.PATIENCE.new(backoff_factor=0, backoff_jitter=0)
    monkeypatch.setattr(client, "PATIENCE", hasty)
    monkeypatch.setattr(PeriodicWorker, "start", lambda _: None)  # the tests poll themselves


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Agency:
    """The part of a process that looks after messages."""

    def __init__(self, script: Script, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        database, alerts = Database(settings), Alerts(settings)
        self.notifies = VoicemailWorker(
            script, settings, database, alerts, clock, script.schedule.duty
        )
        self.deletes = RecordingCleanup(script.line, settings, database, alerts.notify, clock)

    def expect(self, piece: MessageFact) -> None:
        self.notifies.expect(piece)

    def look(self) -> None:
        self.notifies.poll()
        self.deletes.poll()


Agencies = Callable[..., Agency]


@pytest.fixture
def agency_of(carrier: StandIn, post: Post, state: Path, tmp_path: Path, clock: Clock) -> Agencies:
    folder = variant("voicemail", tmp_path)
    change(folder / "line.yaml", {"agency": {"number": "+12025550100"}})
    script = load(folder)

    def make(**other: object) -> Agency:
        settings = Settings((TOKEN,), SID, carrier.url, URL, state=state, **post.settings)
        settings = replace(settings, **other)
        return Agency(script, settings, clock)

    return make


def left(clock: Clock, recording: str, what: str = "left") -> MessageFact:
    return MessageFact(recording, what, clock(), "en", 30, safe=True)


def put(agency: Agency, *pieces: MessageFact) -> None:
    with writing(open_and_migrate(agency.settings)) as connection:
        write(connection, pieces)


def mails(post: Post) -> list[str]:
    parsed = [message_from_string(m, policy=default) for m in post.mails]
    return [f"{m['subject']}: {m.get_body(('plain',)).get_content().strip()}" for m in parsed]


def test_a_message_that_is_kept_is_told_at_once_by_mail_webhook_and_text(
    agency_of: Agencies, carrier: StandIn, post: Post, clock: Clock
) -> None:
    agency, recording = agency_of(), carrier.add_recording()
    for piece in (left(clock, recording), left(clock, recording, "kept")):
        agency.expect(piece)
        put(agency, piece)
    agency.look()
    sentence = f"A message is waiting. {URL}/messages"
    assert [m.splitlines()[0] for m in mails(post)] == [f"[ivr] message: {sentence}"]
    assert post.posts == [{"kind": "message", "text": sentence}]
    assert [(m["to"], m["from"], m["body"]) for m in carrier.messages] == [
        (number, "+12025550100", sentence) for number in ON_CALL
    ]
    agency.look()
    agency_of().look()
    assert len(post.mails) == 1, "it is told once, by one process"


def test_each_message_is_told_of_not_one_an_hour(
    agency_of: Agencies, carrier: StandIn, post: Post, clock: Clock
) -> None:
    agency = agency_of()
    for digit in "12":
        put(agency, left(clock, carrier.add_recording(digit), "urgent"))
    agency.look()
    assert [m.partition(" http")[0] for m in mails(post)] == [
        "[ivr] urgent-message: An urgent message is waiting."
    ] * 2


def test_no_word_tells_what_the_line_is_about(
    agency_of: Agencies, carrier: StandIn, post: Post, clock: Clock
) -> None:
    agency = agency_of()
    put(agency, left(clock, carrier.add_recording(), "urgent"))
    agency.look()
    vocabulary = lexicon("en")
    assert vocabulary is not None
    for text in (*mails(post), *(m["body"] for m in carrier.messages)):
        assert not [p for p in vocabulary.opening if p.search(text.lower())]
        assert "help" not in text.lower()
    assert max(len(m["body"]) for m in carrier.messages) <= 160


def test_who_hangs_up_without_a_key_is_told_of_within_a_minute(
    agency_of: Agencies, carrier: StandIn, post: Post, clock: Clock
) -> None:
    agency = agency_of()
    piece = left(clock, carrier.add_recording())
    agency.expect(piece)
    put(agency, piece)
    clock.passes(WAIT.total_seconds() - 1)
    agency.look()
    assert post.mails == [], "the caller may still delete it"
    clock.passes(1 + POLL_SECONDS)
    agency.look()
    assert len(post.mails) == 1
    assert clock.now - NIGHT < dt.timedelta(seconds=60)


def test_a_restart_in_between_loses_no_message(
    agency_of: Agencies, carrier: StandIn, post: Post, clock: Clock
) -> None:
    put(agency_of(), left(clock, carrier.add_recording()))
    clock.passes(50)
    agency_of().look()
    assert len(post.mails) == 1


def test_what_the_caller_deleted_is_not_told_and_goes_at_the_carrier(
    agency_of: Agencies, carrier: StandIn, post: Post, clock: Clock
) -> None:
    agency, recording = agency_of(), carrier.add_recording()
    for piece in (left(clock, recording), left(clock, recording, "deleted")):
        agency.expect(piece)
        put(agency, piece)
    clock.passes(600)
    agency.look()
    assert (post.mails, carrier.recordings) == ([], {})


def test_staff_are_told_within_a_minute_while_the_records_fail(
    agency_of: Agencies, state: Path, carrier: StandIn, post: Post, clock: Clock
) -> None:
    agency = agency_of()
    open_and_migrate(agency.settings)
    held = sqlite3.connect(state / "records.db", isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    piece = left(clock, carrier.add_recording())
    agency.expect(piece)
    clock.passes((WAIT + RECORDS_GRACE).total_seconds() + 1)
    agency.look()
    held.close()
    assert len(post.mails) == 1
    assert clock.now - NIGHT < dt.timedelta(seconds=60)
    put(agency, piece)
    agency.look()
    assert len(post.mails) == 1, "it is not told again when they know it"


def test_staff_whom_nothing_reaches_are_told_again(
    agency_of: Agencies, carrier: StandIn, post: Post, clock: Clock
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    smtp = f"smtp://127.0.0.1:{free_port()}"
    deaf = agency_of(alert_webhook=nowhere, smtp_url=smtp, account_sid="")
    put(deaf, left(clock, carrier.add_recording(), "kept"))
    deaf.look()
    clock.passes(store.NOTIFY_RETRY.total_seconds() + 1)
    agency_of().look()
    assert len(post.mails) == 1


def test_in_a_gap_an_urgent_message_is_texted_to_everybody_of_the_rota_another_to_nobody(
    agency_of: Agencies, carrier: StandIn, post: Post, clock: Clock
) -> None:
    clock.now = GAP
    agency = agency_of()
    put(agency, left(clock, carrier.add_recording("1"), "kept"))
    agency.look()
    assert (len(post.mails), carrier.messages) == (1, [])
    put(agency, left(clock, carrier.add_recording("2"), "urgent"))
    agency.look()
    assert [m["to"] for m in carrier.messages] == ON_CALL


def test_a_recording_that_cannot_be_deleted_at_the_carrier_is_deleted_later(
    agency_of: Agencies, carrier: StandIn, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    agency, recording = agency_of(alert_email="", alert_webhook=""), carrier.add_recording()
    put(agency, left(clock, recording, "deleted"))
    carrier.fails(503)
    agency.look()
    assert "cannot delete the recording" in caplog.text
    asked = len(carrier.asked)
    agency.look()
    assert (len(carrier.asked), recording in carrier.recordings) == (asked, True)
    clock.passes(store.DELETION_RETRY.total_seconds() + 1)
    agency.look()
    assert carrier.recordings == {}


def test_after_keep_days_a_message_is_deleted_here_and_at_the_carrier(
    agency_of: Agencies, carrier: StandIn, clock: Clock
) -> None:
    put(agency_of(), left(clock, carrier.add_recording(), "kept"))
    clock.passes(29 * 86400)
    agency_of().look()
    assert len(carrier.recordings) == 1
    clock.passes(2 * 86400)
    agency = agency_of()
    agency.look()
    agency.look()
    assert carrier.recordings == {}
    with open_and_migrate(agency.settings).connect() as connection:
        assert store.listed(connection) == []
        assert connection.execute(select(schema.messages.c.deleted_by)).scalars().all() == [
            "keep_days"
        ]
