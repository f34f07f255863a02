"""Attacks by a thief of a password: on an account that has a second factor, or a weak password."""

import re

import pyotp
import pytest

from ivr.accounts import operators
from ivr.database import schema
from ivr.database.engine import open_and_migrate
from ivr.errors import RecordsError
from ivr.settings import Settings
from tests.console.conftest import (
    NAME,
    PASSWORD,
    Comes,
    Visitor,
    comes,
    operator,
    report,
    settings,
    visitor,
)

__all__ = ["comes", "operator", "report", "settings", "visitor"]


def enrols(visitor: Visitor) -> tuple[str, list[str]]:
    """Turn the second factor on; return the code that did it, and the recovery codes."""
    secret = re.search(r'name="secret" value="([A-Z2-7]{32})"', visitor.sees("/account/totp"))
    assert secret is not None
    code = pyotp.TOTP(secret[1]).now()
    page = visitor.sends("/account/totp", secret=secret[1], code=code, current=PASSWORD)
    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", page.text)
    assert len(codes) == 10
    return code, codes


def gives(visitor: Visitor, code: str) -> int:
    return visitor.sends("/sign-in/code", code=code).status_code


def test_a_password_alone_opens_no_page_of_an_account_with_a_second_factor(
    operator: Visitor, comes: Comes
) -> None:
    enrols(operator)
    thief = comes()
    assert thief.signs_in().location.startswith("/sign-in/code")
    for path in ("/", "/messages", "/account", "/account/totp", "/sessions", "/users", "/phone"):
        assert thief.client.get(path).location.startswith("/sign-in/code"), path
    assert thief.sends("/override", state="closed").location.startswith("/sign-in/code")
    assert gives(thief, "000000") == 401


def test_a_code_that_was_looked_at_is_good_only_once(operator: Visitor, comes: Comes) -> None:
    code, codes = enrols(operator)
    thief = comes()
    thief.signs_in()
    assert gives(thief, code) == 401, "it was used to turn it on"
    assert gives(thief, codes[0].upper()) == 302
    thief.sees("/")
    again = comes()
    again.signs_in()
    assert gives(again, codes[0]) == 401
    assert gives(again, codes[1]) == 302


def test_codes_cannot_be_guessed(operator: Visitor, comes: Comes) -> None:
    _, codes = enrols(operator)
    thief = comes()
    thief.signs_in()
    for i in range(5):
        assert gives(thief, f"{i:06}") == 401
    assert gives(thief, codes[0]) == 429
    thief.signs_in()
    assert gives(thief, codes[0]) == 429, "nor with another sign-in"


def test_a_stolen_session_cannot_remove_or_replace_the_second_factor(operator: Visitor) -> None:
    enrols(operator)
    secret = pyotp.random_base32()
    forms = {
        "/account/totp/remove": {},
        "/account/totp": {"secret": secret, "code": pyotp.TOTP(secret).now()},
        "/account/password": {"new": "a password of the thief's own"},
    }
    for path, form in forms.items():
        answer = operator.sends(path, current="not hers at all", **form)
        assert answer.status_code == 422
        assert "The present password is wrong" in answer.text
    assert "A sign-in asks for a code" in operator.sees("/account")


def test_what_a_thief_of_the_database_reads_gives_no_codes(
    operator: Visitor, settings: Settings
) -> None:
    _, codes = enrols(operator)
    with open_and_migrate(settings).connect() as connection:
        stored = str(connection.execute(schema.operators.select()).all())
        stored += str(connection.execute(schema.recovery_codes.select()).all())
    assert "gAAAA" in stored, "the app's secret is encrypted"
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)


def test_who_lost_the_telephone_and_the_codes_is_let_in_from_the_command_line(
    operator: Visitor, comes: Comes, settings: Settings
) -> None:
    enrols(operator)
    operators.remove_second_factor(open_and_migrate(settings), NAME, "root (command line)")
    assert operator.client.get("/").status_code == 302, "its sessions have ended"
    back = comes()
    assert back.signs_in().location == "/"


JUNK = [{}, None, "x", {"id": "x"}, {"id": "eA", "rawId": "eA", "type": "x", "response": {}}]


@pytest.mark.parametrize("credential", JUNK)
def test_a_passkey_that_nobody_made_is_refused(
    operator: Visitor, comes: Comes, credential: object
) -> None:
    def post(visitor: Visitor, path: str, body: object) -> int:
        page = visitor.sees("/account")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        headers = {"X-CSRFToken": token[1]}
        return visitor.client.post(path, json=body, headers=headers).status_code

    body = {"credential": credential, "current": PASSWORD}
    assert post(operator, "/account/passkey", body) == 422, "no challenge was given"
    assert post(operator, "/account/passkey/options", {}) == 200
    assert post(operator, "/account/passkey", body) == 422
    assert post(operator, "/sign-in/passkey", body) == 401, "that session needs none"
    enrols(operator)
    thief = comes()
    thief.signs_in()
    assert post(thief, "/sign-in/passkey/options", {}) == 200
    assert post(thief, "/sign-in/passkey", body) == 401
    assert thief.client.get("/").status_code == 302


def test_a_new_password_ends_the_thiefs_session_and_not_ones_own(
    operator: Visitor, comes: Comes
) -> None:
    thief = comes()
    thief.signs_in()
    answer = operator.sends("/account/password", current=PASSWORD, new="four quiet rivers bend")
    assert answer.status_code == 303
    operator.sees("/")
    assert thief.client.get("/").status_code == 302


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "123456789012",
        "qwertyuiop12",
        "iloveyou1234",
        "aaaaaaaaaaaaaaaaaaaa",
        "letmeinletmein",
        "Password123!",
        "welcome12345",
        "Hotline2026!",
        "maria-maria-maria",
    ],
)
def test_passwords_that_are_tried_first_are_refused(settings: Settings, password: str) -> None:
    with pytest.raises(RecordsError, match="tried first"):
        operators.add(open_and_migrate(settings), NAME, password)
