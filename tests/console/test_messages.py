"""The inbox: who is signed in hears messages, calls back, and deletes; nobody else hears a word."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from ivr.accounts import audit_log
from ivr.database import schema
from ivr.database.engine import open_and_migrate, writing
from ivr.settings import Settings
from ivr.voicemail import store
from ivr.voicemail.facts import MessageFact, write
from ivr.voicemail.store import Message
from tests.carrier.stand_in import SID, WAV, StandIn
from tests.console.conftest import NAME, Comes, Visitor
from tests.lines import TOKEN, change

SOUND = WAV * 9000


@pytest.fixture
def settings(settings: Settings, carrier: StandIn) -> Settings:
    """Return settings with an account, and voicemail."""
    carrier.token = TOKEN
    change(settings.prompts / "line.yaml", {"voicemail": {"keep_days": 14}})
    return replace(settings, account_sid=SID, carrier_api=carrier.url)


def leave(
    settings: Settings, recording: str, what: str = "kept", minutes: int = 125, **more: object
) -> Message:
    left = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes)
    details = {"seconds": 75, "safe": True, **more}
    with writing(open_and_migrate(settings)) as connection:
        write(connection, [MessageFact(recording, what, left, "es", **details)])
        return next(m for m in store.listed(connection) if m.recording == recording)


def deeds(settings: Settings) -> list[tuple[str, str, int]]:
    with open_and_migrate(settings).connect() as connection:
        entries = audit_log.about_messages(connection)
        return [(d.operator, d.action, d.message_id) for d in reversed(entries)]


def test_nobody_hears_or_sees_a_message_who_is_not_signed_in(
    visitor: Visitor, settings: Settings, carrier: StandIn
) -> None:
    message = leave(settings, carrier.add_recording(sound=SOUND))
    for path in ("/messages", f"/messages/{message.id}/sound", f"/messages/{message.id}/delete"):
        answer = visitor.client.get(path)
        assert (answer.status_code, SOUND in answer.data) == (302, False)
    for path in ("called-back", "delete"):
        assert visitor.client.post(f"/messages/{message.id}/{path}").status_code == 400
        assert visitor.sends(f"/messages/{message.id}/{path}").status_code == 401
    assert len(carrier.recordings) == 1
    assert carrier.asked == []


def test_the_inbox_tells_what_is_known_and_urgent_ones_stand_first(
    operator: Visitor, settings: Settings, carrier: StandIn
) -> None:
    assert "Messages are kept for 14 days" in operator.sees("/messages")
    first = leave(settings, carrier.add_recording("1"), safe=False, minutes=5)
    urgent = leave(settings, carrier.add_recording("2"), "urgent")
    page = operator.sees("/messages")
    assert "2 waiting" in page
    assert page.index(f'id="m{urgent.id}"') < page.index(f'id="m{first.id}"')
    for words in ("urgent", "do not call back", "safe to call back", "Español, 1:15 min"):
        assert words in page
    assert page.count("I have called back") == page.count("I have dealt with it") == 1
    assert "Waiting for 2 hours" in page
    assert "Waiting for 5 minutes" in page
    assert "RE222" not in page


def test_a_message_is_heard_from_the_carrier_and_kept_nowhere(
    operator: Visitor, settings: Settings, carrier: StandIn
) -> None:
    message = leave(settings, carrier.add_recording(sound=SOUND))
    answer = operator.client.get(f"/messages/{message.id}/sound")
    assert (answer.status_code, answer.content_type, answer.data) == (200, "audio/x-wav", SOUND)
    assert answer.headers["Cache-Control"] == "no-store"
    assert deeds(settings) == [(NAME, "listened", message.id)]
    assert SOUND not in b"".join(p.read_bytes() for p in settings.state.rglob("*") if p.is_file())


def test_a_player_that_asks_for_a_part_gets_that_part(
    operator: Visitor, settings: Settings, carrier: StandIn
) -> None:
    message = leave(settings, carrier.add_recording(sound=SOUND))
    operator.client.get(f"/messages/{message.id}/sound", headers={"Range": "bytes=0-"})
    answer = operator.client.get(
        f"/messages/{message.id}/sound", headers={"Range": "bytes=100-199"}
    )
    assert (answer.status_code, answer.data) == (206, SOUND[100:200])
    assert answer.headers["Content-Range"] == f"bytes 100-199/{len(SOUND)}"
    assert deeds(settings) == [(NAME, "listened", message.id)], "it is one listening"


def test_what_the_carrier_has_not_is_told_kindly(operator: Visitor, settings: Settings) -> None:
    message = leave(settings, "RE" + "9" * 32)
    assert "cannot be fetched now" in operator.sees(f"/messages/{message.id}/sound", 404)
    assert "may have been deleted" in operator.sees("/messages/12345/sound", 404)
    assert "may have been deleted" in operator.sees(f"/messages/{2**70}/sound", 404)


def test_who_called_back_and_after_how_long_is_kept_the_first_time(
    operator: Visitor, settings: Settings, carrier: StandIn
) -> None:
    message = leave(settings, carrier.add_recording())
    for _ in range(2):
        answer = operator.sends(f"/messages/{message.id}/called-back")
        assert (answer.status_code, answer.location) == (302, "/messages")
    page = operator.sees("/messages")
    assert "None is waiting" in page
    assert f"{NAME} called back after 2 hours" in page
    assert "I have called back" not in page
    assert deeds(settings) == [(NAME, "called back", message.id)]


def test_a_message_is_deleted_only_after_a_second_yes(
    operator: Visitor, settings: Settings, carrier: StandIn
) -> None:
    message = leave(settings, carrier.add_recording())
    asked = operator.sees(f"/messages/{message.id}/delete")
    assert "Nobody has called back" in asked
    assert len(re.findall(r"<button[^>]*>Delete it", asked)) == 1
    assert f'id="m{message.id}"' in operator.sees("/messages")
    operator.sends(f"/messages/{message.id}/delete")
    assert f'id="m{message.id}"' not in operator.sees("/messages")
    assert operator.sends(f"/messages/{message.id}/delete").status_code == 404
    assert deeds(settings) == [(NAME, "deleted", message.id)]
    with open_and_migrate(settings).connect() as connection:
        row = connection.execute(select(schema.messages)).one()
    assert (row.deleted_by, row.erased) == (NAME, None), "its sound is on hold"


def test_a_form_without_its_token_does_nothing(
    operator: Visitor, settings: Settings, carrier: StandIn
) -> None:
    message = leave(settings, carrier.add_recording())
    for path in ("called-back", "delete"):
        assert operator.client.post(f"/messages/{message.id}/{path}").status_code == 400
    assert deeds(settings) == []


def test_without_an_account_the_inbox_says_what_is_missing(
    comes: Comes, settings: Settings, carrier: StandIn
) -> None:
    visitor = comes(replace(settings, account_sid=""))
    visitor.signs_in()
    message = leave(settings, carrier.add_recording())
    assert "TWILIO_ACCOUNT_SID" in visitor.sees("/messages")
    assert visitor.client.get(f"/messages/{message.id}/sound").status_code == 503


def test_where_messages_cannot_be_left_the_inbox_says_so(comes: Comes, settings: Settings) -> None:
    change(settings.prompts / "line.yaml", {"voicemail": None})
    visitor = comes(settings)
    visitor.signs_in()
    assert "Callers cannot leave a message" in visitor.sees("/messages")


def test_the_caller_of_a_message_is_blocked_for_a_day_without_a_number(
    operator: Visitor, settings: Settings, carrier: StandIn
) -> None:
    message = leave(settings, carrier.add_recording(), caller="ab" * 16)
    operator.sees("/messages")
    assert operator.sends(f"/messages/{message.id}/block").status_code == 302
    page = operator.sees("/protection")
    assert NAME in page
    assert "ab" * 16 not in page
    assert deeds(settings)[-1] == (NAME, "blocked the caller", message.id)
    assert operator.sends("/protection/blocks/1/end").status_code == 302
    assert "Nobody is blocked" in operator.sees("/protection")
    operator.sends("/protection/blocks/1/end")
    assert operator.sees("/audit").count("ended a block") == 1, "it ended once"
    withheld = leave(settings, carrier.add_recording("2"))
    assert operator.sends(f"/messages/{withheld.id}/block").status_code == 409


def test_the_challenge_is_off_until_an_operator_switches_it_on(operator: Visitor) -> None:
    assert "ring your people at once" in operator.sees("/protection")
    operator.sends("/protection/challenge", on="1")
    assert "press two keys" in operator.sees("/protection")
    operator.sends("/protection/challenge", on="0")
    assert "ring your people at once" in operator.sees("/protection")
    assert operator.sees("/audit").count("set the challenge") == 2
