"""A number is led to the line and back: shown first, done at once, undone, or not touched."""

import json
from pathlib import Path

import pytest

from ivr.carrier import client as accounts
from tests.carrier.conftest import Line
from tests.carrier.stand_in import BLANK_NUMBER, NUMBER, NUMBER_SID, StandIn
from tests.cli.conftest import Ivr
from tests.lines import change

ADDRESS = {
    "--customer-name": "County Family Services",
    "--street": "1 Main St",
    "--city": "Springfield",
    "--region": "NY",
    "--postal-code": "10001",
}
PARTS = [part for pair in ADDRESS.items() for part in pair]
OLD = "https://demo.example.org/welcome"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once."""
    hasty = accounts.PATIENCE.new(backoff_factor=0, backoff_jitter=0)
    monkeypatch.setattr(accounts, "PATIENCE", hasty)


def posts(carrier: StandIn) -> list[str]:
    return [asked.path for asked in carrier.asked if asked.method != "GET"]


def test_it_shows_what_changes_and_changes_nothing(line: Line, carrier: StandIn, ivr: Ivr) -> None:
    carrier.numbers[NUMBER_SID]["voice_url"] = OLD
    ran = ivr("twilio", "setup", **line.environment)
    assert (ran.status, ran.err) == (0, "")
    assert f"  - {OLD}\n  + {line.url}/voice#ct=2000" in ran.out
    assert "Nothing is changed yet: add --yes" in ran.out
    assert posts(carrier) == []


def test_with_yes_it_is_done_in_one_request_and_doing_it_again_does_nothing(
    line: Line, carrier: StandIn, ivr: Ivr
) -> None:
    assert ivr("twilio", "setup", "--yes", **line.environment).status == 0
    number = carrier.numbers[NUMBER_SID]
    assert number["voice_url"] == f"{line.url}/voice#ct=2000&rt=4000&rc=1&rp=ct,rt,5xx"
    assert number["voice_fallback_url"] == line.environment["IVR_FALLBACK_URL"]
    assert number["voice_fallback_method"] == "POST"
    assert number["status_callback"] == f"{line.url}/voice/status"
    assert len(posts(carrier)) == 1
    again = ivr("twilio", "setup", "--yes", **line.environment)
    assert again.out == f"{NUMBER} is as it should be.\n"
    assert len(posts(carrier)) == 1


def test_a_host_that_takes_no_post_is_asked_with_get_and_the_operator_is_told(
    line: Line, carrier: StandIn, ivr: Ivr
) -> None:
    """A GET puts the caller's number into that host's log."""
    url = line.environment["IVR_FALLBACK_URL"].replace("lifeboat.xml", "get-only.xml")
    ran = ivr("twilio", "setup", "--yes", **{**line.environment, "IVR_FALLBACK_URL": url})
    assert ran.status == 0
    assert carrier.numbers[NUMBER_SID]["voice_fallback_method"] == "GET"
    assert "does not take POST" in ran.out
    assert "callers' numbers" in ran.out
    taken = ivr("twilio", "setup", "--yes", **line.environment)
    assert carrier.numbers[NUMBER_SID]["voice_fallback_method"] == "POST"
    assert "does not take POST" not in taken.out


def test_undo_restores_what_was_there_even_after_a_second_setup(
    line: Line, carrier: StandIn, ivr: Ivr
) -> None:
    before = {
        "voice_url": OLD,
        "voice_method": "GET",
        "voice_application_sid": "AP" + "1" * 32,
        "trunk_sid": "TK" + "1" * 32,
    }
    number = carrier.numbers[NUMBER_SID]
    number.update(before)
    ivr("twilio", "setup", "--yes", **line.environment)
    assert (number["voice_application_sid"], number["trunk_sid"]) == (None, None)
    elsewhere = {**line.environment, "IVR_FALLBACK_URL": "https://else.example.org/lifeboat.xml"}
    ivr("twilio", "setup", "--yes", **elsewhere)
    shown = ivr("twilio", "undo", **line.environment)
    assert f"  + {OLD}" in shown.out
    assert number["voice_url"] != OLD
    assert ivr("twilio", "undo", "--yes", **line.environment).status == 0
    assert {k: number[k] for k in before} == before
    assert number["voice_fallback_url"] is None
    nothing = ivr("twilio", "undo", "--yes", **line.environment)
    assert (nothing.status, "nothing to undo" in nothing.err) == (1, True)


def test_what_somebody_changed_since_is_what_undo_restores(
    line: Line, carrier: StandIn, ivr: Ivr
) -> None:
    ivr("twilio", "setup", "--yes", **line.environment)
    carrier.numbers[NUMBER_SID]["voice_url"] = OLD
    ivr("twilio", "setup", "--yes", **line.environment)
    ivr("twilio", "undo", "--yes", **line.environment)
    assert carrier.numbers[NUMBER_SID]["voice_url"] == OLD


def test_an_emergency_address_is_made_once_and_undone(
    line: Line, carrier: StandIn, ivr: Ivr
) -> None:
    shown = ivr("twilio", "setup", *PARTS, **line.environment)
    assert "+ a new one" in shown.out
    assert carrier.addresses == {}
    ivr("twilio", "setup", *PARTS, "--yes", **line.environment)
    (address,) = carrier.addresses.values()
    assert (address["street"], address["emergency_enabled"]) == ("1 Main St", True)
    assert carrier.numbers[NUMBER_SID]["emergency_address_sid"] == address["sid"]
    again = ivr("twilio", "setup", *PARTS, "--yes", **line.environment)
    assert again.out == f"{NUMBER} is as it should be.\n"
    other = ivr("twilio", "setup", *PARTS[:-1], "10002", "--yes", **line.environment)
    assert (other.status, "has another emergency address" in other.err) == (1, True)
    ivr("twilio", "undo", "--yes", **line.environment)
    assert carrier.addresses == {}
    assert carrier.numbers[NUMBER_SID]["emergency_address_sid"] is None


def test_an_address_in_parts_is_not_taken(line: Line, carrier: StandIn, ivr: Ivr) -> None:
    ran = ivr("twilio", "setup", "--street", "1 Main St", "--yes", **line.environment)
    assert ran.status == 2
    assert "the address is not whole: add --customer-name, --city, --region" in ran.err
    assert carrier.asked == []


def test_where_the_number_cannot_be_set_the_address_is_taken_back(
    line: Line, carrier: StandIn, ivr: Ivr
) -> None:
    ivr("twilio", "setup", *PARTS, **line.environment)
    looks = len(carrier.asked)
    for _ in range(looks + 1):  # the same looks, then the address, pass
        carrier._troubles.append(lambda: None)
    carrier.fails(400, code=21402)
    ran = ivr("twilio", "setup", *PARTS, "--yes", **line.environment)
    assert ran.err == f"cannot set {NUMBER} up: the carrier refuses: trouble 400 (error 21402)\n"
    assert carrier.addresses == {}
    assert carrier.numbers[NUMBER_SID]["voice_url"] is None
    assert ivr("twilio", "undo", **line.environment).status == 1


@pytest.mark.parametrize("is_done", [True, False])
def test_a_setup_whose_answer_was_lost_is_looked_after(
    is_done: bool, line: Line, carrier: StandIn, ivr: Ivr
) -> None:
    ivr("twilio", "setup", **line.environment)
    for _ in carrier.asked:
        carrier._troubles.append(lambda: None)
    if is_done:
        carrier.breaks_off()
    else:
        carrier.fails(500)
    ran = ivr("twilio", "setup", "--yes", **line.environment)
    if is_done:
        assert (ran.status, ran.err) == (0, "")
        assert carrier.numbers[NUMBER_SID]["voice_url"]
    else:
        assert ran.status == 1
        assert ran.err.endswith("try again in a few minutes (error 20001); it was not done\n")
        assert ivr("twilio", "undo", **line.environment).status == 1


def without_a_token(environment: dict[str, str], carrier: StandIn) -> None:
    environment["TWILIO_AUTH_TOKEN"] = ""


def a_wrong_token(environment: dict[str, str], carrier: StandIn) -> None:
    carrier.token = "another"


def no_public_url(environment: dict[str, str], carrier: StandIn) -> None:
    environment["IVR_PUBLIC_URL"] = ""


def no_https(environment: dict[str, str], carrier: StandIn) -> None:
    environment["IVR_PUBLIC_URL"] = "http://line.example.org"


def no_number(environment: dict[str, str], carrier: StandIn) -> None:
    carrier.numbers.clear()


def several_numbers(environment: dict[str, str], carrier: StandIn) -> None:
    carrier.add_number("+12025550101", "PN" + "0" * 31 + "2")


def a_busy_carrier(environment: dict[str, str], carrier: StandIn) -> None:
    carrier.fails(429, times=9, retry_after=0)


def a_broken_carrier(environment: dict[str, str], carrier: StandIn) -> None:
    carrier.fails(503, times=9)


def a_silent_carrier(environment: dict[str, str], carrier: StandIn) -> None:
    carrier.hangs(times=9)


def half_an_answer(environment: dict[str, str], carrier: StandIn) -> None:
    carrier.breaks_off(times=9)


def a_dead_carrier(environment: dict[str, str], carrier: StandIn) -> None:
    environment["IVR_CARRIER_API"] = "http://127.0.0.1:9"


def a_full_disk(environment: dict[str, str], carrier: StandIn) -> None:
    environment["IVR_STATE"] = "/dev/null/state"


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        (without_a_token, "TWILIO_AUTH_TOKEN is not set"),
        (a_wrong_token, "does not know this account and token"),
        (no_public_url, "IVR_PUBLIC_URL is not set"),
        (no_https, "must not travel openly, use https"),
        (no_number, "the account owns no number: buy one"),
        (several_numbers, "owns several numbers, +12025550100, +12025550101: name the line's"),
        (a_busy_carrier, "the carrier is asked too often"),
        (a_broken_carrier, "the carrier has trouble of its own (503)"),
        (a_silent_carrier, "the carrier does not answer in time"),
        (half_an_answer, "the carrier's answer broke off"),
        (a_dead_carrier, "the carrier cannot be reached"),
        (a_full_disk, "so that nothing could be undone: set IVR_STATE"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_trouble_is_one_clear_line_and_nothing_is_set(
    trouble, message: str, line: Line, carrier: StandIn, ivr: Ivr, monkeypatch: pytest.MonkeyPatch
) -> None:
    if trouble is a_silent_carrier:
        monkeypatch.setattr(accounts, "READ_SECONDS", 0.3)
    environment = {**line.environment}
    trouble(environment, carrier)
    ran = ivr("twilio", "setup", "--yes", **environment)
    assert ran.status == 1
    assert message in ran.err
    assert ran.err.count("\n") == 1
    assert posts(carrier) == []
    if NUMBER_SID in carrier.numbers:
        assert carrier.numbers[NUMBER_SID].items() >= BLANK_NUMBER.items()


def test_a_number_that_is_not_the_accounts_is_told(line: Line, carrier: StandIn, ivr: Ivr) -> None:
    ran = ivr("twilio", "setup", "--number", "+12025550199", "--yes", **line.environment)
    assert ran.err == f"the account does not own +12025550199: it owns {NUMBER}\n"


def test_the_number_of_the_script_is_taken_among_several(
    line: Line, carrier: StandIn, ivr: Ivr
) -> None:
    other = carrier.add_number("+12025550101", "PN" + "0" * 31 + "2")
    script = line.prompts / "line.yaml"
    script.write_text(script.read_text().replace("number: null", 'number: "+12025550101"', 1))
    ivr("twilio", "setup", "--yes", **line.environment)
    assert other["voice_url"]
    assert carrier.numbers[NUMBER_SID]["voice_url"] is None


def test_what_is_kept_has_no_secret_and_survives_a_half_write(
    line: Line, carrier: StandIn, ivr: Ivr
) -> None:
    ivr("twilio", "setup", "--yes", **line.environment)
    state = Path(line.environment["IVR_STATE"])
    text = (state / "numbers-before-setup.json").read_text()
    assert line.environment["TWILIO_AUTH_TOKEN"] not in text
    assert json.loads(text)[NUMBER_SID]["number"] == NUMBER
    (state / "numbers-before-setup.json").write_text("{")
    ran = ivr("twilio", "undo", **line.environment)
    assert (ran.status, "cannot be read" in ran.err) == (1, True)


def test_every_request_of_setup_doctor_and_undo_is_one_that_the_carrier_describes(
    line: Line, carrier: StandIn, ivr: Ivr, description: str
) -> None:
    line.bin["lifeboat"] = ivr("twilio", "lifeboat", **line.environment).out.encode()
    carrier.description = description
    carrier.numbers[NUMBER_SID].update(
        voice_url=OLD,
        voice_fallback_url=OLD,
        status_callback=OLD,
        emergency_address_sid=None,
    )
    assert ivr("twilio", "setup", *PARTS, "--yes", **line.environment).err == ""
    ran = ivr("twilio", "doctor", **line.environment)
    assert "not as described" not in ran.out
    assert ran.status == 0, ran.out
    tested = ivr("twilio", "test-emergency", "+12025550143", **line.environment)
    assert (tested.status, tested.err) == (0, "")
    # An empty SID takes the address off, which the description does not know.
    carrier.numbers[NUMBER_SID]["emergency_address_sid"] = None
    assert ivr("twilio", "undo", "--yes", **line.environment).err == ""
    assert carrier.numbers[NUMBER_SID]["voice_url"] == OLD
    assert carrier.addresses == {}


@pytest.mark.parametrize("command", ["setup", "undo", "doctor", "lifeboat", "test-emergency"])
def test_every_command_shows_an_example(command: str, ivr: Ivr) -> None:
    ran = ivr("twilio", command, "--help")
    assert f"ivr twilio {command}" in ran.out.partition("Example:")[2]


def test_texts_come_to_the_line_only_if_it_answers_them(
    line: Line, carrier: StandIn, ivr: Ivr
) -> None:
    number = carrier.numbers[NUMBER_SID]
    number["sms_url"] = OLD
    assert ivr("twilio", "setup", "--yes", **line.environment).status == 0
    assert number["sms_url"] == OLD
    words = {"en": "911, {number}", "es": "911, {number}"}
    change(line.prompts / "line.yaml", {"answer_texts": words})
    failed = ivr("twilio", "doctor", **line.environment)
    assert (failed.status, f"a message comes in: {OLD}" in failed.out) == (1, True)
    assert ivr("twilio", "setup", "--yes", **line.environment).status == 0
    assert (number["sms_url"], number["sms_method"]) == (f"{line.url}/text-in", "POST")
    assert ivr("twilio", "undo", "--yes", **line.environment).status == 0
    assert number["sms_url"] == OLD
