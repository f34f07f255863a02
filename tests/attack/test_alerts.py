"""Nobody can use up the operators' alerts: junk delays a real one, and never silences it."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.alerts import Alerts
from ivr.alerts.alerts import DIGEST_SECONDS, MAX_PER_HOUR
from ivr.alerts.delivery import Delivery
from ivr.database import schema
from ivr.database.engine import open_and_migrate
from ivr.settings import Settings
from ivr.voicemail import store
from ivr.voicemail.worker import TEXTS
from tests.carrier.stand_in import StandIn
from tests.post import Post
from tests.serving import free_port
from tests.voicemail.test_worker import Agencies, Clock, agency_of, clock, hasty, left, put

__all__ = ["agency_of", "clock", "hasty"]

JUNK = 25
URGENT = "A caller needs you now. Please answer your telephone when it rings."


class Line:
    """The operators' alerts, by a clock that the test moves."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.now = time.time()
        self.alerts = Alerts(settings, lambda: self.now)

    def calls(self, name: str) -> bool:
        """Alert of a call at once; return whether somebody has received it."""
        return self.alerts.notify_sync("urgent-call", URGENT, name)

    def passes(self, seconds: float) -> None:
        """Let time pass; the worker looks for digests."""
        self.now += seconds
        self.alerts.poll()


@pytest.fixture
def line(post: Post, state: Path) -> Line:
    return Line(Settings(state=state, **post.settings))


def test_a_real_caller_behind_junk_is_in_a_digest(line: Line, post: Post) -> None:
    for i in range(JUNK):
        line.calls(f"junk{i}")
    assert not line.calls("real"), "not due is not received"
    line.passes(DIGEST_SECONDS + 1)
    assert post.posts[-1]["text"].startswith(f"{JUNK - MAX_PER_HOUR} more are waiting. {URGENT}")
    assert "The limit of 20 alerts an hour is reached" in post.posts[-1]["text"]
    assert "more are waiting" in post.mails[-1]
    assert line.calls("real"), "the digest was received"


def test_the_first_one_over_the_limit_is_told_at_once(line: Line, post: Post) -> None:
    for i in range(MAX_PER_HOUR):
        line.calls(f"junk{i}")
    assert line.calls("real")
    assert post.posts[-1]["text"].startswith("1 more is waiting.")


def test_what_another_process_left_waiting_is_sent(line: Line, post: Post) -> None:
    for i in range(MAX_PER_HOUR + 2):
        line.calls(f"junk{i}")
    other = Line(line.settings)
    other.passes(DIGEST_SECONDS + 1)
    assert post.posts[-1]["text"].startswith("1 more is waiting.")


