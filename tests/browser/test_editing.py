"""Two people change the line in real browsers, on pages that are fit for everybody."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from ivr.accounts import operators
from ivr.database.engine import Database, open_and_migrate
from ivr.editing import revisions
from ivr.settings import Settings
from ivr.web import create_app
from tests.browser.test_console import COLOURS, fewer_alike, fits, violations
from tests.console.test_editing import passes_checks
from tests.lines import SHIPPED, TOKEN

MARIA, ANA = "maria", "ana"
PASSWORDS = {MARIA: "a long password of hers", ANA: "quite another passphrase"}

PAGES = [
    "/edit/start",
    "/edit",
    "/edit/node/main",
    "/edit/node/everywhere",
    "/edit/translate/es",
    "/edit/numbers",
    "/edit/hours",
    "/edit/on-call",
    "/edit/choices/main",
    "/edit/steps/report",
    "/edit/recordings",
    "/edit/changes",
    "/edit/history",
]

HARD = (
    "Notwithstanding considerable organizational complexities, representatives will immediately"
    " facilitate comprehensive multidisciplinary interventions for families experiencing"
    " considerable difficulties or unexpected emergencies anywhere nearby. {agency} administers"
    " institutional accountability procedures continuously, and communicates recommendations."
)


PATIENCE = 30_000
"""Milliseconds in which a text that was left is saved and examined, beside other tests."""


@dataclass
class Office:
    """A line with two people at its console, each with a browser of their own."""

    database: Database
    comes: Callable[[str], Page]

    def on_the_air(self) -> dict[str, str]:
        """Return the files of what is published."""
        with self.database.reading() as connection:
            newest = revisions.newest_published(connection)
        assert newest is not None
        return dict(newest.files)


@pytest.fixture
def office(browser: Browser, served: Callable[[Flask], str], tmp_path: Path) -> Iterator[Office]:
    prompts = shutil.copytree(SHIPPED, tmp_path / "prompts")
    settings = Settings(auth_tokens=(TOKEN,), prompts=prompts, state=tmp_path / "state")
    engine = open_and_migrate(settings)
    operators.add(engine, MARIA, PASSWORDS[MARIA])
    operators.add(engine, ANA, PASSWORDS[ANA], ["publish"])
    root = served(create_app(settings)).removesuffix("/voice")
    contexts = []

    def comes(name: str) -> Page:
        context = browser.new_context(base_url=root, viewport={"width": 320, "height": 800})
        contexts.append(context)
        page = context.new_page()
        page.goto("/edit")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORDS[name])
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Edit the line")
        return page

    yield Office(Database(settings), comes)
    for context in contexts:
        context.close()


def submits(page: Page, note: str) -> None:
    page.goto("/edit/changes")
    page.get_by_label("What has changed, and why").fill(note)
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_text("being checked")).to_be_visible()


def approves_and_publishes(page: Page, office: Office) -> None:
    passes_checks(office.database)
    page.goto("/edit/changes")
    page.get_by_role("button", name="Approve").click()
    page.get_by_label("Your password, once more").fill(PASSWORDS[ANA])
    page.get_by_role("button", name="Publish").click()
    page.goto("/edit/history")
    expect(page.get_by_text("on the air").first).to_be_visible()


def test_a_text_that_is_hard_to_read_is_mended_heard_approved_and_published(
    office: Office,
) -> None:
    maria, ana = office.comes(MARIA), office.comes(ANA)
    maria.goto("/edit/node/main")
    text = maria.get_by_label("English: main.welcome", exact=True)
    text.fill(HARD)
    maria.get_by_role("button", name="Save main.welcome in English").click()
    welcome = maria.locator("#at-en-main\\.welcome")
    expect(welcome).to_contain_text("limit 6")
    expect(welcome).to_contain_text("saved")
    text.fill("This is {agency}. You are not alone.")
    maria.get_by_role("button", name="Save main.welcome in English").click()
    expect(welcome).to_contain_text("reads at grade")
    expect(welcome).not_to_contain_text("limit 6")
    maria.get_by_role("link", name="hear the draft").click()
    maria.wait_for_url("**/phone?draft=*")
    expect(maria.get_by_role("button", name="Call", exact=True)).to_be_visible()
    submits(maria, "a kinder welcome")
    passes_checks(office.database)
    maria.reload()
    expect(maria.get_by_text("somebody else has to approve them")).to_be_visible()
    ana.goto("/edit/changes")
    expect(ana.get_by_text("You are not alone.")).to_be_visible()
    approves_and_publishes(ana, office)
    assert "You are not alone." in " ".join(office.on_the_air()["en.yaml"].split())


def test_a_text_is_saved_and_read_as_soon_as_its_field_is_left(office: Office) -> None:
    maria, ana = office.comes(MARIA), office.comes(ANA)
    for page in (maria, ana):
        page.goto("/edit/node/main")
    text = maria.get_by_label("English: main.welcome", exact=True)
    welcome = maria.locator("#at-en-main\\.welcome")
    text.fill(HARD)
    text.press("Tab")
    expect(welcome).to_contain_text("limit 6", timeout=PATIENCE)
    expect(maria.get_by_role("status").first).to_contain_text("saved")
    text.fill("This is {agency}. You are not alone.")
    text.press("Tab")
    expect(welcome).not_to_contain_text("limit 6", timeout=PATIENCE)
    expect(welcome).to_contain_text("You are not alone.", timeout=PATIENCE)
    theirs = ana.get_by_label("English: main.welcome", exact=True)
    theirs.fill("Hello from {agency}.")
    theirs.press("Tab")
    expect(ana.get_by_label("Yours, not saved yet")).to_have_value(
        "Hello from {agency}.", timeout=PATIENCE
    )
    ana.goto("/edit/node/main")
    ana.route("**/edit/text", lambda route: route.abort())
    theirs.fill("Good day from {agency}.")
    theirs.press("Tab")
    hers = ana.locator("#at-en-main\\.welcome")
    expect(hers).to_contain_text("It stays here: press Save in a minute.")
    expect(theirs).to_have_value("Good day from {agency}.")
    ana.unroute("**/edit/text")
    ana.context.clear_cookies()
    theirs.fill("Welcome to {agency}.")
    theirs.press("Tab")
    expect(ana.get_by_label("What you typed")).to_have_value(
        "Welcome to {agency}.", timeout=PATIENCE
    )


def test_a_number_the_hours_and_the_order_of_a_menu_go_the_same_way(office: Office) -> None:
    maria, ana = office.comes(MARIA), office.comes(ANA)
    maria.goto("/edit/numbers")
    state = maria.locator("#at-state")
    state.get_by_label("Number").fill("202 555 0123")
    state.get_by_label("Where it is published").fill("https://example.org")
    state.get_by_role("button").click()
    expect(maria.get_by_role("alert")).to_contain_text("write the day on which you did")
    state.get_by_label("The day on which you dialled it").fill("2026-11-20")
    state.get_by_role("button").click()
    expect(maria.get_by_role("alert")).to_have_count(0)
    maria.goto("/edit/hours")
    maria.get_by_label("Monday", exact=True).fill("9-5")
    maria.get_by_role("button", name="Save the week").click()
    expect(maria.get_by_role("alert")).to_contain_text("may mean day or night")
    maria.get_by_label("Monday", exact=True).fill("09:00-17:00")
    maria.get_by_role("button", name="Save the week").click()
    expect(maria.get_by_role("heading", name="Closed for once")).to_be_visible()
    maria.goto("/edit/choices/main")
    maria.get_by_role("button", name="Down").first.click()
    submits(maria, "hours, a number, and the order of the keys")
    ana.goto("/edit/changes")
    expect(ana.get_by_role("heading", name="Keys that lead elsewhere")).to_be_visible()
    approves_and_publishes(ana, office)
    published = office.on_the_air()
    assert 'number: "+12025550123"' in published["line.yaml"]
    assert "09:00-17:00" in published["line.yaml"]


def test_two_people_on_one_text_are_shown_both(office: Office) -> None:
    maria, ana = office.comes(MARIA), office.comes(ANA)
    for page, words in ((maria, "This is {agency}."), (ana, "Hello from {agency}.")):
        page.goto("/edit/node/main")
        page.get_by_label("English: main.welcome", exact=True).fill(words)
    maria.get_by_role("button", name="Save main.welcome in English").click()
    expect(maria.locator("#at-en-main\\.welcome")).to_contain_text("saved")
    ana.get_by_role("button", name="Save main.welcome in English").click()
    expect(ana.get_by_label("Yours, not saved yet")).to_have_value("Hello from {agency}.")
    expect(ana.get_by_role("region", name="Theirs")).to_contain_text("This is {agency}.")
    assert violations(ana) == []


def test_axe_finds_nothing_wrong_with_the_editor_and_no_page_scrolls_sideways(
    office: Office,
) -> None:
    page = office.comes(MARIA)
    page.goto("/edit/on-call")
    page.get_by_label("Name, in letters").fill("maria")
    page.get_by_label("Number").fill("202 555 0121")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Shifts")).to_be_visible()
    for path in PAGES:
        page.goto(path)
        fits(page, 1440, 320)
        fewer_alike(page)
        page.emulate_media(color_scheme="light")
        assert violations(page) == [], path
        page.emulate_media(color_scheme="dark")
        assert violations(page, **COLOURS) == [], path
