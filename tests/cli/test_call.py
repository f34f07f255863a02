"""`ivr call`: the small line of the tests, called as somebody at a terminal calls it."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ivr.cli.local_server import on_loopback
from ivr.cli.main import main
from ivr.phone.call import Call
from ivr.phone.scenario.load import read
from ivr.phone.scenario.play import play
from ivr.phone.transport import WsgiTransport
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import TOKEN

SMALL = Path(__file__).parent.parent / "small"
HOTLINE = "+18883737888"
GOODBYE = "<Response><Say>Goodbye.</Say></Response>"

Runs = Callable[..., "Done"]


@dataclass(frozen=True)
class Done:
    """What a command left: its exit status and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def ivr_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Runs:
    """Run `ivr call` with the small script, in an empty folder."""
    for variable in [v for v in os.environ if v.startswith(("IVR_", "TWILIO_"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("IVR_PROMPTS", str(SMALL))
    monkeypatch.setenv("IVR_STATE", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)

    def run(*options: str, entered: str = "", **variables: str) -> Done:
        status = 0
        with monkeypatch.context() as patch:
            for variable, value in variables.items():
                patch.setenv(variable, value)
            patch.setattr(sys, "argv", ["ivr", "call", *options])
            patch.setattr(sys, "stdin", io.StringIO(entered))
            try:
                main()
            except SystemExit as e:
                status = int(e.code or 0)
        return Done(status, *capsys.readouterr())

    return run


@pytest.fixture
def small_line() -> WsgiTransport:
    """Return the line of the small script, to play saved calls on."""
    return WsgiTransport(
        create_app(Settings(auth_tokens=(TOKEN,), prompts=SMALL, audio=False)), TOKEN
    )


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


def test_a_call_by_hand_goes_until_the_caller_hangs_up(ivr_call: Runs) -> None:
    done = ivr_call(entered="0\n2\nh\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "If someone is in danger, hang up and dial 9 1 1." in done.stdout
    assert "Ringing +1 888 373 7888 (nobody is really called)" in done.stdout
    assert "that call ended: busy" in done.stdout
    assert "The line is busy." in done.stdout
    assert last_line(done.stdout).endswith("caller hung up.")


def test_the_end_of_input_hangs_up(ivr_call: Runs) -> None:
    done = ivr_call()
    assert done.returncode == 0
    assert last_line(done.stdout).endswith("caller hung up.")


# ── Without hands ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("keys", [" 0 ", " 1 , 0", "", "say:help"])
def test_a_caller_who_reaches_somebody_is_told_to_be_safe(ivr_call: Runs, keys: str) -> None:
    done = ivr_call("--keys", keys)
    assert (done.returncode, done.stderr) == (0, "")
    assert last_line(done.stdout) == f"The caller is not left alone: {HOTLINE} is ringing."


def test_a_silent_caller_whose_hotline_is_busy_hears_its_number_to_the_end(ivr_call: Runs) -> None:
    done = ivr_call("--keys", " 0 , busy,-")
    assert (done.returncode, done.stderr) == (0, "")
    end = "the call ended, and a whole number was heard."
    assert last_line(done.stdout) == f"The caller is not left alone: {end}"


def test_a_caller_who_is_left_alone_makes_the_exit_status_1(ivr_call: Runs) -> None:
    with on_loopback(_answering(GOODBYE)) as url:
        done = ivr_call(url, "--keys", "1")
    assert done.returncode == 1
    assert "Goodbye." in done.stdout
    assert done.stderr == (
        "the caller is left without a person or a number:"
        " the call ended, before 1, and no number of 10 digits was heard\n"
    )


@pytest.mark.parametrize("keys", ["1,x", "1,,2", "answered", "say:"])
def test_an_act_that_is_none_is_told_in_one_line(ivr_call: Runs, keys: str) -> None:
    done = ivr_call("--keys", keys)
    assert done.returncode == 1
    assert "is not an act: use keys (0-9 * #), - for silence" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_an_act_at_the_wrong_time_is_told_after_what_was_heard(ivr_call: Runs) -> None:
    done = ivr_call("--keys", "busy")
    assert done.returncode == 1
    assert "hang up and dial 9 1 1" in done.stdout
    assert done.stderr == "you cannot end a dialled call now: the line is listening\n"


# ── Saved ─────────────────────────────────────────────────────────────────────


def test_a_call_without_hands_is_saved_and_plays(
    ivr_call: Runs, small_line: WsgiTransport, tmp_path: Path
) -> None:
    done = ivr_call("--keys", "1,*,0,busy,-", "--save", "busy.yaml")
    assert done.returncode == 0
    assert "Saved to busy.yaml\n" in done.stdout
    conversation = read(tmp_path / "busy.yaml")
    assert conversation.about == "A call with --keys 1,*,0,busy,-"
    assert [step.values for step in conversation.steps if step.kind == "rings"] == [(HOTLINE,)]
    assert conversation.steps[-1].kind == "hung_up"
    play(conversation, Call(small_line, "https://line.example.org/voice"))


def test_a_call_by_hand_is_saved_and_plays(
    ivr_call: Runs, small_line: WsgiTransport, tmp_path: Path
) -> None:
    done = ivr_call("--save", "hand.yaml", entered="say signs\n\n#\n0\n\nh\n")
    assert done.returncode == 0
    conversation = read(tmp_path / "hand.yaml")
    assert conversation.about == "A call made by hand"
    kinds = [step.kind for step in conversation.steps if step.kind != "hears"]
    assert kinds == ["say", "silence", "press", "press", "rings", "ends", "hangs_up"]
    play(conversation, Call(small_line, "https://line.example.org/voice"))


def test_a_call_that_leaves_somebody_alone_is_saved_too(ivr_call: Runs, tmp_path: Path) -> None:
    with on_loopback(_answering(GOODBYE)) as url:
        assert ivr_call(url, "--keys", "", "--save", "alone.yaml").returncode == 1
    assert [step.kind for step in read(tmp_path / "alone.yaml").steps] == ["hears", "hung_up"]


def test_where_nothing_can_be_saved_it_is_told(ivr_call: Runs, tmp_path: Path) -> None:
    done = ivr_call("--keys", "0", "--save", "no/such/folder.yaml")
    message = "no/such/folder.yaml cannot be written: No such file or directory\n"
    assert (done.returncode, done.stderr) == (1, message)


# ── Another line ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("options", [[], ["--keys", "1"], ["--save", "call.yaml"]])
def test_a_url_where_nobody_answers_is_told_in_one_line(
    ivr_call: Runs, options: list[str], tmp_path: Path
) -> None:
    with on_loopback(_answering("")) as url:
        pass
    done = ivr_call(url, *options)
    place = url.removesuffix("/voice")
    assert done.returncode == 1
    assert done.stderr.endswith(
        f"11205 {place} does not answer at all: is the line running there?\n"
    )
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_as_a_process_it_shows_no_traceback(tmp_path: Path) -> None:
    with on_loopback(_answering("")) as url:
        pass
    done = subprocess.run(
        [sys.executable, "-m", "ivr", "call", url],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
    )
    message = (
        f"11205 {url.removesuffix('/voice')} does not answer at all: is the line running there?"
    )
    assert (done.returncode, done.stderr) == (1, f"{message}\n")


@pytest.mark.parametrize("url", ["line.example.org", "ftp://line.example.org/voice"])
def test_what_is_no_web_address_is_told(ivr_call: Runs, url: str) -> None:
    done = ivr_call(url)
    message = f'11100 "{url}" is not a web address such as https://line.example.org/voice\n'
    assert (done.returncode, done.stderr) == (1, message)


def test_another_line_is_called_with_the_token_that_it_asks_for(ivr_call: Runs) -> None:
    settings = Settings(auth_tokens=(TOKEN,), prompts=SMALL, audio=False)
    with on_loopback(create_app(settings)) as url:
        signed = ivr_call(url, "--keys", "0", TWILIO_AUTH_TOKEN=f"{TOKEN},another")
        unsigned = ivr_call(url, "--keys", "0")
    assert signed.returncode == 0
    assert unsigned.returncode == 1
    assert "11200 the line answered with HTTP status 403" in unsigned.stderr


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"IVR_PROMPTS": "nowhere"}, "no such folder of prompts"),
        ({"IVR_PUBLIC_URL": "line"}, 'IVR_PUBLIC_URL is "line": write it whole'),
    ],
)
def test_settings_that_cannot_be_used_are_told(
    ivr_call: Runs, settings: dict[str, str], message: str
) -> None:
    done = ivr_call(**settings)
    assert done.returncode == 1
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_line_that_it_serves_is_not_another_ones_public_line(ivr_call: Runs) -> None:
    """Settings of the running service, as its public URL and token, do not reach into the call."""
    public = {"IVR_PUBLIC_URL": "https://line.example.org/help", "TWILIO_AUTH_TOKEN": "real"}
    assert ivr_call("--keys", "0", **public).returncode == 0


def _answering(document: str):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [document.encode()]

    return app
