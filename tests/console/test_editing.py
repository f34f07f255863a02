"""The script is edited in the browser: saved, approved by somebody else, published, restored."""

import datetime as dt
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from ivr.accounts import audit_log, operators, revision_copy
from ivr.checks.engine.result_cache import fingerprint, save_cached
from ivr.database.engine import Database, open_and_migrate
from ivr.editing import revisions, workflow
from ivr.editing.examine import examine
from ivr.editing.revision_publisher import RevisionPublisher, take_newest
from ivr.editing.script_check import CheckOutcome
from ivr.problem import Problem
from ivr.script.load import load
from ivr.script.review import digest
from ivr.script.state_hotlines import state_hotlines
from ivr.script.version import version
from ivr.settings import Settings
from ivr.web import create_app
from ivr.web.calls import Application
from tests.console.conftest import NAME, PASSWORD, Visitor, state_with_operator
from tests.lines import SHIPPED, TOKEN, change
from tests.walked import once

ANA, HER_PASSWORD = "ana", "quite another passphrase"
ED, HIS_PASSWORD = "edward", "an editor with no power"
NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)


@pytest.fixture
def settings(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return the settings of a service with one operator and a script of its own."""
    prompts = shutil.copytree(SHIPPED, tmp_path / "prompts")
    state = once(tmp_path_factory, "state-with-editors", state_with_editors)
    shutil.copytree(state, tmp_path / "state")
    return Settings(auth_tokens=(TOKEN,), prompts=prompts, state=tmp_path / "state")


@pytest.fixture
def database(settings: Settings) -> Database:
    return Database(settings)


def state_with_editors(room: Path) -> Path:
    """Return the state of a service with an admin, somebody who may publish, and an editor."""
    state = state_with_operator(room / "editors")
    engine = open_and_migrate(Settings(state=state))
    for name, password, role in ((ANA, HER_PASSWORD, "publish"), (ED, HIS_PASSWORD, "edit")):
        operators.add(engine, name, password, [role])
    engine.dispose()
    return state


@pytest.fixture
def app(settings: Settings, database: Database) -> Application:
    return create_app(settings)


def signed_in(app: Application, name: str, password: str) -> Visitor:
    visitor = Visitor(app.test_client())
    assert visitor.signs_in(name, password).status_code == 302
    return visitor


@pytest.fixture
def maria(app: Application) -> Visitor:
    return signed_in(app, NAME, PASSWORD)


@pytest.fixture
def ana(app: Application) -> Visitor:
    return signed_in(app, ANA, HER_PASSWORD)


@pytest.fixture
def edward(app: Application) -> Visitor:
    return signed_in(app, ED, HIS_PASSWORD)


@pytest.fixture
def visitor(app: Application) -> Visitor:
    return Visitor(app.test_client())


def live_text(settings: Settings, prompt: str, language: str = "en") -> str:
    return load(settings.prompts).text(language, prompt)


def saves(
    visitor: Visitor, prompt: str, text: str, was: str, language: str = "en", node: str = "main"
):
    return visitor.sends(
        "/edit/text", node=node, language=language, prompt=prompt, text=text, was=digest(was)
    )


def files_of(settings: Settings) -> dict[str, str]:
    """Return the files of the folder, as a draft begins with them."""
    return revision_copy.files_in(settings.prompts)


def problems_of(files: Mapping[str, str]) -> tuple[Problem, ...]:
    return examine(files, NOW.date()).problems


def draft_of(database: Database) -> revisions.Revision:
    with database.reading() as connection:
        draft = revisions.open_revision(connection)
    assert draft is not None
    return draft


def passes_checks(database: Database) -> str:
    """Let a server report that what was submitted passes; return its digest."""
    draft = draft_of(database)
    with database.writing() as connection:
        revisions.store_checked(connection, draft.digest, (), "0123456789")
    return draft.digest


def submits(visitor: Visitor, database: Database) -> str:
    answer = visitor.sends("/edit/submit", digest=draft_of(database).digest, note="shorter")
    assert answer.status_code == 303, answer.text
    return passes_checks(database)


@pytest.mark.slow
def test_a_text_is_edited_approved_by_somebody_else_and_published(
    maria: Visitor, ana: Visitor, database: Database, settings: Settings
) -> None:
    was = live_text(settings, "main.welcome")
    hard = (
        "Notwithstanding considerable organizational complexities, representatives will"
        " immediately facilitate comprehensive multidisciplinary interventions for families"
        " experiencing considerable difficulties or unexpected emergencies anywhere nearby."
        " {agency} administers institutional accountability procedures continuously, and"
        " communicates recommendations."
    )
    assert saves(maria, "main.welcome", hard, was).status_code == 303
    page = maria.sees("/edit/node/main")
    assert re.search(r"grade \d+\.\d, limit 6", page), "the check's own words"
    answer = maria.sends("/edit/submit", digest=draft_of(database).digest, note="")
    assert answer.status_code == 422, "an error keeps it from being submitted"
    assert saves(maria, "main.welcome", "This is {agency}.", hard).status_code == 303
    agreed = submits(maria, database)
    assert "somebody else" in maria.sends("/edit/approve", digest=agreed).text
    assert ana.sends("/edit/publish", digest=agreed, password=HER_PASSWORD).status_code == 409
    assert ana.sends("/edit/approve", digest=agreed).status_code == 303
    assert ana.sends("/edit/publish", digest=agreed, password="wrong").status_code == 422
    assert ana.sends("/edit/publish", digest=agreed, password=HER_PASSWORD).status_code == 303
    assert "on the air" in maria.sees("/edit/history")
    take_newest_of(settings, database, agreed)
    with database.reading() as connection:
        done = [(e.operator, e.action) for e in audit_log.newest(connection, 4)]
    assert done == [
        (ANA, "published"),
        (ANA, "approved a draft"),
        (NAME, "submitted a draft"),
        (NAME, "began a draft"),
    ]


def take_newest_of(settings: Settings, database: Database, expected: str) -> None:
    """Check that what is published is what was approved, to the byte."""
    with database.reading() as connection:
        newest = revisions.newest_published(connection)
    assert newest is not None
    assert newest.digest == expected
    live = {p.name: p.read_bytes().decode() for p in settings.prompts.glob("*.yaml")}
    differ = [name for name in live if newest.files[name] != live[name]]
    assert differ == ["en.yaml"]
    before, after = live["en.yaml"].splitlines(), newest.files["en.yaml"].splitlines()
    assert [a for a, b in zip(before, after, strict=True) if a != b] == [
        "  main.welcome: Welcome to {agency}."
    ]


@pytest.mark.slow
def test_two_people_on_one_text_get_both_texts_and_a_choice(
    maria: Visitor, ana: Visitor, database: Database, settings: Settings
) -> None:
    was = live_text(settings, "main.welcome")
    saves(maria, "main.welcome", "Maria wrote this for {agency}.", was)
    answer = saves(ana, "main.welcome", "Ana wrote that for {agency}.", was)
    assert answer.status_code == 409
    assert "Maria wrote this for" in answer.text
    assert "Ana wrote that for" in answer.text
    assert NAME in answer.text
    theirs = re.search(r'name="was" value="(\w+)"', answer.text)
    assert theirs is not None
    form = {"node": "main", "language": "en", "prompt": "main.welcome", "was": theirs[1]}
    assert ana.sends("/edit/text", text="Both for {agency}.", **form).status_code == 303
    other = live_text(settings, "to.signs")
    assert saves(maria, "to.signs", "To hear the signs", other).status_code == 303
    files = draft_of(database).files
    assert "Both for {agency}." in files["en.yaml"]
    assert "To hear the signs" in files["en.yaml"]


@pytest.mark.slow
def test_an_approval_is_of_the_files_as_they_are(
    maria: Visitor, ana: Visitor, database: Database, settings: Settings
) -> None:
    was = live_text(settings, "main.welcome")
    saves(maria, "main.welcome", "This is {agency}.", was)
    agreed = submits(maria, database)
    ana.sends("/edit/approve", digest=agreed)
    saves(maria, "main.welcome", "This was never read: {agency}.", "This is {agency}.")
    assert draft_of(database).state == "draft"
    for step in ("approve", "publish"):
        answer = ana.sends(f"/edit/{step}", digest=agreed, password=HER_PASSWORD)
        assert answer.status_code == 409, step
    changed = submits(maria, database)
    assert ana.sends("/edit/publish", digest=changed, password=HER_PASSWORD).status_code == 409
    assert ana.sends("/edit/publish", digest=agreed, password=HER_PASSWORD).status_code == 409
    with database.reading() as connection:
        assert revisions.newest_published(connection) is None


@pytest.mark.slow
def test_each_author_needs_another_persons_approval(
    maria: Visitor, ana: Visitor, database: Database, settings: Settings
) -> None:
    saves(maria, "main.welcome", "This is {agency}.", live_text(settings, "main.welcome"))
    saves(ana, "to.signs", "To hear the signs", live_text(settings, "to.signs"))
    agreed = submits(maria, database)
    assert ana.sends("/edit/approve", digest=agreed).status_code == 303
    assert ana.sends("/edit/approve", digest=agreed).status_code == 409, "once is enough"
    assert ana.sends("/edit/publish", digest=agreed, password=HER_PASSWORD).status_code == 409
    assert maria.sends("/edit/approve", digest=agreed).status_code == 303
    assert maria.sends("/edit/publish", digest=agreed, password=PASSWORD).status_code == 303


@pytest.mark.slow
def test_a_list_that_two_changed_needs_the_approval_of_others_than_either(
    maria: Visitor, ana: Visitor, database: Database
) -> None:
    assert maria.changes("/edit/choices/main", do="down:2").status_code == 303
    assert ana.changes("/edit/choices/main", do="down:0").status_code == 303
    agreed = submits(maria, database)
    assert maria.sends("/edit/approve", digest=agreed).status_code == 303
    assert maria.sends("/edit/publish", digest=agreed, password=PASSWORD).status_code == 409
    assert ana.sends("/edit/approve", digest=agreed).status_code == 303
    assert maria.sends("/edit/publish", digest=agreed, password=PASSWORD).status_code == 303


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("es.yaml", ""),
        ("es.yaml", "prompts: {1: one}"),
        ("es.yaml", "prompts: 'no"),
        ("line.yaml", "hours: 2026-02-30"),
        ("menu.yaml", "a: &x [1]\nb: *x"),
    ],
)
def test_a_broken_draft_can_be_seen_and_discarded(
    maria: Visitor, database: Database, settings: Settings, name: str, broken: str
) -> None:
    files = {p.name: p.read_text() for p in settings.prompts.glob("*.yaml")} | {name: broken}
    with database.writing() as connection:
        revisions.add(connection, files, revisions.Origin("root", NOW))
    for path in ("/edit", "/edit/node/main", "/edit/hours", "/edit/numbers"):
        assert maria.client.get(path).status_code in {200, 404}, path
    assert "It cannot be published like this" in maria.sees("/edit/changes")
    digest = draft_of(database).digest
    assert maria.sends("/edit/discard", digest=digest).status_code == 303


@pytest.mark.parametrize("number", ["0", "7", "9" * 30, "²", "-1", ""])
def test_a_revision_that_there_is_not_is_not_found(maria: Visitor, number: str) -> None:
    assert maria.client.get(f"/edit/history/{number or 'none'}").status_code == 404
    assert maria.sends("/edit/revert", revision=number).status_code == 409


def test_who_may_only_edit_publishes_nothing(
    edward: Visitor, visitor: Visitor, database: Database, settings: Settings
) -> None:
    saves(edward, "main.welcome", "This is {agency}.", live_text(settings, "main.welcome"))
    agreed = submits(edward, database)
    for step in ("approve", "publish"):
        answer = edward.sends(f"/edit/{step}", digest=agreed, password=HIS_PASSWORD)
        assert answer.status_code == 403
    for path in ("text", "submit", "approve", "publish", "discard", "numbers", "revert"):
        assert visitor.sends(f"/edit/{path}", digest=agreed).status_code == 401, path
        no_token = edward.client.post(f"/edit/{path}", data={"digest": agreed})
        assert no_token.status_code == 400, path
    assert draft_of(database).state == "submitted"


def test_what_is_typed_is_never_run_and_no_file_but_the_scripts_is_changed(
    maria: Visitor, database: Database, settings: Settings
) -> None:
    was = live_text(settings, "main.welcome")
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)> {agency}'
    assert saves(maria, "main.welcome", evil, was).status_code == 303
    for path in ("/edit", "/edit/node/main", "/edit/changes"):
        page = maria.sees(path)
        assert "<script>alert" not in page
        assert "<img" not in page.partition("<main")[2], path
    answer = maria.sends("/edit/text", node="../x", language="../en", prompt="x", text="y", was="z")
    assert answer.status_code == 404
    assert maria.sends("/edit/revert", revision="1 OR 1=1").status_code == 409
    note = maria.sends("/edit/submit", digest=draft_of(database).digest, note="<b>x</b>")
    assert "<b>x</b>" not in note.text


def test_a_session_that_ended_gives_the_text_back(
    maria: Visitor, database: Database, settings: Settings
) -> None:
    with database.writing() as connection:
        connection.execute(sql("DELETE FROM sessions"))
    answer = saves(maria, "main.welcome", "An hour of work <b>.", "anything")
    assert answer.status_code == 401
    assert "An hour of work &lt;b&gt;." in answer.text


def test_a_database_that_stops_and_a_page_that_is_too_old_give_the_text_back(
    maria: Visitor, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    was, words = live_text(settings, "main.welcome"), "An hour of work <b>."
    old = maria.client.post("/edit/text", data={"csrf_token": "of yesterday", "text": words})
    assert old.status_code == 400
    assert "An hour of work &lt;b&gt;." in old.text

    def fails(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(revisions, "replace_files", fails)
    answer = saves(maria, "main.welcome", words, was)
    assert answer.status_code == 503
    assert "An hour of work &lt;b&gt;." in answer.text
    monkeypatch.undo()
    assert "There is no draft" in maria.sees("/edit/changes"), "half of the change was saved"


@pytest.mark.slow
def test_a_lone_editor_says_that_they_dialled_the_number(
    database: Database, settings: Settings
) -> None:
    alone = signed_in(create_app(replace(settings, one_editor=True)), NAME, PASSWORD)
    form = {"name": "state", "number": "(202) 555-0123", "source": "https://example.org"}
    assert alone.changes("/edit/numbers", **form, verified_on="").status_code == 422
    future = alone.changes("/edit/numbers", **form, verified_on="2999-01-01")
    assert "has not come yet" in future.text
    assert alone.changes("/edit/numbers", **form, verified_on="2026-11-20").status_code == 303
    assert 'number: "+12025550123"' in draft_of(database).files["line.yaml"]
    agreed = submits(alone, database)
    for typed in ("", "yes", "I dialled it on 2999-01-01"):
        assert alone.sends("/edit/approve", digest=agreed, typed=typed).status_code == 409
    dialled = "I dialled it on 2026-11-20"
    assert alone.sends("/edit/approve", digest=agreed, typed=dialled).status_code == 303
    assert alone.sends("/edit/publish", digest=agreed, password=PASSWORD).status_code == 303


def test_a_number_that_cannot_be_right_is_refused(maria: Visitor) -> None:
    for number in ("911", "900-555-0100", "12", "call me", "+1 888 373 7888"):
        form = {"name": "state", "number": number, "source": "", "verified_on": "2026-11-20"}
        answer = maria.changes("/edit/numbers", **form)
        assert answer.status_code == 422, number
        assert 'role="alert"' in answer.text


@pytest.mark.slow
def test_hours_and_closures_are_written_and_every_other_line_stays(
    maria: Visitor, database: Database, settings: Settings
) -> None:
    days = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:30-12:00, 13:00-17:00")
    assert maria.changes("/edit/hours", **days, sat="9-8").status_code == 422
    assert maria.changes("/edit/hours", **days).status_code == 303
    closure = {"begins": "2027-01-05T12:00", "ends": "2027-01-06T08:30", "why": 'painting "all"'}
    assert maria.changes("/edit/hours/closed", "/edit/hours", **closure).status_code == 303
    after = draft_of(database).files["line.yaml"]
    before = (settings.prompts / "line.yaml").read_text()
    assert after.startswith(before.rstrip("\n"))
    assert 'mon-fri: ["08:30-12:00", "13:00-17:00"]' in after
    assert "painting &#34;all&#34;" in maria.sees("/edit/hours")
    changes = maria.sees("/edit/changes")
    for day in ("Monday", "Friday"):
        assert f'<th scope="row">Opening hours, {day}</th><td>nothing</td>' in changes
    assert "Closed for once, row 1: open again from" in changes
    assert "hours.week" not in changes
    assert maria.changes("/edit/hours/closed", "/edit/hours", remove="0").status_code == 303
    assert "painting" not in draft_of(database).files["line.yaml"]


@pytest.mark.slow
def test_holidays_and_dates_with_hours_of_their_own_are_written(
    maria: Visitor, database: Database
) -> None:
    def sends(path: str, **form: str) -> int:
        return maria.changes(f"/edit/hours/{path}", "/edit/hours", **form).status_code

    assert maria.changes("/edit/hours", mon="08:30-17:00").status_code == 303
    assert sends("holidays", country="US", state="TX", **{"except": "No Such Day"}) == 422
    assert sends("holidays", country="us", state="tx", **{"except": "Columbus Day"}) == 422
    but_one = {"except": "San Jacinto Day"}
    assert sends("holidays", country="us", state="tx", **but_one) == 303
    assert sends("date", on="2026-12-24", open="08:30-12:00") == 303
    assert sends("date", on="2026-12-24", open="") == 422, "the date stands twice"
    assert sends("date", on="2026-12-31", open="", why="stocktaking") == 303
    page = maria.sees("/edit/hours")
    assert "holidays of US, TX, but for San Jacinto Day" in page
    assert "2026-12-31: closed stocktaking" in page
    written = draft_of(database).files["line.yaml"]
    assert '{"on": "2026-12-24", open: ["08:30-12:00"]}' in written
    assert sends("date", remove="0") == 303
    assert sends("date", remove="7") == 422
    assert sends("holidays", do="open") == 303
    assert "open on public holidays" in maria.sees("/edit/hours")


def test_the_people_on_call_and_their_shifts_are_written(
    maria: Visitor, database: Database, settings: Settings
) -> None:
    def sends(path: str, **form: str) -> TestResponse:
        return maria.changes(f"/edit/on-call/{path}", "/edit/on-call", **form)

    worker = {"name": "Ana Maria", "number": "(202) 555-0121"}
    assert sends("person", **worker, first="mon", last="sun", hours="9-25").status_code == 422
    whole = {"first": "mon", "last": "sun", "hours": "00:00-24:00"}
    assert sends("person", **worker, **whole).status_code == 303
    assert "on_call" not in (settings.prompts / "line.yaml").read_text().replace("# on_call", "")
    assert 'ana-maria: "+12025550121"' in draft_of(database).files["line.yaml"]
    assert "on call already" in sends("person", **worker, do="add").text
    john = {"name": "john", "number": "202 555 0122", "speaks": "es"}
    assert sends("person", **john, do="add").status_code == 303
    refused = sends("person", name="x", number="911", do="add")
    assert refused.status_code == 422
    assert 'value="911"' in refused.text, "what was typed is not lost"
    night = {"first": "sat", "last": "sun", "hours": "22:00-06:00", "ring": "john"}
    assert "overlaps" in sends("shift", **night).text
    assert "has a shift" in sends("person", name="ana-maria", do="remove").text
    assert sends("shift", **whole, on="2026-12-25", ring="john").status_code == 303
    assert "2026-12-25, 00:00-24:00: john" in maria.sees("/edit/on-call")
    assert sends("shift", remove="2026-12-25 0").status_code == 303
    assert sends("shift", remove="mon-sun 0").status_code == 422, "nobody would be on call"
    assert sends("person", name="john", number="(202) 555-0123").status_code == 303
    assert sends("person", name="john", do="remove").status_code == 303
    assert "john" not in draft_of(database).files["line.yaml"]


def test_the_telephones_of_the_office_are_written(maria: Visitor, database: Database) -> None:
    def sends(numbers: str) -> TestResponse:
        return maria.changes("/edit/numbers/office", "/edit/numbers", numbers=numbers)

    refused = sends("12, 202-555-0111")
    assert refused.status_code == 422
    assert 'value="12, 202-555-0111"' in refused.text, "what was typed is not lost"
    assert "stands twice" in sends("202-555-0111, (202) 555-0111").text
    assert sends("202-555-0111; 202-555-0112").status_code == 303
    assert '["+12025550111", "+12025550112"]' in draft_of(database).files["line.yaml"]


@pytest.mark.slow
def test_a_value_that_somebody_else_has_changed_is_not_written_over(
    maria: Visitor, ana: Visitor, database: Database
) -> None:
    for path, page, form in (
        ("/edit/hours", "", {"mon": "08:30-17:00"}),
        ("/edit/numbers/office", "/edit/numbers", {"numbers": "202-555-0111"}),
        ("/edit/choices/main", "", {"do": "down:0"}),
        ("/edit/start/name", "/edit/start", {"name-en": "the family line"}),
    ):
        seen = maria.shown_before(path, page, **form)
        assert ana.changes(path, page, **form).status_code == 303, path
        late = maria.sends(path, was=seen, **form)
        assert late.status_code == 422, path
        assert "Somebody has changed this in the meantime" in late.text
    assert draft_of(database).files["line.yaml"].count("the family line") == 1


@pytest.mark.slow
def test_the_first_steps_of_a_new_line_tick_themselves(maria: Visitor, database: Database) -> None:
    def row(text: str) -> str:
        page = maria.sees("/edit/start")
        (mark,) = re.findall(rf'<li><span class="tag[^"]*">([^<]+)</span> <a[^>]*>{text}', page)
        return str(mark)

    assert row("Write the agency&#39;s name") == "to do"
    assert row("Write your state&#39;s child-abuse hotline") == "to do"
    assert row("Read every text") == "only you can see"
    named = {"name-en": "the Ohio family line", "name-es": "la línea familiar de Ohio"}
    assert maria.changes("/edit/start/name", "/edit/start", **named).status_code == 303
    empty = {"name-en": " ", "name-es": "la línea"}
    assert maria.changes("/edit/start/name", "/edit/start", **empty).status_code == 422
    zone = maria.changes("/edit/start/zone", "/edit/start", zone="America/Chicago")
    assert zone.status_code == 303
    nowhere = maria.changes("/edit/start/zone", "/edit/start", zone="America/Nowhere")
    assert nowhere.status_code == 422
    assert maria.changes("/edit/start/state", "/edit/start", state="XX").status_code == 422
    assert maria.changes("/edit/start/state", "/edit/start", state="OH").status_code == 303
    assert row("Write the agency&#39;s name") == "done"
    assert row("Write your state&#39;s child-abuse hotline") == "done"
    assert row("Dial every number") == "to do"
    written = draft_of(database).files["line.yaml"]
    assert "the Ohio family line" in written
    assert 'time_zone: "America/Chicago"' in written
    number = state_hotlines()["OH"].number
    assert f'number: "{number}"' in written or f"number: {number}" in written


@pytest.mark.slow
def test_a_stale_translation_that_is_still_right_is_settled_by_reading_it(
    maria: Visitor, database: Database, settings: Settings
) -> None:
    was = live_text(settings, "main.welcome")
    assert saves(maria, "main.welcome", f"{was} Hello.", was).status_code == 303
    page = "/edit/translate/es"
    assert "was translated from has changed" in maria.sees(page)
    spanish = digest(live_text(settings, "main.welcome", "es"))
    form = {"language": "es", "prompt": "main.welcome", "node": "translate:es", "was": spanish}
    assert maria.sends("/edit/reviewed", **form).status_code == 303
    assert "was translated from has changed" not in maria.sees(page)
    assert digest(f"{was} Hello.") in draft_of(database).files["es.yaml"]


@pytest.mark.slow
def test_the_order_of_a_menus_keys_is_changed_and_callers_are_thought_of(
    maria: Visitor, database: Database, settings: Settings
) -> None:
    assert maria.changes("/edit/choices/main", do="down:0").status_code == 303
    page = unescape(maria.sees("/edit/changes"))
    report, missing = "“What to do and who to call”", "“First, hang up and call the police”"
    assert f"At “Main menu”, <kbd>1</kbd> led to {report}, and leads to {missing}." in page
    assert '<th scope="row">Keys of “Main menu”, in order</th>' in page
    assert "<td>First, hang up and call the police (say: to.missing-now), What to do" in page
    box = re.search(
        r'<a href="/edit/node/main" class="box box-menu changed".*?</a>', page, re.DOTALL
    )
    assert box is not None
    assert ">changed</text>" in box[0], "not by its edge alone"
    assert re.search(r'>changed</span> <a href="/edit/node/main">Main menu</a>.*1 new →', page)
    assert 'class="arrow arrow-key removed"' in page
    after = draft_of(database).files["menu.yaml"]
    before = (settings.prompts / "menu.yaml").read_text()
    changed = [
        (a, b) for a, b in zip(before.splitlines(), after.splitlines(), strict=True) if a != b
    ]
    assert [b.strip() for _, b in changed] == ["- {to: missing, say: to.missing-now}", "- report"]
    assert maria.changes("/edit/choices/main", do="up:0").status_code == 422
    assert maria.changes("/edit/choices/main", do="remove:4").status_code == 303
    assert maria.changes("/edit/choices/main", do="add:", to="nowhere").status_code == 422
    assert maria.changes("/edit/choices/main", do="add:", to="meaning").status_code == 303
    assert maria.changes("/edit/choices/main", do="up:1").status_code == 303
    assert draft_of(database).files["menu.yaml"] == before


@pytest.mark.slow
def test_a_step_of_a_talk_is_added_moved_and_removed_with_its_words(
    maria: Visitor, database: Database, settings: Settings
) -> None:
    page, before = "/edit/steps/report", files_of(settings)
    new = {"text-en": 'Say: "I am # worried", if you can.', "text-es": "Diga: «estoy inquieto»."}
    assert maria.changes(page, do="add:", **{**new, "text-es": " "}).status_code == 422
    assert maria.changes(page, do="add:", **new).status_code == 303
    files = draft_of(database).files
    assert {name for name, text in files.items() if text != before[name]} == {
        "menu.yaml",
        "en.yaml",
        "es.yaml",
    }
    assert files["en.yaml"].startswith(before["en.yaml"][: before["en.yaml"].index("\nspeech:")])
    assert "who.confront, report.say-i-am]" in files["menu.yaml"]
    node = maria.sees("/edit/node/report")
    assert "Diga: «estoy inquieto»." in node
    assert "Add, move or remove steps" in node
    assert not [p for p in problems_of(files) if p.level == "error"], "it is whole"
    assert maria.changes(page, do="up:4").status_code == 303
    assert "report.say-i-am, who.confront]" in draft_of(database).files["menu.yaml"]
    assert maria.changes(page, do="remove:3").status_code == 303
    assert draft_of(database).files == before, "to the byte"
    assert maria.changes(page, do="remove:9").status_code == 422
    shared = maria.changes("/edit/steps/careful", do="remove:0")
    assert shared.status_code == 303
    assert "report.where:" in draft_of(database).files["en.yaml"], "another part says it"
    assert maria.sees("/edit/steps/main", 404)


@pytest.mark.slow
def test_words_of_an_extra_are_edited_in_its_own_files(
    database: Database, settings: Settings
) -> None:
    change(settings.prompts / "line.yaml", {"extras": ["for-you"]})
    maria = signed_in(create_app(settings), NAME, PASSWORD)
    was = live_text(settings, "extra.for-you.not-reports")
    new = f"{was} Call them."
    assert saves(maria, "extra.for-you.not-reports", new, was, node="for-you").status_code == 303
    spanish = live_text(settings, "extra.for-you.not-reports", "es")
    assert "was translated from has changed" in maria.sees("/edit/node/for-you")
    changed = f"{spanish} Llame."
    answer = saves(maria, "extra.for-you.not-reports", changed, spanish, "es", node="for-you")
    assert answer.status_code == 303, answer.text
    files = draft_of(database).files
    assert new in " ".join(files["extras/for-you/en.yaml"].split())
    assert digest(new) in files["extras/for-you/es.yaml"]
    assert files["en.yaml"] == (settings.prompts / "en.yaml").read_text()
    page = maria.sees("/edit/choices/more")
    assert "added by an extra" in page
    assert maria.changes("/edit/choices/main", do="remove:1").status_code == 303
    assert maria.changes("/edit/choices/main", do="add:", to="for-you").status_code == 303


@pytest.mark.slow
def test_a_draft_is_heard_on_its_own_phone_and_by_nobody_else(
    maria: Visitor, visitor: Visitor, database: Database, settings: Settings
) -> None:
    saves(maria, "main.welcome", "A draft for {agency}.", live_text(settings, "main.welcome"))
    draft = draft_of(database)

    def heard(path: str, who: Visitor = maria, status: int = 200) -> str:
        token = re.search(r'name="csrf-token" content="([^"]+)"', maria.sees("/phone"))
        assert token is not None
        answer = who.client.post(
            path, json={"acts": ["1"], "since": 0}, headers={"X-CSRFToken": token[1]}
        )
        assert answer.status_code == status, answer.text
        return answer.text

    assert "A draft for" in heard(f"/phone/call?draft={draft.id}")
    assert "A draft for" not in heard("/phone/call")
    heard(f"/phone/call?draft={draft.id + 1}", status=404)
    assert f"draft {draft.id}" in maria.sees(f"/phone?draft={draft.id}")
    assert "Sign in" in visitor.sees(f"/phone?draft={draft.id}")
    with database.reading() as connection:
        assert connection.execute(sql("SELECT count(*) FROM calls")).scalar() == 0
    saves(maria, "main.welcome", "Broken {nothing}.", "A draft for {agency}.")
    heard(f"/phone/call?draft={draft.id}", status=409)


@pytest.mark.slow
def test_a_revert_restores_the_same_version_digits(
    maria: Visitor, ana: Visitor, database: Database, settings: Settings
) -> None:
    first = version(load(settings.prompts))
    saves(maria, "main.welcome", "This is {agency}.", live_text(settings, "main.welcome"))
    agreed = submits(maria, database)
    ana.sends("/edit/approve", digest=agreed)
    ana.sends("/edit/publish", digest=agreed, password=HER_PASSWORD)
    with database.reading() as connection:
        imported = next(r for r in revisions.listed(connection) if r.state == "imported")
    assert "Make this the draft" in maria.sees(f"/edit/history/{imported.id}")
    assert maria.sends("/edit/revert", revision=str(imported.id)).status_code == 303
    again = draft_of(database)
    assert again.digest == imported.digest
    assert imported.version == first
    assert maria.sends("/edit/revert", revision=str(imported.id)).status_code == 409, "one draft"
    assert maria.sends("/edit/discard", digest=again.digest).status_code == 303


def test_a_draft_that_began_before_another_publication_is_not_published(
    maria: Visitor, ana: Visitor, database: Database, settings: Settings
) -> None:
    saves(maria, "main.welcome", "This is {agency}.", live_text(settings, "main.welcome"))
    agreed = submits(maria, database)
    ana.sends("/edit/approve", digest=agreed)
    with database.writing() as connection:
        draft = revisions.open_revision(connection)
        assert draft is not None
        other = revisions.add(
            connection, draft.files, revisions.Origin("root", NOW), "discarded", ""
        )
        revisions.set_values(connection, other.id, {"state": "published", "publication": 7})
    answer = ana.sends("/edit/publish", digest=agreed, password=HER_PASSWORD)
    assert answer.status_code == 409
    assert "was published since" in answer.text


@pytest.mark.slow
def test_a_changed_source_leaves_its_translation_on_the_desk_until_somebody_vouches_for_it(
    maria: Visitor, database: Database, settings: Settings
) -> None:
    saves(maria, "main.welcome", "This is {agency}.", live_text(settings, "main.welcome"))
    page = maria.sees("/edit/translate/es")
    spanish_text = page.partition("main.welcome</code>")[2].partition("</form>")[2]
    stale = spanish_text.partition("has changed:")[2].partition("</p>")[0]
    assert re.search(r"<del>.*Welcome to</del> <ins>.*This is</ins>", stale), "what has changed"
    assert "write of:" not in spanish_text, "nobody here has seen YAML"
    spanish = live_text(settings, "main.welcome", "es")
    new = "Llama a {agency}."
    desk = {"language": "es", "node": "translate:es"}
    assert saves(maria, "main.welcome", new, spanish, **desk).location.startswith(
        "/edit/translate/es"
    )
    words = draft_of(database).files["es.yaml"]
    assert f"text: {new}\n    of: {digest('This is {agency}.')}" in words
    form = {"prompt": "main.welcome", **desk}
    assert maria.sends("/edit/reviewed", was=digest(spanish), **form).status_code == 422
    assert maria.sends("/edit/reviewed", was=digest(new), **form).status_code == 303
    assert f'state: "reviewed"\n    by: "{NAME}"' in draft_of(database).files["es.yaml"]
    assert "main.welcome</code>" not in maria.sees("/edit/translate/es")
    saves(maria, "main.welcome", "Esta es {agency}.", new, **desk)
    assert "main.welcome</code>" in maria.sees("/edit/translate/es")


def test_a_server_refuses_a_broken_revision_and_keeps_the_one_before(
    database: Database, settings: Settings
) -> None:
    files = {p.name: p.read_text() for p in settings.prompts.glob("*.yaml")}
    alerts: list[str] = []
    with database.writing() as connection:
        good = revisions.add(connection, files, revisions.Origin("root", NOW), "discarded", "")
        revisions.set_values(connection, good.id, {"state": "published", "publication": 1})
    outcomes = {good.digest: CheckOutcome((), "0123456789")}
    proved: list[str] = []

    def checker(folder: Path, *_: object) -> CheckOutcome:
        proved.append(folder.name)
        return outcomes[folder.name]

    publisher = RevisionPublisher(
        settings, database, lambda kind, text: alerts.append(text), 0, checker=checker
    )
    from ivr.accounts import revision_copy

    publisher.poll()
    assert revision_copy.in_force(settings.state) == (good.id, good.digest)
    with database.writing() as connection:
        bad = revisions.add(
            connection, {**files, "menu.yaml": "no"}, revisions.Origin("x", NOW), "discarded", ""
        )
        revisions.set_values(connection, bad.id, {"state": "published", "publication": 2})
    outcomes[bad.digest] = CheckOutcome(("menu.yaml:1:1 load: broken",), "")
    publisher.poll()
    publisher.poll()
    assert revision_copy.in_force(settings.state) == (good.id, good.digest)
    assert len(alerts) == 1
    with database.writing() as connection:
        mended = revisions.add(connection, {**files, "en.yaml": "x"}, revisions.Origin("x", NOW))
        revisions.set_values(connection, mended.id, {"state": "submitted"})
    outcomes[mended.digest] = CheckOutcome(("en.yaml:1:1 load: broken",), "")
    for _ in range(3):
        publisher.poll()
    assert proved == [good.digest, bad.digest, mended.digest], "each once"
    assert len(alerts) == 1
    broken = replace(settings, database_url="postgresql://nobody@127.0.0.1:1/x")
    RevisionPublisher(broken, Database(broken), lambda *_: None, 0).poll()
    folder = revision_copy.folder(settings.state)
    assert folder is not None
    assert (folder / "menu.yaml").read_text() == files["menu.yaml"]


def test_an_undo_is_on_the_air_at_the_next_look_and_nothing_is_checked_for_it(
    database: Database, settings: Settings
) -> None:
    own = {p.name: p.read_text() for p in settings.prompts.glob("*.yaml")}
    origin = revisions.Origin("root", NOW)
    with database.writing() as connection:
        first = revisions.add(connection, own, origin, "imported", "0123456789")
        changed = {**own, "en.yaml": own["en.yaml"] + "# changed\n"}
        second = revisions.add(connection, changed, origin, "submitted", "9876543210")
    proved: list[str] = []

    def checker(folder: Path, state: Path, _: object) -> CheckOutcome:
        proved.append(folder.name)
        save_cached(state, fingerprint(folder, NOW.date(), state, settings.clips_in_use), b"{}")
        return CheckOutcome((), "9876543210")

    def look_in_a_new_process() -> str:
        on_air = replace(settings, prompts=revision_copy.folder(settings.state) or settings.prompts)
        RevisionPublisher(on_air, database, lambda *_: None, 0, lambda: NOW, checker).poll()
        current = revision_copy.in_force(settings.state)
        return current[1] if current else ""

    look_in_a_new_process()
    with database.writing() as connection:
        workflow.put_on_air(connection, replace(second, parent=None), "lee", NOW)
    assert look_in_a_new_process() == second.digest
    assert proved == [second.digest], "while it waited for approval"
    look_in_a_new_process()
    assert proved == [second.digest, first.digest], "it may be undone"
    with database.writing() as connection:
        workflow.undo(connection, "lee", second.digest, NOW)
    assert look_in_a_new_process() == first.digest
    assert proved == [second.digest, first.digest]


def test_names_in_the_database_do_not_lead_out_of_the_folder(
    database: Database, settings: Settings
) -> None:
    files = {"line.yaml": "x", "../../evil.yaml": "x"}
    with pytest.raises(revisions.EditError, match="no name of a file"), database.writing() as c:
        revisions.add(c, files, revisions.Origin("x", NOW))
    with database.writing() as connection:
        one = revisions.add(connection, {"line.yaml": "x"}, revisions.Origin("x", NOW))
        values = {"files": files, "state": "published", "publication": 1}
        revisions.set_values(connection, one.id, values)
    with pytest.raises(ValueError, match="no name of a file"):
        take_newest(settings, database, NOW)
    assert not list(settings.state.parent.rglob("evil.yaml"))
