"""The carrier's account: spoken to with patience, and what fails is one clear line."""

import logging
from dataclasses import replace

import pytest

from ivr.carrier import client as accounts
from ivr.carrier.client import Account
from ivr.carrier.recordings import delete_recording, open_recording
from ivr.errors import CarrierError, SettingsError
from ivr.settings import Settings
from ivr.sms.line_type import takes_texts
from ivr.sms.send import text
from tests.carrier.stand_in import NUMBER, NUMBER_SID, SID, TOKEN, WAV, StandIn
from tests.serving import free_port

FRIEND = "+12025550143"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once."""
    hasty = accounts.PATIENCE.new(backoff_factor=0, backoff_jitter=0)
    monkeypatch.setattr(accounts, "PATIENCE", hasty)


def say(carrier: StandIn, account: Account | None = None) -> str:
    return text(account or carrier.account, FRIEND, NUMBER, "Help: 1 888 373 7888")


def test_a_text_message_goes_out(carrier: StandIn) -> None:
    sid = say(carrier)
    assert [(m["sid"], m["to"], m["from"], m["body"]) for m in carrier.messages] == [
        (sid, FRIEND, NUMBER, "Help: 1 888 373 7888")
    ]
    assert carrier.asked[0].host == "api.twilio.com"


def test_a_recording_is_fetched_whole_and_then_deleted(carrier: StandIn) -> None:
    sid = carrier.add_recording(sound=WAV * 9000)
    media = open_recording(carrier.account, sid, "mp3")
    assert (media.content_type, media.length) == ("audio/x-mp3", len(WAV) * 9000)
    assert b"".join(media.chunks) == WAV * 9000
    delete_recording(carrier.account, sid)
    assert carrier.recordings == {}
    delete_recording(carrier.account, sid)


@pytest.mark.parametrize("sid", ["", "RE", "../Messages", "RE" + "z" * 32, "RE" + "0" * 32 + "\n"])
def test_what_is_no_recording_is_not_asked_for(carrier: StandIn, sid: str) -> None:
    for ask in (open_recording, delete_recording):
        with pytest.raises(CarrierError, match="is no recording"):
            ask(carrier.account, sid)
    assert carrier.asked == []


def test_a_wrong_token_is_one_line_that_does_not_show_it(carrier: StandIn) -> None:
    wrong = replace(carrier.account, token="not-the-token")
    sid = carrier.add_recording()
    for ask in (lambda: say(carrier, wrong), lambda: open_recording(wrong, sid)):
        with pytest.raises(CarrierError, match="does not know this account and token") as raised:
            ask()
        assert "not-the-token" not in f"{raised.value}{wrong}"
        assert raised.value.status == 401
        assert "\n" not in str(raised.value)
    assert len(carrier.asked) == 2, "a wrong token is not tried again"


def test_what_the_carrier_was_too_busy_to_take_is_asked_again_when_it_says(
    carrier: StandIn,
) -> None:
    carrier.fails(429, retry_after=0)
    assert say(carrier)
    assert (len(carrier.asked), len(carrier.messages)) == (2, 1)
    carrier.fails(429, times=9, retry_after=0)
    with pytest.raises(CarrierError, match="asked too often") as raised:
        say(carrier)
    assert (raised.value.status, raised.value.code) == (429, 20001)
    assert len(carrier.messages) == 1


@pytest.mark.parametrize("status", [500, 503])
def test_trouble_at_the_carrier_is_waited_out_where_nothing_is_done_twice(
    carrier: StandIn, status: int
) -> None:
    sid = carrier.add_recording()
    carrier.fails(status, times=2)
    assert b"".join(open_recording(carrier.account, sid).chunks) == WAV
    assert len(carrier.asked) == 3
    carrier.fails(status)
    with pytest.raises(CarrierError, match=rf"trouble of its own \({status}\)"):
        say(carrier)
    assert len(carrier.asked) == 4, "a text message is not sent twice"


def test_a_text_message_whose_answer_is_late_or_broken_may_have_gone_out(
    carrier: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "READ_SECONDS", 0.3)
    for trouble, reason in (
        (carrier.hangs, "does not answer in time"),
        (carrier.breaks_off, "broke off"),
    ):
        trouble()
        with pytest.raises(CarrierError, match=f"{reason}.*may have been done") as error:
            say(carrier)
        assert error.value.unsure
    assert len(carrier.asked) == 2


def test_a_recording_that_breaks_off_is_told(carrier: StandIn) -> None:
    sid = carrier.add_recording()
    carrier.breaks_off()
    with pytest.raises(CarrierError, match=r"fetch the recording: .* broke off"):
        list(open_recording(carrier.account, sid).chunks)


def test_a_recording_that_is_gone_is_told(carrier: StandIn) -> None:
    with pytest.raises(CarrierError, match="the account has no such thing") as raised:
        open_recording(carrier.account, "RE" + "0" * 32)
    assert raised.value.status == 404


def test_a_carrier_that_cannot_be_reached_has_done_nothing() -> None:
    nobody = Account(SID, TOKEN, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(CarrierError, match="cannot be reached") as raised:
        text(nobody, FRIEND, NUMBER, "Help")
    assert not raised.value.unsure


def test_texts_lookups_and_deletions_are_as_the_carrier_describes_them(
    carrier: StandIn, description: str
) -> None:
    carrier.description = description
    assert say(carrier)
    carrier.line_types[FRIEND] = "landline"
    assert not takes_texts(carrier.account, FRIEND)
    delete_recording(carrier.account, carrier.add_recording())
    assert carrier.recordings == {}
    number = accounts.client(carrier.account).incoming_phone_numbers(NUMBER_SID)
    with (
        pytest.raises(CarrierError, match=r"not as described: 422 .*VoiceMethod"),
        accounts.map_carrier_errors("prove that a wrong request is refused"),
    ):
        number.update(voice_method="FETCH")


def test_the_carriers_own_reason_and_code_are_told(carrier: StandIn) -> None:
    carrier.fails(400, code=21610)
    with pytest.raises(CarrierError, match=r"refuses: trouble 400 \(error 21610\)$") as raised:
        say(carrier)
    assert raised.value.code == 21610


def test_no_number_and_no_token_is_logged(
    carrier: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    say(carrier)
    assert FRIEND not in caplog.text
    assert TOKEN not in caplog.text


def test_the_account_is_that_of_the_settings() -> None:
    environment = {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": f"{TOKEN},old"}
    assert Account.of(Settings.from_env(environment)) == Account(SID, TOKEN)
    local = {**environment, "IVR_CARRIER_API": "http://127.0.0.1:4010/"}
    assert Account.of(Settings.from_env(local)).api == "http://127.0.0.1:4010"
    for missing in environment:
        with pytest.raises(SettingsError, match=f"{missing} is not set"):
            Account.of(Settings.from_env({k: v for k, v in environment.items() if k != missing}))
    with pytest.raises(SettingsError, match=r"IVR_CARRIER_API.*on this machine"):
        Settings.from_env({"IVR_CARRIER_API": "http://api.example.org"})
