"""Attacks by operators: on what they may not use; and on messages that they want to be gone."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from ivr.accounts import operators
from ivr.database import schema
from ivr.database.engine import open_and_migrate
from ivr.settings import Settings
from ivr.voicemail import store
from ivr.web.access import ACCESS, access_to
from ivr.web.pages.clips import Renderer
from tests.carrier.stand_in import SID, StandIn
from tests.console.conftest import Comes, Visitor, comes, operator, report, visitor
from tests.console.conftest import settings as console_settings
from tests.console.test_messages import SOUND, deeds, leave
from tests.lines import TOKEN, change

__all__ = ["comes", "console_settings", "operator", "report", "visitor"]

PASSWORD = "four quiet rivers bend"


@pytest.fixture
def settings(console_settings: Settings, carrier: StandIn) -> Settings:
    """Return the settings of a line with voicemail, whose carrier is a stand-in."""
    carrier.token = TOKEN
    change(console_settings.prompts / "line.yaml", {"voicemail": {"keep_days": 14}})
    return replace(console_settings, account_sid=SID, carrier_api=carrier.url)


def with_role(comes: Comes, settings: Settings, *roles: str) -> Visitor:
    """Return somebody who has signed in and has these roles."""
    name = "-".join(roles) or "nobody"
    operators.add(open_and_migrate(settings), name, PASSWORD, roles)
    visitor = comes()
    assert visitor.signs_in(name, PASSWORD).status_code == 302
    return visitor


def test_every_route_has_a_role_and_every_line_of_the_table_a_route(visitor: Visitor) -> None:
    endpoints = {rule.endpoint for rule in visitor.client.application.url_map.iter_rules()}
    without = [endpoint for endpoint in endpoints if access_to(endpoint) is None]
    assert without == []
    names = endpoints | {endpoint.partition(".")[0] for endpoint in endpoints}
    assert set(ACCESS) <= names


def test_a_route_that_is_not_in_the_table_is_refused_to_an_admin(visitor: Visitor) -> None:
    visitor.client.application.add_url_rule("/new", "later.page", lambda: "open to all")
    visitor.signs_in()
    assert visitor.client.get("/new").status_code == 403


@pytest.mark.parametrize("role", ["listen", "edit", "publish", "admin", ""])
def test_each_route_is_refused_to_whoever_has_not_its_role(
    comes: Comes, settings: Settings, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every route of the console, with every method that it takes; nothing is rendered for it."""
    monkeypatch.setattr(Renderer, "start", lambda *_: None)
    roles = [role] if role else []
    visitor = with_role(comes, settings, *roles)
    token = re.search(r'name="csrf-token" content="([^"]+)"', visitor.sees("/account"))
    assert token is not None
    for rule in visitor.client.application.url_map.iter_rules():
        access = access_to(rule.endpoint)
        if access not in operators.ROLES:
            continue
        path = re.sub(r"<[^>]+>", "7", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            headers = {"X-CSRFToken": token[1]}
            answer = visitor.client.open(path, method=method, headers=headers)
            is_refused = answer.status_code == 403
            has_role = role in {access, "admin"} or (access, role) == ("edit", "publish")
            assert is_refused != has_role, (role, method, path)


def test_the_pages_and_buttons_of_other_roles_are_not_shown(
    comes: Comes, settings: Settings
) -> None:
    page = with_role(comes, settings, "listen").sees("/")
    assert "Messages" in page
    for absent in ("Users", "Audit", "Closed until midnight"):
        assert absent not in page
    assert "Closed until midnight" in with_role(comes, settings, "publish").sees("/")


def test_a_role_that_is_taken_away_counts_at_once(
    operator: Visitor, comes: Comes, settings: Settings
) -> None:
    visitor = with_role(comes, settings, "listen")
    visitor.sees("/messages")
    operator.sends("/users/change", name="listen", do="roles", role="publish")
    assert visitor.client.get("/messages").status_code == 403


def test_the_last_admin_cannot_be_removed_or_demoted_in_the_console(operator: Visitor) -> None:
    for form in ({"do": "roles", "role": "listen"}, {"do": "remove"}):
        answer = operator.sends("/users/change", name="maria", **form)
        assert answer.status_code == 422
        assert "Nobody would be an admin any more" in answer.text
    operator.sees("/users")


def test_a_first_password_is_shown_once_and_good_only_to_be_changed(
    operator: Visitor, comes: Comes
) -> None:
    page = operator.sends("/users", name="ann", role="listen").text
    first = re.search(r"<code>([a-z2-9-]{19})</code>", page)
    assert first is not None
    assert first[1] not in operator.sees("/users")
    ann = comes()
    ann.signs_in("ann", first[1])
    assert ann.client.get("/messages").location == "/account"
    refused = ann.sends("/account/password", current=first[1], new="password1234")
    assert "tried first" in refused.text
    ann.sends("/account/password", current=first[1], new=PASSWORD)
    ann.sees("/messages")


def test_an_operator_who_deletes_a_message_does_not_make_it_vanish(
    operator: Visitor, comes: Comes, settings: Settings, carrier: StandIn
) -> None:
    message = leave(settings, carrier.add_recording(sound=SOUND))
    listener = with_role(comes, settings, "listen")
    listener.sends(f"/messages/{message.id}/delete")
    engine, now = open_and_migrate(settings), dt.datetime.now(dt.UTC)
    with engine.connect() as connection:
        assert list(store.recordings_to_delete(connection, now + dt.timedelta(days=6))) == []
        assert len(list(store.recordings_to_delete(connection, now + dt.timedelta(days=8)))) == 1
    for path in ("restore", "erase"):
        assert listener.sends(f"/messages/{message.id}/{path}").status_code == 403
    assert "on hold" not in listener.sees("/messages")
    assert "deleted by listen, kept until" in operator.sees("/messages")
    assert operator.sends(f"/messages/{message.id}/restore").status_code == 303
    assert f'id="m{message.id}"' in listener.sees("/messages")
    assert [action for _, action, _ in deeds(settings)] == ["deleted", "restored"]


def test_a_hold_keeps_no_message_longer_than_callers_are_told(
    operator: Visitor, settings: Settings, carrier: StandIn
) -> None:
    message = leave(settings, carrier.add_recording(), minutes=12 * 24 * 60)
    operator.sends(f"/messages/{message.id}/delete")
    with open_and_migrate(settings).connect() as connection:
        row = connection.execute(select(schema.messages)).one()
    assert row.erase_after == message.left + dt.timedelta(days=14)


def test_an_admin_ends_a_hold_for_good(
    operator: Visitor, settings: Settings, carrier: StandIn
) -> None:
    message = leave(settings, carrier.add_recording())
    operator.sends(f"/messages/{message.id}/delete")
    assert operator.sends(f"/messages/{message.id}/erase").status_code == 303
    with open_and_migrate(settings).connect() as connection:
        now = dt.datetime.now(dt.UTC)
        assert list(store.recordings_to_delete(connection, now)) == [message.recording]
    assert operator.sends(f"/messages/{message.id}/restore").status_code == 404


def test_admins_see_who_did_what_and_that_nothing_was_changed(operator: Visitor) -> None:
    operator.sends("/override", state="closed")
    page = operator.sees("/audit")
    assert "put an override" in page
    assert "unbroken" in page
    for query in ("?before=1", "?before=x", f"?before={2**70}", "?before=-1"):
        operator.sees(f"/audit{query}")
