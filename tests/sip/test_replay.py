"""What real PBXs do, as messages: written from what was seen of Asterisk, and sent to the line."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from ivr.doctor import pbx as doctor
from ivr.doctor.check import CheckContext
from ivr.settings import Settings
from tests.lines import TOKEN
from tests.serving import free_port
from tests.sip.conftest import IN_ONE_WORKER, NUMBER, SID, Opened, Opens
from tests.sip.exchange import Exchange, exchange

pytestmark = IN_ONE_WORKER


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings((TOKEN,), SID, carrier_api=f"http://127.0.0.1:{free_port()}")


@pytest.fixture(scope="module")
def trunk(urls: Callable[..., str], opens: Opens, settings: Settings) -> Iterator[Opened]:
    port = settings.carrier_api.rpartition(":")[2]
    with opens(urls("shipped"), "--from", "127.0.0.1", "--recordings", port) as line:
        yield line


@pytest.fixture
def pbx(trunk: Opened) -> Iterator[Exchange]:
    with exchange(trunk.port) as made:
        yield made


def test_the_line_sends_no_offer_of_its_own_after_it_has_answered(pbx: Exchange) -> None:
    pbx.invite("ivr")
    assert pbx.status("INVITE") == 200
    list(pbx.messages(0.6))  # the library's timer for it runs for 0.15 s at the most
    assert not [m for m in pbx.received if m.startswith(("INVITE", "UPDATE"))]
    pbx.hang_up()


@pytest.mark.parametrize("user", [NUMBER, NUMBER[1:], NUMBER[2:]])
def test_a_trunk_dials_the_line_by_its_own_number(pbx: Exchange, user: str) -> None:
    pbx.invite(user)
    assert pbx.status("INVITE") == 200
    pbx.hang_up()


def test_a_trunk_that_dials_another_number_is_refused(pbx: Exchange) -> None:
    pbx.invite("12025550199")
    assert pbx.status("INVITE") == 404


def test_a_pbx_that_asks_for_reliable_ringing_gets_it(pbx: Exchange) -> None:
    pbx.invite("ivr", "Require: 100rel", "Supported: 100rel")
    assert pbx.status("INVITE") == 200
    assert any("RSeq" in m for m in pbx.received)
    pbx.hang_up()


def test_a_codec_of_both_is_agreed_to_beside_others(pbx: Exchange) -> None:
    pbx.invite("ivr")
    assert pbx.status("INVITE") == 200
    answer = next(m for m in pbx.received if "m=audio" in m)
    assert "PCMU/8000" in answer
    assert "G722" not in answer
    assert "opus" not in answer
    pbx.hang_up()


@pytest.mark.parametrize(
    "caller",
    [
        '"Anonymous" <sip:anonymous@anonymous.invalid>',
        '"O\'Brien \\"Bob\\"" <sip:+12025550143@pbx.test>',
        '"José Ñandú" <sip:+12025550143@pbx.test>',
        f'"{"A" * 900}" <sip:+12025550143@pbx.test>',
    ],
    ids=["anonymous", "quotes", "UTF-8", "long"],
)
def test_callers_of_every_name_are_answered(pbx: Exchange, caller: str) -> None:
    pbx.invite("ivr", caller=caller)
    assert pbx.status("INVITE") == 200
    assert pbx.info("application/dtmf-relay", "Signal=1\r\nDuration=160\r\n") == 200
    pbx.hang_up()


def test_a_pbx_that_renews_the_session_is_answered(pbx: Exchange) -> None:
    pbx.invite("ivr", "Supported: timer", "Session-Expires: 1800;refresher=uac")
    assert pbx.status("INVITE") == 200
    pbx.send("UPDATE", "Session-Expires: 1800;refresher=uac")
    assert pbx.status("UPDATE") == 200
    pbx.hang_up()


def test_the_doctor_asks_the_line_how_it_stands_at_the_pbx(
    pbx: Exchange, settings: Settings
) -> None:
    pbx.invite("ivr")
    assert pbx.status("INVITE") == 200
    pbx.hang_up()
    context = CheckContext(settings, dt.datetime.now(dt.UTC))
    assert doctor.registered(context)[1] == "takes a trunk's calls, and does not register"
    level, text, _ = doctor.reachable(context)
    assert level == "failed", "no caller has sent sound"
    assert "0 of them with sound; 0 out" in text
    assert "PCMU, PCMA" in doctor.codecs(context)[1]
    assert "RFC 4733" in doctor.keys(context)[1]


def test_the_doctor_is_told_nothing_without_the_lines_token(
    trunk: Opened, settings: Settings
) -> None:
    stranger = Settings(("wrong",), SID, carrier_api=settings.carrier_api)
    level, text, _ = doctor.keys(CheckContext(stranger, dt.datetime.now(dt.UTC)))
    assert level == "skipped", text
