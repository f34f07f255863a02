"""Whatever is sent to whatever route: no error, no hang, no memory kept; as docs/openapi.yaml says.

`make fuzz` sends 10,000 requests; here are a few of each operation.
"""

import logging
import os
import re
import resource
import time
from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import parse_qsl

import pytest
import requests
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from schemathesis import Case
from werkzeug.test import TestResponse

from ivr.accounts import operators
from ivr.database.engine import open_and_migrate
from ivr.phone.signature import sign
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import SHIPPED, TOKEN, read_yaml

PAGE = Path(__file__).parents[2] / "docs" / "openapi.yaml"
PATHS = read_yaml(PAGE)["paths"]
SCHEMA = schemathesis.openapi.from_path(str(PAGE))
OPERATIONS = [(path, method) for path in PATHS for method in PATHS[path] if method != "parameters"]
REQUESTS = int(os.environ.get("IVR_FUZZ_REQUESTS", "300"))
EACH = max(REQUESTS // len(OPERATIONS), 1)
BASE = "http://127.0.0.1"
HANG_SECONDS = 1.0
GROWTH_MIB = 40
NAME, PASSWORD = "maria", "a long password of hers"

sent: Counter[int] = Counter()


@cache
def service() -> Flask:
    settings = Settings(auth_tokens=(TOKEN,), prompts=SHIPPED, state=Path(mkdtemp()))
    operators.add(open_and_migrate(settings), NAME, PASSWORD)
    return create_app(settings)


WEBHOOKS = ("/voice/",)
QUIET = {"/voice/whisper/pressed"}
"""Where an empty document is an answer: it puts a caller through."""


@cache
def operator() -> FlaskClient:
    client = service().test_client()
    page = client.get("/sign-in").text
    token_field = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token_field is not None
    form = {"csrf_token": token_field[1], "name": NAME, "password": PASSWORD}
    assert client.post("/sign-in", data=form).status_code == 302
    return client


def test_the_description_names_every_route_and_no_other() -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in service().url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert set(OPERATIONS) == routes


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda x: x)
def test_nothing_that_is_sent_makes_an_error_or_a_hang(
    path: str, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    operation = SCHEMA[path][method]

    @limits(
        max_examples=EACH, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy())
    def send(case: Case) -> None:
        request = prepared(case, path)
        if request is None:
            return
        answer, took = answered(request)
        if took > HANG_SECONDS:  # the machine's, unless it comes again
            answer, took = answered(request)
        sent[answer.status_code] += 1
        assert str(answer.status_code) in PATHS[path][method]["responses"], answer.text
        assert took < HANG_SECONDS
        if path.startswith(WEBHOOKS) and path not in QUIET and answer.status_code == 200:
            assert "<Gather" in answer.text or "<Dial" in answer.text or "<Hangup" in answer.text

    send()
    service().services.telemetry.recorder.close()


def answered(request: requests.PreparedRequest) -> tuple[TestResponse, float]:
    """Return what is answered, and after how many seconds."""
    began = time.perf_counter()
    answer = operator().open(
        request.path_url,
        base_url=BASE,
        method=request.method or "GET",
        data=request.body or b"",
        headers=list(request.headers.items()),
    )
    return answer, time.perf_counter() - began


def prepared(case: Case, path: str) -> requests.PreparedRequest | None:
    """Return a generated request as it goes on the wire, signed where the carrier would sign."""
    kwargs = case.as_transport_kwargs(base_url=BASE)
    kwargs["headers"] = {
        name: value
        for name, value in kwargs["headers"].items()
        if name not in {"X-Twilio-Signature", "Cookie"} and value.isascii() and value.isprintable()
    }
    kwargs.pop("cookies", None)
    try:
        request = requests.Request(**kwargs).prepare()
    except (requests.RequestException, UnicodeError, ValueError):
        return None  # no client could send this
    if path.startswith((*WEBHOOKS, "/record")) or path == "/voice":
        body = request.body or b""
        text = body.decode() if isinstance(body, bytes) else body
        form = parse_qsl(text, keep_blank_values=True) if request.method == "POST" else []
        try:
            request.headers["X-Twilio-Signature"] = sign(TOKEN, str(request.url), form)
        except UnicodeError:
            return None
    return request


def test_nothing_is_kept_of_what_was_sent(caplog: pytest.LogCaptureFixture) -> None:
    """Two thousand different addresses fill what is kept; as many more again take no room."""
    caplog.set_level(logging.CRITICAL)
    client = service().test_client()

    def send(begin: int) -> None:
        for i in range(begin, begin + max(REQUESTS, 2000)):
            path = f"/voice/en/main?back=n{i}&at={'x' * (i % 200)}"
            form = [("CallSid", f"CA{i:032x}"), ("Digits", str(i % 10)), ("Odd", "y" * 1000)]
            headers = {"X-Twilio-Signature": sign(TOKEN, f"{BASE}{path}", form)}
            assert (
                client.post(path, base_url=BASE, data=dict(form), headers=headers).status_code
                == 200
            )

    send(0)
    service().services.telemetry.recorder.close()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    send(10**6)
    service().services.telemetry.recorder.close()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < GROWTH_MIB
