"""Transfers on a wire: bridged and by REFER, answered or not, asked first; 911; and messages."""

import re
import stat
import wave
from collections.abc import Callable

from ivr.database.engine import open_and_migrate
from ivr.phone.normalize import has_number
from ivr.voicemail import store
from tests.sip.conftest import IN_ONE_WORKER, Inbox, Listener, Opened
from tests.sip.scenarios import BACKUP, EMERGENCY, HOTLINE, WORKER, TimedCall
from tests.sip.telephones import Telephones

pytestmark = IN_ONE_WORKER

ScenarioCall = Callable[[str], TimedCall]


def test_a_spanish_caller_is_connected_and_both_are_heard(
    scenario_call: ScenarioCall, ear: Listener, phones: Telephones
) -> None:
    call = scenario_call("spanish")
    ear.expect(call.phone, "es", "nacional", call.at["person"] + 0.3, call.at["connected"])
    ear.expect(call.phone, "en", "can i help you", call.at["connected"], call.at["back"])
    ear.expect(phones.people[HOTLINE].calls[0], "en", "important")


def test_keys_reach_who_answered(scenario_call: ScenarioCall, phones: Telephones) -> None:
    scenario_call("spanish")
    assert phones.people[HOTLINE].calls[0].keys == ["5"]


def test_a_call_that_was_answered_and_has_ended_comes_back(
    scenario_call: ScenarioCall, ear: Listener
) -> None:
    call = scenario_call("spanish")
    ear.expect(call.phone, "es", ("llamada", "linea de ayuda"), call.at["back"])


def test_who_is_busy_is_named_with_the_number(scenario_call: ScenarioCall, ear: Listener) -> None:
    call = scenario_call("busy")
    ear.expect(call.phone, "en", "busy", call.at["person"] + 5, call.at["end"])
    ear.expect(call.phone, "en", says_a_number, call.at["person"] + 5, call.at["end"])


def test_who_does_not_answer_is_named_with_the_number(
    scenario_call: ScenarioCall, ear: Listener
) -> None:
    call = scenario_call("away")
    ear.expect(call.phone, "en", says_a_number, call.at["tried"] - 2, call.at["end"])


def test_the_pbx_takes_the_caller_over_where_it_is_asked_to(
    scenario_call: ScenarioCall, phones: Telephones
) -> None:
    call = scenario_call("referred")
    assert call.phone.is_over
    assert phones.people[f"refer-{HOTLINE}"].calls


def test_a_caller_whom_the_pbx_could_not_connect_is_told(
    scenario_call: ScenarioCall, ear: Listener
) -> None:
    call = scenario_call("referred_in_vain")
    ear.expect(call.phone, "en", says_a_number, call.at["person"] + 3, call.at["end"])


def test_911_goes_to_the_pbxs_own_route(scenario_call: ScenarioCall, phones: Telephones) -> None:
    scenario_call("emergency")
    assert phones.people[EMERGENCY].calls


def test_911_is_not_dialled_where_the_pbx_has_no_route(
    scenario_call: ScenarioCall, phones: Telephones, lines: dict[str, Opened], ear: Listener
) -> None:
    call = scenario_call("no_emergency")
    assert not [number for number in phones.rung if "911" in number]
    assert "911 was not dialled" in lines["busy"].log_text
    ear.expect(call.phone, "en", "9 1 1", call.at["second"], call.at["end"])


def test_who_is_on_call_is_asked_first_and_takes_the_caller_by_a_key(
    scenario_call: ScenarioCall, phones: Telephones, ear: Listener
) -> None:
    call = scenario_call("whispered")
    assert phones.people[WORKER].calls, "the first was not rung"
    ear.expect(phones.people[BACKUP].calls[0], "en", "call", 0, 8)
    assert "press 1" not in ear.hears(call.phone, "en", call.at["rung"], call.at["end"])


def test_a_message_is_kept_for_the_service_alone_and_heard_in_the_inbox(
    scenario_call: ScenarioCall,
    lines: dict[str, Opened],
    inbox: Inbox,
    ear: Listener,
    phones: Telephones,
) -> None:
    scenario_call("message")
    folder = lines["voicemail"].state / "sip" / "recordings"
    (path,) = folder.glob("*.wav")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with wave.open(str(path)) as file:
        assert 1 < file.getnframes() / file.getframerate() < 15
    from ivr.carrier.client import Account
    from ivr.carrier.recordings import delete_recording, open_recording

    account = Account.of(inbox.settings)
    media = open_recording(account, path.stem, byte_range="bytes=0-99")
    assert (media.status, len(b"".join(media.chunks))) == (206, 100)
    with open_and_migrate(inbox.settings).connect() as connection:
        assert [m.recording for m in store.listed(connection)] == [path.stem]
    delete_recording(account, path.stem)
    assert not path.exists()


def says_a_number(transcript: str) -> bool:
    """Tell whether ten digits or more are heard together, written together or apart."""
    return has_number(re.sub(r"(?<=\d)(?=\d)", " ", transcript)) or has_number(
        " ".join(re.sub(r"[^\d]", "", transcript))
    )
