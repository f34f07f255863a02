"""Doctor's table: every row proved well, and proved to tell what is wrong with its remedy."""

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests

from ivr.carrier import client as accounts
from ivr.carrier.emergency import Registration, apply_emergency_gate, load_registration
from ivr.cli.local_server import on_loopback
from ivr.doctor import table
from ivr.doctor.check import CheckContext, Row
from ivr.phone.call import Call
from ivr.phone.parties import Parties
from ivr.phone.transport import HttpTransport
from ivr.script.load import load
from ivr.settings import Settings
from ivr.web import create_app
from tests.caller import Caller
from tests.carrier.conftest import Line, with_bridge
from tests.carrier.stand_in import NUMBER, NUMBER_SID, TOKEN, StandIn
from tests.cli.conftest import Ivr
from tests.lines import change

ALL = [*table.CARRIER]


@dataclass
class Case:
    """What may be put out of order before doctor looks."""

    line: Line
    carrier: StandIn
    patch: pytest.MonkeyPatch
    now: dt.datetime | None = None

    @property
    def number(self) -> dict:
        return self.carrier.numbers[NUMBER_SID]


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once."""
    hasty = accounts.PATIENCE.new(backoff_factor=0, backoff_jitter=0)
    monkeypatch.setattr(accounts, "PATIENCE", hasty)


@pytest.fixture
def case(ready: Line, carrier: StandIn, monkeypatch: pytest.MonkeyPatch) -> Case:
    return Case(ready, carrier, monkeypatch)


def examined(line: Line, now: dt.datetime | None = None) -> Iterator[Row]:
    settings = Settings.from_env(line.environment)
    script = load(line.prompts)
    context = CheckContext(settings, now or dt.datetime.now(dt.UTC), script, is_online=True)
    return table.run_carrier(context)


def rows(line: Line) -> dict[str, Row]:
    return {row.name: row for row in examined(line)}


def test_a_line_in_order_is_well_in_every_row(case: Case) -> None:
    results = rows(case.line)
    assert list(results) == ALL
    assert {name: row.text for name, row in results.items() if row.level != "ok"} == {}


CASES: list[tuple[str, str, str, Callable[[Case], object]]] = [
    (
        "account",
        "failed",
        "is suspended",
        lambda c: c.carrier.account_fields.update(status="suspended"),
    ),
    (
        "account",
        "failed",
        "a trial account",
        lambda c: c.carrier.account_fields.update(type="Trial"),
    ),
    ("account", "failed", "does not know this account", lambda c: setattr(c.carrier, "token", "x")),
    (
        "token",
        "warning",
        "1 of the 2 tokens",
        lambda c: c.line.environment.update(TWILIO_AUTH_TOKEN=f"{TOKEN},old"),
    ),
    (
        "token",
        "warning",
        "one is being rotated",
        lambda c: c.line.environment.update(TWILIO_AUTH_TOKEN=f"{TOKEN},{TOKEN}"),
    ),
    ("balance", "failed", "no call is taken", lambda c: setattr(c.carrier, "money", "-1.50")),
    ("balance", "warning", "12.30 USD are left", lambda c: setattr(c.carrier, "money", "12.3")),
    ("calls at once", "failed", "2 calls at once", lambda c: c.carrier.profiles.clear()),
    (
        "calls at once",
        "warning",
        "3 calls at once",
        lambda c: setattr(c.carrier, "profiles", ["Individual Customer Profile"]),
    ),
    (
        "calls at once",
        "warning",
        "before 3 February 2026",
        lambda c: (
            c.carrier.profiles.clear(),
            c.carrier.account_fields.update(date_created="Mon, 02 Feb 2026 10:00:00 +0000"),
        ),
    ),
    (
        "carrier's clock",
        "failed",
        "this machine's clock is",
        lambda c: setattr(c, "now", dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)),
    ),
    ("countries", "failed", "numbers in US may not be called", lambda c: c.carrier.shut.add("US")),
    ("countries", "warning", "known for fraud in US", lambda c: c.carrier.fraud.add("US")),
    ("number", "failed", "the account owns no number", lambda c: c.carrier.numbers.clear()),
    (
        "wiring",
        "failed",
        "a call comes in: https://else.example.org",
        lambda c: c.number.update(voice_url="https://else.example.org"),
    ),
    (
        "wiring",
        "failed",
        "status callback: nothing",
        lambda c: c.number.update(status_callback=None),
    ),
    ("wiring", "failed", "takes: fax", lambda c: c.number.update(voice_receive_mode="fax")),
    (
        "wiring",
        "warning",
        "waits long",
        lambda c: c.number.update(voice_url=f"{c.line.url}/voice"),
    ),
    (
        "overrides",
        "failed",
        "the application AP1",
        lambda c: c.number.update(voice_application_sid="AP" + "1" * 32),
    ),
    (
        "overrides",
        "failed",
        "the SIP trunk TK1",
        lambda c: c.number.update(trunk_sid="TK" + "1" * 32),
    ),
    ("911", "failed", "has no registered address", lambda c: with_bridge(c.line)),
    (
        "911",
        "failed",
        "is being registered",
        lambda c: (
            with_bridge(c.line),
            c.number.update(emergency_address_status="pending-registration"),
        ),
    ),
    ("text messages", "warning", "no campaign", lambda c: setattr(c.carrier, "campaign", None)),
    ("text messages", "warning", "is PENDING", lambda c: setattr(c.carrier, "campaign", "PENDING")),
    (
        "text messages",
        "warning",
        "verification is missing",
        lambda c: c.number.update(phone_number="+18885550100"),
    ),
    (
        "lifeboat",
        "failed",
        "not the script's current lifeboat",
        lambda c: change(c.line.prompts / "en.yaml", {"prompts": {"lifeboat": "{name} {number}"}}),
    ),
    (
        "lifeboat",
        "failed",
        "does not answer",
        lambda c: c.number.update(voice_fallback_url="http://127.0.0.1:9/lifeboat"),
    ),
    (
        "lifeboat",
        "failed",
        "answers with 404",
        lambda c: c.number.update(voice_fallback_url=f"{c.line.url}/no-such-thing"),
    ),
    (
        "lifeboat",
        "failed",
        "would not take it",
        lambda c: c.line.bin.update(lifeboat=b"<p>Page not found</p>"),
    ),
    ("lifeboat", "failed", "there is none", lambda c: c.number.update(voice_fallback_url=None)),
    (
        "lifeboat",
        "warning",
        "fails together with it",
        lambda c: c.number.update(voice_fallback_url=f"{c.line.url}/voice/lifeboat"),
    ),
    (
        "lifeboat",
        "warning",
        "cannot be read",
        lambda c: c.line.bin.update(lifeboat=("", 403)),
    ),
    (
        "answers",
        "failed",
        "does not answer as it should",
        lambda c: c.patch.setattr("ivr.web.voice.signature.is_valid", lambda *_: False),
    ),
    (
        "answers",
        "failed",
        "does not listen",
        lambda c: c.patch.setattr("ivr.web.voice.webhooks.answer", lambda *_: 1 / 0),
    ),
    (
        "answers",
        "failed",
        "does not ring",
        lambda c: c.patch.setattr("ivr.web.voice.webhooks.own_number", lambda *_: None),
    ),
    (
        "strangers",
        "failed",
        "false signature was answered with 200",
        lambda c: c.patch.setattr("ivr.web.voice.signature.is_valid", lambda *_: True),
    ),
    (
        "strangers",
        "failed",
        "does not answer",
        lambda c: c.line.environment.update(IVR_PUBLIC_URL="https://127.0.0.1:9"),
    ),
    (
        "certificate",
        "failed",
        "cannot be reached",
        lambda c: c.line.environment.update(IVR_PUBLIC_URL="https://127.0.0.1:9"),
    ),
    (
        "ready",
        "failed",
        "/readyz does not answer",
        lambda c: c.line.environment.update(IVR_PUBLIC_URL="https://127.0.0.1:9"),
    ),
    (
        "ready",
        "failed",
        "answers with 404",
        lambda c: c.line.environment.update(IVR_PUBLIC_URL=f"{c.line.url}/elsewhere"),
    ),
    (
        "certificate",
        "failed",
        "is not trusted",
        lambda c: c.line.environment.update(
            IVR_PUBLIC_URL=c.line.url.replace("127.0.0.1", "localhost")
        ),
    ),
]


@pytest.mark.parametrize(
    ("row", "level", "text", "spoil"), CASES, ids=[f"{c[0]}: {c[2]}" for c in CASES]
)
def test_what_is_wrong_is_told_with_its_remedy(
    row: str,
    level: str,
    text: str,
    spoil: Callable[[Case], object],
    case: Case,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL, "ivr.voice")
    spoil(case)
    result = next(r for r in examined(case.line, case.now) if r.name == row)
    assert (result.level, text in result.text) == (level, True), result
    assert result.remedy


def test_every_row_has_a_case_that_fails_it() -> None:
    assert {case[0] for case in CASES} == set(ALL)


def test_a_certificate_that_ends_soon_is_told(case: Case) -> None:
    days = int(next(examined(case.line)).text.split()[2])
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=days - 3)
    result = next(examined(case.line, later))
    assert (result.level, result.text) == ("warning", "it ends in 3 days")


def test_a_lifeboat_that_its_host_has_laid_out_anew_is_current(case: Case) -> None:
    document = case.line.bin["lifeboat"]
    case.line.bin["lifeboat"] = document.replace(b"><Say", b">\n  <Say").replace(b"?>", b"?>\n")
    assert rows(case.line)["lifeboat"].level == "ok"


def test_carrier_trouble_in_a_row_is_that_rows_alone(case: Case) -> None:
    case.carrier.fails_at("Balance", 500)
    results = rows(case.line)
    assert (results["balance"].level, results["account"].level) == ("failed", "ok")
    assert "trouble of its own" in results["balance"].text
    assert results["answers"].level == "ok"


def test_the_status_tells_whether_a_row_failed(ready: Line, carrier: StandIn, ivr: Ivr) -> None:
    well = ivr("twilio", "doctor", **ready.environment)
    assert (well.status, well.err) == (0, "")
    carrier.money = "12.30"
    warned = ivr("twilio", "doctor", **ready.environment)
    assert (warned.status, "12.30 USD are left" in warned.out) == (0, True)
    carrier.numbers[NUMBER_SID]["trunk_sid"] = "TK" + "1" * 32
    failed = ivr("twilio", "doctor", **ready.environment)
    assert (failed.status, "ivr twilio setup" in failed.out) == (1, True)


def test_looking_changes_nothing_at_the_carrier_and_leaves_no_record_of_a_call(
    ready: Line, carrier: StandIn, ivr: Ivr, web: tuple[str, Path]
) -> None:
    def calls() -> list[str]:
        trust = str(web[1] / "authority.pem")
        figures = requests.get(f"{ready.url}/metrics", verify=trust, timeout=5).text
        return [line for line in figures.splitlines() if line.startswith("ivr_calls")]

    asked, before = len(carrier.asked), calls()
    assert before
    ivr("twilio", "doctor", **ready.environment)
    assert {a.method for a in carrier.asked[asked:]} == {"GET"}
    assert calls() == before


def test_the_bridge_to_911_is_shut_until_doctor_saw_an_address(
    ready: Line, carrier: StandIn, ivr: Ivr
) -> None:
    with_bridge(ready)
    settings = Settings.from_env(ready.environment)
    script = load(ready.prompts)
    assert not apply_emergency_gate(script, settings).line.emergency.bridge
    ivr("twilio", "doctor", **ready.environment)
    assert not apply_emergency_gate(script, settings).line.emergency.bridge
    carrier.numbers[NUMBER_SID]["emergency_address_status"] = "registered"
    ivr("twilio", "doctor", **ready.environment)
    assert load_registration(settings) == Registration(NUMBER, dt.datetime.now(dt.UTC).date())
    opened = apply_emergency_gate(script, settings).line
    assert (opened.emergency.bridge, opened.agency.number) == (True, NUMBER)
    carrier.numbers[NUMBER_SID]["emergency_address_status"] = "unregistered"
    ivr("twilio", "doctor", **ready.environment)
    assert not apply_emergency_gate(script, settings).line.emergency.bridge


def test_a_running_line_connects_to_911_as_its_number_once_the_address_was_seen(
    ready: Line, carrier: StandIn, ivr: Ivr
) -> None:
    with_bridge(ready)
    settings = replace(Settings.from_env(ready.environment), public_url="", audio=False)

    def nine() -> Caller:
        with on_loopback(create_app(settings)) as url, closing(HttpTransport(TOKEN)) as wire:
            call = Call(wire, url, Parties(called="+12025550188"))
            return Caller(call).dial().press("1").press("9").press("9")

    nine().is_listened_to().hears("Hang up")
    carrier.numbers[NUMBER_SID]["emergency_address_status"] = "registered"
    ivr("twilio", "doctor", **ready.environment)
    ringing = nine().is_connected_to("911").call.state
    assert ringing.dial.caller_id == NUMBER, "not the number that was called, which has no address"


def test_an_address_of_another_number_does_not_open_the_bridge(
    ready: Line, carrier: StandIn, ivr: Ivr
) -> None:
    carrier.numbers[NUMBER_SID]["emergency_address_status"] = "registered"
    ivr("twilio", "doctor", **ready.environment)
    with_bridge(ready)
    change(ready.prompts / "line.yaml", {"agency": {"number": "+12025550177"}})
    script = load(ready.prompts)
    assert not apply_emergency_gate(
        script, Settings.from_env(ready.environment)
    ).line.emergency.bridge


def test_a_day_stated_in_the_script_opens_the_bridge(line: Line) -> None:
    with_bridge(line, address_registered_on="2026-11-01")
    script = load(line.prompts)
    assert apply_emergency_gate(script, Settings.from_env(line.environment)) is script


def test_a_broken_memory_of_an_address_keeps_the_bridge_shut(line: Line, state: Path) -> None:
    state.mkdir(exist_ok=True)
    for broken in ("", "[]", '{"number": "+12025550100"}', '{"number": 1, "on": "soon"}'):
        (state / "emergency-address.json").write_text(broken)
        assert load_registration(Settings.from_env(line.environment)) is None


def test_the_test_of_911_rings_you_and_dials_933_and_never_911(
    ready: Line, carrier: StandIn, ivr: Ivr
) -> None:
    refused = ivr("twilio", "test-emergency", "+12025550143", **ready.environment)
    assert (refused.status, "no registered emergency address" in refused.err) == (1, True)
    assert carrier.calls == []
    carrier.numbers[NUMBER_SID]["emergency_address_status"] = "registered"
    ran = ivr("twilio", "test-emergency", "+1 202-555-0143", **ready.environment)
    assert "Listen for:" in ran.out
    assert f"it must be {NUMBER}" in ran.out
    (call,) = carrier.calls
    assert (call["to"], call["from"]) == ("+12025550143", NUMBER)
    assert f'<Dial callerId="{NUMBER}"><Number>933</Number></Dial>' in call["twiml"]
    assert "911" not in call["twiml"]


@pytest.mark.parametrize("phone", ["911", "+911", "933", "friend", ""])
def test_the_test_of_911_rings_telephones_alone(
    phone: str, line: Line, carrier: StandIn, ivr: Ivr
) -> None:
    ran = ivr("twilio", "test-emergency", phone, **line.environment)
    assert (ran.status, "is no telephone" in ran.err) == (1, True)
    assert carrier.calls == []


def test_the_rehearsal_of_somebody_else_is_refused(ready: Line) -> None:
    line = HttpTransport("another token")
    answer = line.request("POST", f"{ready.url}/voice", [("Rehearsal", "1")])
    line.close()
    assert answer.status == 403


class Slow:
    """A clock that is five minutes slow."""

    @staticmethod
    def now(zone: dt.tzinfo) -> dt.datetime:
        return dt.datetime.now(zone) - dt.timedelta(minutes=6)
