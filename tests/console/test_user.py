"""`ivr user`: operators are added, listed and removed; no password stands on a command line."""

import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.accounts import operators, sessions
from ivr.cli.main import ivr
from ivr.database.engine import open_and_migrate
from ivr.errors import IvrError
from ivr.settings import Settings

PASSWORD = "a long password of hers"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_STATE", str(tmp_path))


def user(*words: str, typed: str | bytes = "") -> Result:
    return CliRunner().invoke(ivr, ["user", *words], input=typed)


def refusal(*words: str, typed: str | bytes = "") -> str:
    failed = user(*words, typed=typed).exception
    assert isinstance(failed, IvrError)
    return str(failed)


def test_an_operator_is_added_listed_and_removed() -> None:
    assert "Nobody can sign in yet" in user("list").output
    assert "maria can sign in" in user("add", "maria", typed=f"{PASSWORD}\n").output
    assert "maria" in user("list").output
    assert "no longer" in user("remove", "maria").output
    assert "Nobody" in user("list").output


def test_adding_again_gives_a_new_password() -> None:
    user("add", "maria", typed=f"{PASSWORD}\n")
    assert "new password" in user("add", "maria", typed="another long password\n").output
    engine = open_and_migrate(Settings.from_env())
    assert operators.authenticate(engine, "maria", PASSWORD) is None
    assert operators.authenticate(engine, "maria", "another long password") is not None


def test_what_will_not_do_is_told_in_one_line() -> None:
    assert "12 characters or more" in refusal("add", "maria", typed="short\n")
    assert "first line" in refusal("add", "maria")
    assert "is no name" in refusal("add", " maria", typed=f"{PASSWORD}\n")
    assert 'no operator "maria"' in refusal("remove", "maria")


def test_a_password_in_a_file_of_windows_is_read_rightly() -> None:
    user("add", "maria", typed=f"\ufeff{PASSWORD}\r\n".encode())
    engine = open_and_migrate(Settings.from_env())
    assert operators.authenticate(engine, "maria", PASSWORD) is not None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_password_in_an_encoding_that_cannot_be_read_is_refused_and_not_shown(
    encoding: str,
) -> None:
    message = refusal("add", "maria", typed=f"{PASSWORD}\n".encode(encoding))
    assert message.endswith("save its file as UTF-8 text")
    assert "Nobody can sign in yet" in user("list").output


def test_sessions_are_listed_and_ended_from_the_command_line() -> None:
    user("add", "[/]", typed=f"{PASSWORD}\n")
    assert "[/]" in user("list").output
    assert "Nobody is signed in" in user("sessions").output
    engine, now = open_and_migrate(Settings.from_env()), dt.datetime.now(dt.UTC)
    operator = operators.authenticate(engine, "[/]", PASSWORD)
    assert operator is not None
    for token in ("one", "two"):
        sessions.start(engine, operator, token, "Firefox [/bold]", now)
    assert user("sessions", "[/]").output.count("Firefox") == 2
    assert "ann is not signed in" in user("sessions", "ann").output
    assert "2 sessions of [/] have ended" in user("sign-out", "[/]").output
    assert "Nobody is signed in" in user("sessions").output
    assert 'no operator "ann"' in refusal("sign-out", "ann")
