"""The line survives its own servers: whatever is gone, the call ends at a person."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from flask import Flask, Response

from ivr.cli.local_server import on_loopback
from ivr.phone.call import Call, Ended
from ivr.phone.transport import HttpTransport
from ivr.phone.twiml.verbs import Refused
from tests.caller import Caller
from tests.cli.conftest import Ivr
from tests.lines import SHIPPED, TOKEN
from tests.serving import free_port

REAL = {"TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_ACCOUNT_SID": "AC" + "0" * 32}
HOTLINE = "+18883737888"
SHORT = 4000
"""Characters that the carrier takes of a document in a REST request, its smallest known limit."""


@pytest.fixture
def document(ivr: Ivr) -> str:
    ran = ivr("twilio", "lifeboat", "--number", "+12025550100", "--prompts", SHIPPED)
    assert (ran.status, ran.err) == (0, "")
    return ran.out


@pytest.fixture
def hosted(document: str) -> Iterator[str]:
    """Host the document elsewhere; return its URL."""
    host = Flask("host")
    answer = Response(document, content_type="text/xml")
    host.add_url_rule("/voice", view_func=lambda: answer)
    with on_loopback(host) as url:
        yield url


def test_it_is_short_names_no_url_and_speaks_every_language(document: str) -> None:
    assert len(document) < SHORT
    assert "http" not in document
    assert "{" not in document
    tree = ET.fromstring(document)  # noqa: S314 our own
    assert [say.get("language") for say in tree.iter("Say")] == ["en-US", "es-US"] * 2
    assert [number.text for number in tree.iter("Number")] == [HOTLINE]
    assert "9 1 1" in document
    assert "911" not in re.sub(r"9 1 1", "", document)


def test_without_a_number_of_the_line_it_says_what_is_shown(ivr: Ivr, tmp_path: Path) -> None:
    ran = ivr("twilio", "lifeboat", "-o", tmp_path / "lifeboat.xml", "--prompts", SHIPPED)
    assert ran.status == 0
    assert "sees the caller's number" in ran.err
    assert "callerId" not in (tmp_path / "lifeboat.xml").read_text()


def test_a_caller_whose_server_dies_in_mid_call_ends_at_a_person(
    serve, prompts: Path, hosted: str
) -> None:
    with closing(HttpTransport(TOKEN)) as line:
        with serve(prompts, "--workers", "1", **REAL) as (url, _):
            call = Call(line, f"{url}/voice").fall_back(hosted)
            caller = Caller(call).dial().press("1").is_listened_to()
        caller.press("2").is_connected_to(HOTLINE)
        caller.hears("9 1 1", "National Human Trafficking Hotline", "8 8 8", "Línea Nacional")
        caller.ends("busy").hears("8 8 8").is_hung_up_on()
        assert call.state == Ended("end of document")


def test_a_caller_whose_server_is_not_there_at_all_ends_at_a_person(hosted: str) -> None:
    with closing(HttpTransport(TOKEN)) as line:
        call = Call(line, f"http://127.0.0.1:{free_port()}/voice").fall_back(hosted)
        Caller(call).dial().is_connected_to(HOTLINE)
        assert "+12025550143" not in str(call.state)


def test_a_fallback_that_fails_too_ends_the_call() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/voice"
    with closing(HttpTransport(TOKEN)) as line, pytest.raises(Refused, match="11205"):
        Call(line, nowhere).fall_back(nowhere).dial()
