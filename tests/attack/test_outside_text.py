"""Text from outside is text: no number that Python refuses, no markup, no file without an end."""

import base64
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask.testing import FlaskClient

from ivr import metrics
from ivr.cli.main import ivr
from ivr.cli.report import WRITERS
from ivr.records.reports.tables import Table
from ivr.script.yaml_source import MAX_PARTS, read_yaml
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import SHIPPED, change
from tests.post import Post
from tests.serving import until

HOSTILE_HEADERS = {
    "a long number": {"Telnyx-Timestamp": "9" * 5000},
    "no number": {"Telnyx-Timestamp": "²"},
    "no ASCII": {"Telnyx-Timestamp": "{now}", "Telnyx-Signature-Ed25519": "é"},
    "no base64": {"Telnyx-Timestamp": "{now}", "Telnyx-Signature-Ed25519": "A"},
    "too short": {"Telnyx-Timestamp": "{now}", "Telnyx-Signature-Ed25519": "AAAA"},
}


@pytest.fixture
def telnyx(post: Post, tmp_path: Path, prompts: Path) -> FlaskClient:
    change(prompts / "line.yaml", {"carrier": "telnyx"})
    key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    token = base64.b64encode(key).decode()
    settings = Settings(
        (token,), prompts=prompts, audio=False, state=tmp_path / "state", **post.settings
    )
    return create_app(settings).test_client()


@pytest.mark.parametrize("headers", HOSTILE_HEADERS.values(), ids=HOSTILE_HEADERS)
def test_a_strange_header_is_refused_and_alerts_nobody(
    telnyx: FlaskClient, post: Post, headers: dict[str, str]
) -> None:
    given = {name: value.replace("{now}", str(int(time.time()))) for name, value in headers.items()}
    assert telnyx.post("/voice", headers=given).status_code == 403
    telnyx.application.services.telemetry.alerts.notify("last", "the last one")
    until(lambda: post.posts)
    assert [p["kind"] for p in post.posts] == ["last"]


def test_a_failure_before_the_signature_is_checked_alerts_nobody(
    telnyx: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A caller, if it is one, gets the lifeboat; a stranger gets nobody out of bed."""
    before = metrics.LIFEBOATS._value.get()

    def broken(*_: object) -> bool:
        raise ValueError("a fault in the check")

    monkeypatch.setattr("ivr.web.voice.telnyx_signature._verifies", broken)
    stamp = {"Telnyx-Timestamp": str(int(time.time()))}
    answer = telnyx.post("/voice", headers={**stamp, "Telnyx-Signature-Ed25519": "AAAA"})
    assert "<Dial" in answer.text
    assert metrics.LIFEBOATS._value.get() == before


NAMES = ["[/]", "[bold]", "[link=https://evil.example]x", "a\\", ":skull:"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_listed_as_it_is_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVR_STATE", str(tmp_path))
    added = CliRunner().invoke(ivr, ["user", "add", name], input="a long password of mine\n")
    assert added.exit_code == 0
    listed = CliRunner().invoke(ivr, ["user", "list"])
    assert listed.exit_code == 0
    assert name in listed.output


@pytest.mark.parametrize("name", NAMES)
def test_a_reports_names_are_shown_as_they_are_written(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    WRITERS["table"](Table("Calls", ("node", "calls"), ((name, 7),)), "today")
    assert name in capsys.readouterr().out


HUGE = {
    "keys": "\n".join(f"key{i}: {i}" for i in range(200_000)),
    "list": "a:\n" + "  - 1\n" * 200_000,
    "flow": "[" + "1," * 200_000 + "]",
    "mappings": "[" + "{}," * 200_000 + "]",
    "empty entries": "-\n" * 200_000,
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_a_file_of_very_many_parts_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    file = tmp_path / "en.yaml"
    file.write_text(text)
    (problem,) = read_yaml(file).problems
    assert problem.text == f"has over {MAX_PARTS:,} keys and values"
    assert problem.remedy == "make it smaller"


def test_a_file_that_is_nested_very_deep_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "en.yaml"
    file.write_text("[" * 200_000)
    (problem,) = read_yaml(file).problems
    assert "\n" not in problem.text


def test_the_shipped_files_are_far_from_that_limit() -> None:
    for file in SHIPPED.glob("*.yaml"):
        assert not read_yaml(file).problems
