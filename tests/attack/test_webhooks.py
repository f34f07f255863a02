"""Attacks on the line itself: by who can forge nothing, and by who has a real call to send."""

import gzip
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest
import requests
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.phone.signature import sign
from ivr.phone.transport import HttpTransport
from ivr.problem import ScriptError
from ivr.script.load import load
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import SHIPPED, TOKEN, change, read_yaml, write

CALL = {"CallSid": "CA" + "0" * 32, "From": "+12025550143", "To": "+12025550100"}
PREMIUM = "+12025550199"
"""Stands for a number that somebody earns money with."""

NUMBERS = load(SHIPPED).numbers

HOSTILE = [
    PREMIUM,
    f"0,{PREMIUM}",
    f"<Number>{PREMIUM}</Number>",
    f"</Say><Dial>{PREMIUM}</Dial>",
    "9" * 200,
    f"sip:{PREMIUM}@evil.example",
    f"0\r\nLocation: tel:{PREMIUM}",
]


@pytest.fixture
def url(urls: Callable[[str], str]) -> str:
    return urls("shipped")


def post(url: str, form: dict[str, str], **headers: str) -> requests.Response:
    signature = sign(TOKEN, url, list(form.items()))
    all_headers = {"X-Twilio-Signature": signature, **headers}
    return requests.post(url, form, headers=all_headers, timeout=15, allow_redirects=False)


def dialled(text: str) -> set[str]:
    root = ET.fromstring(text)  # noqa: S314 our own answer
    return {e.text or "" for e in root.iter("Number")} | {e.text or "" for e in root.iter("Sip")}


@pytest.mark.parametrize(
    "field", ["Digits", "SpeechResult", "DialCallStatus", "CallerName", "From"]
)
@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_caller_sends_is_dialled(url: str, field: str, text: str) -> None:
    """Toll fraud: only the script's numbers are ever dialled, from any place."""
    for place in (
        "",
        "/en/main",
        "/en/hotline?at=dial",
        f"/en/hotline?back={PREMIUM}",
        "/en/danger",
    ):
        answer = post(f"{url}{place}", {**CALL, field: text})
        assert answer.status_code == 200
        assert dialled(answer.text) <= NUMBERS
        assert PREMIUM not in answer.text


@settings(max_examples=60, deadline=None)
@given(
    to=st.one_of(st.just(PREMIUM), st.text(max_size=20)),
    digits=st.text("0123456789*#+,w", max_size=15),
    place=st.text("abcdehlmnoprst./?=&+0123456789", max_size=30),
)
def test_no_place_key_or_number_called_makes_another_number_dialled(
    to: str, digits: str, place: str
) -> None:
    line = _line().test_client()
    path = f"/voice/en/{place}"
    form = {**CALL, "To": to, "Digits": digits}
    signature = sign(TOKEN, f"http://127.0.0.1{path}", list(form.items()))
    headers = {"X-Twilio-Signature": signature}
    answer = line.post(path, base_url="http://127.0.0.1", data=form, headers=headers)
    if answer.status_code == 200:
        assert dialled(answer.text) <= NUMBERS


@cache
def _line() -> Flask:
    return create_app(Settings(auth_tokens=(TOKEN,), prompts=SHIPPED))


def test_a_number_that_is_called_is_shown_only_if_it_is_one(url: str) -> None:
    """`To` becomes the caller id, so what it may be is checked: no header, no element."""
    for to in ('+1202"/><Dial>', "+12025550100\r\nX: y", "anonymous", "+" + "1" * 40):
        answer = post(f"{url}/en/main", {**CALL, "To": to, "Digits": "0"})
        assert "callerId" not in answer.text


