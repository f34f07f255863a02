"""Attacks on sessions: with a copied cookie, an old one, or what is read from the database."""

import datetime as dt
import hashlib

import pytest
from sqlalchemy import select, update

from ivr.accounts import operators, sessions
from ivr.database import schema
from ivr.database.engine import open_and_migrate, writing
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


def cookie(visitor: Visitor) -> str:
    """Return the value of a visitor's session cookie."""
    session_cookie = visitor.client.get_cookie("ivr_session")
    assert session_cookie is not None
    return session_cookie.value


def with_copy(visitor: Visitor, value: str = "") -> Visitor:
    """Return a thief who has copied a visitor's cookie."""
    thief = visitor.client.application.test_client()
    thief.set_cookie("ivr_session", value or cookie(visitor))
    return Visitor(thief)


def is_signed_in(visitor: Visitor) -> bool:
    return visitor.client.get("/").status_code == 200


def age(settings: Settings, **columns: dt.timedelta) -> None:
    """Let all sessions be older: move moments in their rows into the past."""
    t = schema.sessions
    with writing(open_and_migrate(settings)) as connection:
        row = connection.execute(select(t)).one()
        past = {name: getattr(row, name) - by for name, by in columns.items()}
        connection.execute(update(t).values(past))


def test_a_cookie_that_was_copied_is_worth_nothing_after_the_sign_out(operator: Visitor) -> None:
    thief = with_copy(operator)
    assert is_signed_in(thief)
    operator.sends("/sign-out")
    assert not is_signed_in(thief)
    assert not is_signed_in(operator)


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(
    operator: Visitor, settings: Settings
) -> None:
    hours = dt.timedelta(hours=11, minutes=55)
    age(settings, created=hours, ends=hours)
    assert is_signed_in(operator), "it is not twelve hours old yet"
    age(settings, created=dt.timedelta(minutes=6), ends=dt.timedelta(minutes=6))
    assert not is_signed_in(operator)


def test_a_session_that_nobody_uses_for_an_hour_has_ended(
    operator: Visitor, settings: Settings
) -> None:
    age(settings, last_used=dt.timedelta(minutes=55))
    assert is_signed_in(operator), "and that was a use"
    age(settings, last_used=dt.timedelta(minutes=55))
    assert is_signed_in(operator)
    age(settings, last_used=dt.timedelta(minutes=61))
    assert not is_signed_in(operator)


def test_what_a_thief_of_the_database_reads_signs_nobody_in(
    operator: Visitor, settings: Settings
) -> None:
    token = cookie(operator)
    with open_and_migrate(settings).connect() as connection:
        row = connection.execute(select(schema.sessions)).one()
    assert token not in str(row)
    assert row.hash == hashlib.sha256(token.encode()).hexdigest()
    for value in (row.hash, row.hash[:43], str(row.id)):
        assert not is_signed_in(with_copy(operator, value))


def test_the_cookie_holds_a_random_token_and_nothing_else(operator: Visitor) -> None:
    first = cookie(operator)
    operator.signs_in()
    assert len(first) == len(cookie(operator)) == 43
    assert first != cookie(operator)
    assert NAME not in first


def test_a_new_password_ends_all_sessions_wherever_they_are(
    operator: Visitor, comes: Comes, settings: Settings
) -> None:
    elsewhere = comes()
    elsewhere.signs_in()
    operators.add(open_and_migrate(settings), NAME, "another long password")
    assert not is_signed_in(operator)
    assert not is_signed_in(elsewhere)


def test_an_operator_sees_their_sessions_and_ends_the_one_they_do_not_know(
    operator: Visitor, comes: Comes, settings: Settings
) -> None:
    thief = comes()
    thief.signs_in()
    page = operator.sees("/sessions")
    assert page.count("End it") == 2
    assert page.count("this one") == 1
    operator.sends("/sessions/end-others")
    assert not is_signed_in(thief)
    assert operator.sees("/sessions").count("End it") == 1


def test_nobody_ends_the_session_of_another_operator_by_its_number(
    operator: Visitor, comes: Comes, settings: Settings
) -> None:
    operators.add(open_and_migrate(settings), "ann", "a long password of ann's")
    ann = comes()
    ann.signs_in("ann", "a long password of ann's")
    with open_and_migrate(settings).connect() as connection:
        now = dt.datetime.now(dt.UTC)
        (marias,) = (s for s in sessions.listed(connection, now, None) if s.operator.name == NAME)
    assert f"/sessions/{marias.id}/end" not in ann.sees("/sessions")
    assert ann.sends(f"/sessions/{marias.id}/end").status_code == 404
    assert ann.sends(f"/sessions/{2**70}/end").status_code == 404
    assert is_signed_in(operator)
    operator.sends(f"/sessions/{marias.id}/end")
    assert not is_signed_in(operator)


def test_sessions_that_have_ended_do_not_pile_up(visitor: Visitor, settings: Settings) -> None:
    for _ in range(3):
        visitor.signs_in()
        t = schema.sessions
        with writing(open_and_migrate(settings)) as connection:
            (row,) = connection.execute(select(t)).all()
            connection.execute(update(t).values(ends=row.ends - dt.timedelta(hours=13)))


@pytest.mark.parametrize("path", ["/sign-in", "/", "/nowhere"])
def test_a_stranger_leaves_no_row(visitor: Visitor, settings: Settings, path: str) -> None:
    for _ in range(3):
        visitor.client.get(path)
    visitor.signs_in(password="not hers at all")
    with open_and_migrate(settings).connect() as connection:
        assert connection.execute(select(schema.sessions)).all() == []


def test_the_form_token_of_one_session_is_no_good_in_another(operator: Visitor) -> None:
    before = operator.sees("/sessions").partition('name="csrf_token" value="')[2].split('"')[0]
    operator.signs_in(NAME, PASSWORD)
    assert operator.client.post("/sign-out", data={"csrf_token": before}).status_code == 400
    assert is_signed_in(operator)
