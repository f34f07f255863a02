"""What goes wrong on the wire, with the carrier's error codes, and that it ends the call."""

import time

import pytest

from ivr.cli.local_server import on_loopback
from ivr.errors import PhoneError
from ivr.phone import transport as wire
from ivr.phone.call import Call, Ended
from ivr.phone.transport import HttpTransport, WsgiTransport
from ivr.phone.twiml.verbs import Refused
from tests.phone.conftest import Opens
from tests.phone.tiny import TinyLine

DONE = "<Say>Done.</Say>"
NO_ADDRESSES = [
    "",
    "/voice",
    "line.example.org",
    "ftp://line.example.org/",
    "http://",
    "http://my_line.example.org/",
    "http://line.example.org:port/",
    "http://line example.org/",
    "http://.example.org/",
]


@pytest.mark.parametrize("url", NO_ADDRESSES)
@pytest.mark.parametrize(
    "line", [HttpTransport(None), WsgiTransport(TinyLine(DONE), None)], ids=type
)
def test_what_is_no_web_address_is_told(line: HttpTransport | WsgiTransport, url: str) -> None:
    """Twilio 11100: invalid URL format."""
    phone = Call(line, url)
    with pytest.raises(Refused, match=r'^11100 ".*" (is not a web address|cannot be requested)'):
        phone.dial()
    assert phone.state == Ended("refused")


def test_nobody_who_answers_is_told_with_the_place() -> None:
    """Twilio 11205: HTTP connection failure."""
    with on_loopback(TinyLine(DONE)) as url:
        pass
    message = (
        f"11205 {url.removesuffix('/voice')} does not answer at all: is the line running there?"
    )
    line = HttpTransport(None)
    with pytest.raises(PhoneError) as raised:
        Call(line, url).dial()
    line.close()
    assert str(raised.value) == message


def test_a_line_that_is_too_slow_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twilio: every request of a call has 15 seconds, and no more."""
    assert wire.TIMEOUT_SECONDS == 15
    monkeypatch.setattr(wire, "TIMEOUT_SECONDS", 0.1)

    def slow(environ, start_response):
        time.sleep(0.4)
        return TinyLine(DONE)(environ, start_response)

    line = HttpTransport(None)
    with on_loopback(slow) as url, pytest.raises(Refused, match="does not answer in time"):
        Call(line, url).dial()
    line.close()


def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    """Twilio 11750: more than 64 kB is not taken, so that no more than that need be read."""
    sent = []

    def endless(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/xml")])
        for n in range(1000):
            sent.append(n)
            yield b"<" * 65536

    line = HttpTransport(None)
    with on_loopback(endless) as url, pytest.raises(Refused, match="11750 the document has more"):
        Call(line, url).dial()
    line.close()
    assert len(sent) < 500


def test_a_document_that_is_refused_ends_the_call(opens: Opens) -> None:
    phone, line = opens(voice='<Gather action="/next"/><Say>Unreachable.</Say>', next="<Sing/>")
    phone.dial()
    with pytest.raises(Refused, match="<Response> cannot hold <Sing>"):
        phone.press("1#")
    assert phone.state == Ended("refused")
    with pytest.raises(PhoneError, match=r"the call has ended \(refused\)"):
        phone.silence()
    assert len(line.asked) == 2


def test_the_environment_has_no_say_in_where_the_call_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The carrier has no proxy of ours."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    line = HttpTransport(None)
    with on_loopback(TinyLine(DONE)) as url:
        phone = Call(line, url)
        phone.dial()
    line.close()
    assert [utterance.text for utterance in phone.utterances] == ["Done."]
