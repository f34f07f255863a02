"""What answers in front of Flask answers as Flask does: every byte, for whatever comes."""

import io
import logging
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ivr.phone.signature import sign
from ivr.settings import Settings
from ivr.web import create_app
from ivr.web.voice.webhook_form import decode
from tests.lines import SHIPPED, TOKEN

HOST = "line.example.org"

places = st.sampled_from(
    [
        "",
        "/",
        "/en/opening",
        "/en/main",
        "/es/signs.2",
        "/en/hotline",
        "/en/check.3",
        "/en/gone",
        "/xx/main",
        "/en//main",
        "/en/",
        "/en",
        "/status",
        "/lifeboat",
        "/en/ma%69n",
        "/en/se%C3%B1a",
    ]
)
queries = st.sampled_from(
    [
        "",
        "try=1",
        "at=dial",
        "try=2&slow=1",
        "yes=1",
        "a=%FF",
        "To=sip:x",
        "try=1&try=2",
        "&&=",
        "x",
    ]
)
values = st.one_of(
    st.sampled_from(["", "0", "1", "9", "#", "*", "12", "help", "busy", "completed", "+1 2"]),
    st.text(max_size=6),
)
names = st.sampled_from(["Digits", "SpeechResult", "Confidence", "DialCallStatus", "To", "Odd"])
fields = st.lists(st.tuples(names, values), max_size=5)
OWN = [("CallSid", "CA" + "0" * 32), ("To", "+12025550100")]


@cache
def line() -> Flask:
    return create_app(Settings(auth_tokens=(TOKEN,), prompts=SHIPPED))


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


Answers = tuple[str, str, bytes]
"""Status, type and body; what else Flask adds is for browsers."""


def asked(path: str, query: str, body: bytes, **more: str) -> Callable[[Any], Answers]:
    """Return how an application is asked, as a server does it."""

    def ask(application: Any) -> Answers:
        environ = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": path.replace("%69", "i").replace("%C3%B1", "Ã±"),
            "RAW_URI": path + (f"?{query}" if query else ""),
            "QUERY_STRING": query,
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": HOST,
            "SERVER_NAME": HOST,
            "SERVER_PORT": "80",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            **more,
        }
        response_head: list[Any] = []
        chunks = application(environ, lambda *head: response_head.extend(head[:2]))
        return response_head[0], dict(response_head[1]).get("Content-Type", ""), b"".join(chunks)

    return ask


@settings(max_examples=400, deadline=None)
@given(place=places, query=queries, form=fields, signed=st.integers(0, 9))
@example(place="/en/opening", query="To=sip:x", form=[("Digits", "0")], signed=1)
@example(place="", query="To=%2B12025550199", form=[], signed=1)
def test_a_webhook_is_answered_as_flask_answers_it(
    place: str, query: str, form: list[tuple[str, str]], signed: int
) -> None:
    form = [*OWN, *form]
    path = f"/voice{place}"
    url = f"http://{HOST}{path}" + (f"?{query}" if query else "")
    token = TOKEN if signed else "another"
    ask = asked(
        path, query, urlencode(form).encode(), HTTP_X_TWILIO_SIGNATURE=sign(token, url, form)
    )
    assert ask(line().wsgi_app) == ask(Flask.wsgi_app.__get__(line()))


@settings(max_examples=400, deadline=None)
@given(body=st.one_of(st.binary(max_size=60), st.text("ab=&+%4é\x00;", max_size=30)))
def test_a_form_is_read_as_flask_reads_it(body: bytes | str) -> None:
    raw = body if isinstance(body, bytes) else body.encode()
    try:
        expected = parse_qsl(raw.decode(), keep_blank_values=True, errors="werkzeug.url_quote")
    except ValueError:
        expected = []
    assert decode(raw) == expected


@pytest.mark.parametrize(
    "more",
    [
        {"CONTENT_LENGTH": "9" * 5000},
        {"CONTENT_LENGTH": ""},
        {"CONTENT_LENGTH": "-1"},
        {"CONTENT_LENGTH": "99999"},
        {"CONTENT_TYPE": "multipart/form-data; boundary=x"},
        {"CONTENT_TYPE": "application/json"},
        {"HTTP_HOST": "evil.example:x"},
        {"HTTP_X_TWILIO_SIGNATURE": "é"},
        {"REQUEST_METHOD": "PUT"},
    ],
    ids=str,
)
def test_an_odd_request_is_answered_as_flask_answers_it(more: dict[str, str]) -> None:
    body = urlencode(OWN).encode()
    signature = sign(TOKEN, f"http://{HOST}/voice", OWN)
    ask = asked("/voice", "", body, **{"HTTP_X_TWILIO_SIGNATURE": signature, **more})
    assert ask(line().wsgi_app) == ask(Flask.wsgi_app.__get__(line()))


def test_a_turn_is_the_same_all_minute_but_its_fact_has_its_own_moment() -> None:
    """What is kept is the answer; when somebody got it is a fact of theirs."""
    recorder = line().services.telemetry.recorder
    recorder.close()
    recorder._is_started = True  # nobody writes meanwhile
    recorder._facts.clear()
    form = [*OWN, ("Digits", "1")]
    signature = sign(TOKEN, f"http://{HOST}/voice/en/main", form)
    ask = asked("/voice/en/main", "", urlencode(form).encode(), HTTP_X_TWILIO_SIGNATURE=signature)
    first, second = ask(line().wsgi_app), ask(line().wsgi_app)
    recorder.catch_up()
    moments = [note.moment for note in recorder._facts]
    recorder._is_started = False
    recorder._facts.clear()
    assert first == second
    assert len(moments) == len(set(moments)) == 2