def test_a_line_break_in_a_url_or_field_adds_no_header(url: str) -> None:
    for target in ("/voice/en/main%0D%0AX-Evil:%201", "/voice/en/main?back=%0D%0AX-Evil:%201"):
        full = url.removesuffix("/voice") + target
        answer = post(full, {**CALL, "Digits": "0\r\nX-Evil: 1"})
        assert "X-Evil" not in answer.headers
        assert answer.status_code in {200, 404}
        assert "X-Evil" not in answer.text


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "X-Forwarded-For", "Forwarded"])
def test_another_host_name_gets_nothing_signed_for_this_one(url: str, name: str) -> None:
    """And no answer ever names the host that was asked for: its URLs are paths."""
    good = post(url, CALL)
    other = post(url, CALL, **{name: "evil.example"})
    assert other.status_code == (403 if name == "Host" else 200)
    assert "evil.example" not in other.text
    assert "http" not in good.text.partition("<Response>")[2]


@pytest.mark.parametrize("host", ["[", "a:b:c", "evil.example:x", "é", "a b", "::1", "x" * 300])
def test_a_host_name_that_is_none_is_refused_without_a_fuss(url: str, host: str) -> None:
    where = urlsplit(url)
    with closing(HTTPConnection(where.netloc, timeout=15)) as connection:
        connection.putrequest("POST", "/voice", skip_host=True)
        connection.putheader("Host", host.encode())
        connection.putheader("X-Twilio-Signature", "AAAA")
        connection.putheader("Content-Length", "0")
        connection.endheaders()
        assert connection.getresponse().status in {400, 403}


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2f..%2fsettings.py",
        "/static/%2e%2e/app.py",
        "/static//etc/passwd",
        "/script/..%2f..%2fetc%2fpasswd",
        "/text/../../etc/passwd",
        "/map/..%2f..%2fetc",
        "/static/%00",
    ],
)
def test_no_path_leads_out_of_what_is_served(url: str, path: str) -> None:
    where = urlsplit(url)
    with closing(HTTPConnection(where.netloc, timeout=15)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status in {302, 308, 400, 404}
        assert b"root:" not in body
        assert b"import" not in body


def test_a_place_that_climbs_is_the_main_menu(url: str) -> None:
    answer = post(f"{url}/en/..%2F..%2Fetc%2Fpasswd", {**CALL, "Digits": "#"})
    assert answer.status_code in {200, 404}
    assert "passwd" not in answer.text


INJECTED = 'Say & "more" < > <!-- ]]> <?xml ?> <![CDATA['
FORGED = "Say </Say><Dial><Number>+12025550199</Number></Dial>"


def test_words_that_look_like_xml_are_only_said(tmp_path: Path) -> None:
    """XML injection: an agency's name and its prompts go out as text, in the lifeboat too."""
    folder = shutil.copytree(SHIPPED, tmp_path / "prompts")
    for text in (FORGED, INJECTED):
        change(folder / "line.yaml", {"agency": {"name": {"en": text, "es": text}}})
        words = read_yaml(folder / "en.yaml")
        words["prompts"]["main.welcome"] = text
        write(folder / "en.yaml", words)
        if text == FORGED:
            with pytest.raises(ScriptError, match=r"</Say>. is markup"):
                load(folder)
    line = create_app(Settings(auth_tokens=(TOKEN,), prompts=folder)).test_client()
    spoken_text = ""
    for path, added in (
        ("/voice", {}),
        ("/voice/en/opening", {"Digits": "1"}),
        ("/voice/lifeboat", {}),
    ):
        form = {**CALL, **added}
        headers = {"X-Twilio-Signature": sign(TOKEN, f"http://127.0.0.1{path}", list(form.items()))}
        answer = line.post(path, base_url="http://127.0.0.1", data=form, headers=headers)
        root = ET.fromstring(answer.text)  # noqa: S314 our own answer
        spoken_text += "".join(root.itertext())
        assert PREMIUM not in {e.text for e in root.iter("Number")}
    assert "<!-- ]]> <?xml ?> <![CDATA[" in spoken_text


@pytest.mark.parametrize(
    ("signature", "method", "path"),
    [
        ("", "POST", "/voice"),
        ("AAAA", "POST", "/voice"),
        ("right", "POST", "/voice/en/main"),
        ("right", "POST", "/voice?x=1"),
        ("right", "POST", "/voice/"),
        ("right", "GET", "/voice"),
        ("right", "PUT", "/voice"),
    ],
    ids=["missing", "wrong", "other place", "other query", "other path", "GET", "PUT"],
)
def test_a_signature_is_worth_nothing_elsewhere(
    url: str, signature: str, method: str, path: str
) -> None:
    real = sign(TOKEN, url, list(CALL.items()))
    headers = {"X-Twilio-Signature": real if signature == "right" else signature}
    target = url.removesuffix("/voice") + path
    answer = requests.request(method, target, data=CALL, headers=headers, timeout=15)
    assert answer.status_code in {403, 405}
    assert "<Response" not in answer.text


def test_a_body_that_no_signature_covers_is_not_read(url: str) -> None:
    """That of a GET: a copied one would take a call in the name of who is on call."""
    target = f"{url}/whisper/pressed?CallSid={CALL['CallSid']}"
    headers = {"X-Twilio-Signature": sign(TOKEN, target, ())}
    for body in ({}, {"Digits": "1"}):
        answer = requests.get(target, data=body, headers=headers, timeout=15)
        assert answer.status_code == 200
        assert "<Hangup" in answer.text


def test_a_signature_for_another_host_or_another_account_is_worth_nothing(url: str) -> None:
    pairs = list(CALL.items())
    for signature in (
        sign(TOKEN, "http://other.example/voice", pairs),
        sign("another account's token", url, pairs),
    ):
        headers = {"X-Twilio-Signature": signature}
        assert requests.post(url, CALL, headers=headers, timeout=15).status_code == 403


def test_a_replayed_request_is_answered_alike_and_counted_once(tmp_path: Path) -> None:
    """Places are no secret and nothing is dialled by us, so a replay gains nothing."""
    app = create_app(Settings(auth_tokens=(TOKEN,), prompts=SHIPPED, state=tmp_path))
    form = {**CALL, "Digits": "1"}
    path = "/voice/en/main"
    headers = {
        "X-Twilio-Signature": sign(TOKEN, f"http://127.0.0.1{path}", list(form.items())),
        "I-Twilio-Idempotency-Token": "the same",
    }
    client = app.test_client()
    answers = {
        client.post(path, base_url="http://127.0.0.1", data=form, headers=headers).data
        for _ in range(5)
    }
    app.services.telemetry.recorder.close()
    with closing(sqlite3.connect(tmp_path / "records.db")) as records:
        assert records.execute("SELECT count(*) FROM steps").fetchone() == (1,)
    assert len(answers) == 1


def test_an_oversized_body_is_refused_and_not_read_whole(url: str) -> None:
    where = urlsplit(url)
    with closing(HTTPConnection(where.netloc, timeout=15)) as connection:
        connection.putrequest("POST", "/voice")
        connection.putheader("Content-Type", "application/x-www-form-urlencoded")
        connection.putheader("Content-Length", str(10**12))
        connection.putheader("X-Twilio-Signature", "AAAA")
        connection.endheaders()
        assert connection.getresponse().status in {403, 413}


def test_a_bomb_of_fields_is_answered_in_time(url: str) -> None:
    """Ten thousand fields, and names that collide, cost no more than their size."""
    form = {f"F{i}": "x" for i in range(10_000)}
    answer = post(f"{url}/en/main", form)
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() < 1


def test_a_compressed_or_chunked_form_is_no_way_round_the_signature(url: str) -> None:
    """A form that is signed as if it were empty is not acted upon."""
    body = urlencode({**CALL, "Digits": "0"}).encode()
    place = f"{url}/en/main"
    for header, sent in (
        ({"Transfer-Encoding": "chunked"}, iter([body])),
        ({"Content-Encoding": "gzip"}, gzip.compress(body)),
        ({"Content-Encoding": "gzip"}, body),
    ):
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": sign(TOKEN, place, []),
            **header,
        }
        answer = requests.post(place, sent, headers=headers, timeout=15)
        assert answer.status_code in {200, 400, 403}
        assert "<Dial" not in answer.text
    line = HttpTransport(None)
    assert line.request("POST", url, list(CALL.items())).status == 403
    line.close()
