"""`ivr bench calls`: whole calls at once over HTTP, every answer checked."""

import os
import resource
import subprocess
from collections.abc import Callable

import pytest
from flask import Flask, Response

from ivr.cli.local_server import on_loopback
from tests.lines import TOKEN
from tests.serving import IVR

ENV = {"TWILIO_AUTH_TOKEN": TOKEN}

pytestmark = pytest.mark.slow
"""Each test starts a process of `ivr`."""


def bench(url: str, *options: str) -> tuple[int, str]:
    command = [*IVR, "bench", "calls", url, "--rate", "200", "--pause", "0.05", *options]
    env = {**os.environ, **ENV}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=90)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_many_calls_at_once_all_lead_to_a_person(urls: Callable[[str], str]) -> None:
    status, output = bench(urls("shipped"), "--calls", "60")
    assert status == 0, output
    assert "60 of 60" in output
    assert "p99 ms" in output


def test_a_call_that_leads_nowhere_is_counted_as_failed() -> None:
    app = Flask("silent")
    app.add_url_rule(
        "/voice",
        view_func=lambda: Response("<Response><Hangup/></Response>", content_type="text/xml"),
        methods=["POST"],
    )
    with on_loopback(app) as url:
        status, output = bench(url, "--calls", "3", "--keys", "")
    assert status == 1
    assert "3 of 3 calls failed" in output
    assert "the call ended" in output


def test_a_line_that_is_not_there_is_told() -> None:
    status, output = bench("http://127.0.0.1:1/voice", "--calls", "2")
    assert status == 1
    assert "the line does not answer" in output


def test_help_is_there_at_once() -> None:
    """By the processor's time, the least of three: other programs run, too."""
    took = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([*IVR, "--help"], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(took) < 0.3
