"""One touch in the console, and the agency is open, closed or in an emergency for a while."""

import datetime as dt

from ivr.database.engine import Database
from ivr.schedule import override_store
from ivr.settings import Settings
from tests.console.conftest import Comes, Visitor
from tests.lines import OFFICE, change

WORDS = {"say-en": "We are closed today.", "say-es": "Hoy está cerrado."}
NO_OFFICE = "line.yaml has no number of the office; callers still hear an announcement."
TOMORROW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)


def kept(settings: Settings) -> override_store.Override | None:
    return override_store.latest(Database(settings))


def test_one_touch_holds_until_midnight_and_another_ends_it(
    operator: Visitor, settings: Settings
) -> None:
    assert NO_OFFICE in operator.sees("/")
    answer = operator.sends("/override", state="closed")
    assert (answer.status_code, answer.location) == (303, "/")
    page = operator.sees("/")
    assert "Closed until " in page
    assert "12:00 AM E" in page
    held = kept(settings)
    assert held is not None
    assert held.state == "closed"
    assert held.until - held.begins <= dt.timedelta(hours=25)
    operator.sends("/override/end")
    assert "End it now" not in operator.sees("/")
    assert kept(settings) is None


def test_an_announcement_is_put_in_the_same_place_and_shown(
    operator: Visitor, settings: Settings
) -> None:
    until = f"{TOMORROW:%Y-%m-%dT%H:%M}"
    operator.sends("/override", state="emergency", until=until, **WORDS)
    page = operator.sees("/")
    assert "In an emergency until " in page
    assert '<q lang="es">Hoy está cerrado.</q>' in page
    assert "Hoy está cerrado.</textarea>" in operator.sees("/override")
    held = kept(settings)
    assert held is not None
    assert dict(held.announcement)["en"] == "We are closed today."


def test_what_may_not_be_is_told_and_what_was_written_is_kept(
    operator: Visitor, settings: Settings
) -> None:
    for form, message in (
        ({"state": "closed", **WORDS, "say-en": ""}, "Nothing is announced in en"),
        ({"state": "closed", **WORDS, "say-en": "All is anonymous."}, "promises"),
        ({"state": "closed", **WORDS, "say-en": "All is <b>shut</b>."}, "is markup"),
        ({"state": "shut", **WORDS}, "Choose one of: open, closed, emergency"),
        ({"state": "closed", **WORDS, "until": "soon"}, "&#34;soon&#34; is not a date and time"),
        ({"state": "closed", **WORDS, "until": "2026-01-01T00:00"}, "would have ended already"),
    ):
        answer = operator.sends("/override", **form)
        assert answer.status_code == 422
        assert message in answer.text
        assert "Hoy está cerrado.</textarea>" in answer.text
        assert "<b>shut" not in answer.text
    assert kept(settings) is None


def test_it_takes_a_sign_in_and_the_forms_token(comes: Comes, settings: Settings) -> None:
    stranger = comes()
    assert stranger.client.get("/override").status_code == 302
    assert stranger.sends("/override", state="closed").status_code == 401
    assert stranger.sends("/override/end").status_code == 401
    stranger.signs_in()
    for path in ("/override", "/override/end"):
        assert stranger.client.post(path, data={"state": "closed"}).status_code == 400
    assert kept(settings) is None


def test_without_records_the_console_tells_what_the_hours_say(
    operator: Visitor, settings: Settings, monkeypatch
) -> None:
    def broken(_: object) -> None:
        raise override_store.SQLAlchemyError("gone")

    monkeypatch.setattr(override_store, "latest", broken)
    page = operator.sees("/")
    assert "The records cannot be reached." in page
    assert NO_OFFICE in page


def test_the_hours_are_told_where_nothing_else_holds(comes: Comes, settings: Settings) -> None:
    change(settings.prompts / "line.yaml", OFFICE | {"hours": {"week": {}}})
    visitor = comes()
    visitor.signs_in()
    assert "Closed, by line.yaml: the weekly hours." in visitor.sees("/")