def test_a_process_that_ends_while_it_sends_has_told_nobody(
    line: Line, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> bool:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(Delivery, "deliver", killed)
        with pytest.raises(SystemExit):
            line.calls("real")
    assert not line.calls("real")
    line.passes(61)
    assert [p["text"] for p in post.posts] == [URGENT]


def test_a_digest_that_nobody_receives_is_tried_again(line: Line, post: Post) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    smtp = f"smtp://127.0.0.1:{free_port()}"
    deaf = Line(replace(line.settings, alert_webhook=nowhere, smtp_url=smtp))
    for i in range(3):
        assert not deaf.calls(f"call{i}")
    deaf.passes(61)
    line.passes(200)
    assert [p["text"] for p in post.posts] == [f"3 more are waiting. {URGENT}"]


def test_other_trouble_within_the_hour_is_told_after_it(line: Line, post: Post) -> None:
    """One worker that fails must not hide another one."""
    for name in ("records", "records", "voicemail", "duty"):
        line.alerts.notify_sync("worker", f"the worker {name} failed")
    assert len(post.posts) == 1
    line.passes(3599)
    assert len(post.posts) == 1
    line.passes(2)
    assert post.posts[-1]["text"].startswith("2 more are waiting. the worker duty failed")


def test_a_damaged_ledger_or_folder_silences_nobody(line: Line, post: Post, state: Path) -> None:
    line.calls("one")
    (state / "alerts" / "sent.json").write_text('{"urgent-call": 7}')
    assert line.calls("two")
    (state / "alerts" / "sent.json").unlink()
    (state / "alerts" / "sent.json").mkdir()
    assert line.calls("three")
    assert len(post.posts) == 3


# ── Messages ──────────────────────────────────────────────────────────────────


def notified(agency: object) -> int:
    """Return how many messages are marked as told."""
    with open_and_migrate(agency.settings).connect() as connection:
        rows = connection.execute(schema.messages.select()).all()
    return sum(row.alerted is not None for row in rows)


def junk(agency: object, carrier: StandIn, clock: Callable, count: int) -> None:
    for i in range(count):
        put(agency, left(clock, carrier.add_recording(f"{i:x}".rjust(32, "0")), "urgent"))


@pytest.mark.slow
def test_an_urgent_message_is_marked_as_told_only_once_somebody_was(
    agency_of: Agencies, carrier: StandIn, post: Post, clock: Clock
) -> None:
    agency = agency_of(account_sid="")
    junk(agency, carrier, clock, JUNK + 1)
    agency.look()
    alone, in_digest = MAX_PER_HOUR, 1
    assert len(post.posts) == alone + in_digest
    assert post.posts[-1]["text"].startswith("1 more is waiting. An urgent message is waiting.")
    assert notified(agency) == alone + in_digest


def test_no_message_is_marked_as_told_while_there_is_nobody_to_tell(
    agency_of: Agencies, carrier: StandIn, post: Post, clock: Clock
) -> None:
    deaf = agency_of(alert_email="", alert_webhook="", account_sid="")
    junk(deaf, carrier, clock, 1)
    deaf.look()
    assert notified(deaf) == 0
    agency_of().look()
    assert (len(post.posts), notified(deaf)) == (1, 1)


def test_a_text_that_may_have_been_sent_tells_nobody(
    agency_of: Agencies, carrier: StandIn, clock: Clock
) -> None:
    agency = agency_of(alert_email="", alert_webhook="")
    carrier.fails_at("/Messages", 503)
    junk(agency, carrier, clock, 1)
    agency.look()
    assert (carrier.messages, notified(agency)) == ([], 0)


def test_while_the_records_fail_nobody_is_told_before_somebody_was(
    agency_of: Agencies, carrier: StandIn, post: Post, clock: Clock
) -> None:
    nobody = f"postgresql://ivr@127.0.0.1:{free_port()}/x"
    deaf_smtp = f"smtp://127.0.0.1:{free_port()}"
    agency = agency_of(database_url=nobody, account_sid="", alert_webhook="", smtp_url=deaf_smtp)
    agency.expect(left(clock, carrier.add_recording(), "urgent"))
    clock.passes(11)
    agency.look()
    assert post.mails == []
    assert agency.notifies._due, "it is still due"


def test_thirty_messages_do_not_text_the_people_on_call_ninety_times(
    agency_of: Agencies, carrier: StandIn, clock: Clock
) -> None:
    agency = agency_of(alert_email="", alert_webhook="")
    junk(agency, carrier, clock, 30)
    agency.look()
    people = 3
    assert len(carrier.messages) == (TEXTS.per_hour + 1) * people
    assert carrier.messages[-1]["body"].startswith("1 more is waiting. An urgent message")
    clock.passes(max(TEXTS.digest_seconds, store.NOTIFY_RETRY.total_seconds()) + 1)
    agency.look()
    assert len(carrier.messages) == (TEXTS.per_hour + 2) * people
    assert carrier.messages[-1]["body"].startswith("23 more are waiting.")
    clock.passes(store.NOTIFY_RETRY.total_seconds() + 1)
    agency.look()
    assert notified(agency) == 30
