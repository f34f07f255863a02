"""The doctor's page: what it shows, and what its buttons do."""

import html
import socket
from dataclasses import replace

import pytest

from ivr.accounts import audit_log
from ivr.database.engine import Database
from ivr.doctor import table
from ivr.settings import Settings
from tests.console.conftest import NAME, Comes, Visitor
from tests.post import Post


def test_the_page_shows_each_row_and_asks_no_other_machine(
    operator: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("something left the machine")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    page = html.unescape(operator.sees("/doctor"))
    for name in table.SETTINGS:
        assert f"{name[:1].upper()}{name[1:]}" in page
    assert "IVR_PUBLIC_URL is not set" in page
    assert f"Needs the network:</strong> {', '.join(table.CARRIER)}" in page
    assert "Nothing has left this machine" in page


def test_the_button_looks_over_the_network_and_a_dead_line_is_a_row(
    comes: Comes, settings: Settings
) -> None:
    visitor = comes(replace(settings, public_url="https://127.0.0.1:9"))
    visitor.signs_in()
    page = visitor.sends("/doctor").text
    assert "127.0.0.1:9 cannot be reached" in page
    assert "Only an account at Twilio can be looked at" in page


def test_the_button_sends_a_test_alert_in_the_operators_name(
    comes: Comes, settings: Settings, post: Post
) -> None:
    visitor = comes(replace(settings, **post.settings))
    visitor.signs_in()
    visitor.sees("/doctor")
    assert post.mails == []
    page = visitor.sends("/doctor/alert").text
    assert "people@agency.example: sent" in page
    assert len(post.mails) == len(post.posts) == 1
    with Database(settings).reading() as connection:
        (deed,) = audit_log.newest_of(connection, ["sent a test alert"])
    assert deed.operator == NAME


def test_a_form_without_its_token_sends_nothing(
    comes: Comes, settings: Settings, post: Post
) -> None:
    visitor = comes(replace(settings, **post.settings))
    visitor.signs_in()
    for path in ("/doctor", "/doctor/alert"):
        assert visitor.client.post(path).status_code == 400
    assert (post.mails, post.posts) == ([], [])


def test_without_an_address_there_is_nobody_to_send_to(operator: Visitor) -> None:
    assert "<button disabled>Send a test alert" in operator.sees("/doctor")
