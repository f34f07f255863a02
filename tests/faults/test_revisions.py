"""Changes that two people made in the browser are on the air on two servers with one database."""

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests

from ivr.accounts import operators
from ivr.database.engine import Database, open_and_migrate
from ivr.editing import revisions
from ivr.phone.states import Heard
from ivr.schedule.hours import DAYS
from ivr.script.review import digest
from ivr.settings import Settings
from tests.faults.conftest import Line
from tests.records.conftest import Server
from tests.serving import free_port, until, until_pages_answer
from tests.small_script import small

WITH_AGENCY = [
    {"in": "menu.yaml", "replace": "      - office", "by": "      - agency"},
    {
        "in": "menu.yaml",
        "replace": "  danger: {kind",
        "by": """\
  agency: {kind: agency, open: [agency.open], closed: [agency.closed], next: office}
  danger: {kind""",
    },
    {"in": "line.yaml", "add": 'office: {numbers: ["+12025550111"]}\n'},
    {
        "in": "en.yaml",
        "replace": "  office.about:",
        "by": """\
  agency.name: our office
  agency.open: The office is open.
  agency.closed: The office is closed now.
  agency.challenge: To ring us, press {first}, then press {second}.
  agency.limited: We cannot take more calls now.
  agency.trying: I am calling our office.
  to.agency: For our office
  oncall.block: To block this caller, press 5.
  oncall.language: They speak {called}.
  oncall.ring: I will ring our office.
  oncall.ringing: I am ringing.
  oncall.unreached: No one answered.
  oncall.whisper: A call for the line. To take it, press 1.
  office.about:""",
    },
]
REPLACED = "Stopped old worker-2"
"""What a line with two workers logs once the last one is replaced."""

CHICAGO = ZoneInfo("America/Chicago")
HOTLINE, NEW_HOTLINE = "+18883737888", "+12025550177"

MARIA, ANA = ("maria", "a long password of hers"), ("ana", "quite another passphrase")
OLD, NEW = "If alone, you can speak, too.", "Speak, too, if you are alone."


@dataclass
class Browser:
    """An operator's browser, which runs no script."""

    url: str
    name: str
    password: str
    visit: requests.Session = field(default_factory=requests.Session)

    def signs_in(self) -> None:
        self.sends("/sign-in", page="/sign-in", name=self.name, password=self.password)

    def sees(self, path: str) -> str:
        return self.visit.get(f"{self.url}{path}", timeout=60).text

    def sends(self, path: str, page: str = "/edit/changes", **form: str) -> str:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.sees(page))
        assert token is not None
        form["csrf_token"] = token[1]
        answer = self.visit.post(f"{self.url}{path}", form, timeout=60)
        assert answer.ok, answer.text
        return answer.text

    def changes(self, path: str, page: str = "", **form: str) -> None:
        """Send a form of the editor as its page shows it."""
        shown = self.sees(page or path)
        forms = re.findall(rf'<form[^>]*action="{path}".*?</form>', shown, re.DOTALL)
        named = f'name="name" value="{form.get("name", "")}"'
        sent = next((one for one in forms if named in one), forms[-1])
        was = re.search(r'name="was" value="([^"]+)"', sent)
        assert was is not None
        self.sends(path, page=page or path, was=was[1], **form)

    def digest(self) -> str:
        shown = re.search(r'name="digest" value="(\w+)"', self.sees("/edit/changes"))
        assert shown is not None
        return shown[1]


@contextmanager
def two_lines(room: Path, server: Server) -> Iterator[tuple[Line, Line]]:
    env = {"IVR_DATABASE_URL": server.new_database(), "IVR_SECRET_KEY": "s" * 32}
    env["IVR_DAY_KEYS"] = str(room / "day-keys")
    lines = []
    with ExitStack() as stack:
        for name in ("one", "two"):
            (room / name).mkdir()
            prompts = small(room / name, *WITH_AGENCY)
            line = Line(free_port(), room / name, prompts, env, server)
            stack.callback(line.end)
            line.start()
            until_pages_answer(f"http://127.0.0.1:{line.port}", line.log)
            lines.append(line)
        yield lines[0], lines[1]


def hears(line: Line, words: str, *keys: str) -> bool:
    caller = line.call().dial().press("1", *keys)
    return words in " ".join(e.text for e in caller.call.events if isinstance(e, Heard))


@dataclass(frozen=True)
class Office:
    """Two people, each at the console of a server of their own."""

    one: Line
    two: Line
    database: Database
    maria: Browser
    ana: Browser

    def publish(self) -> None:
        """Let Maria submit her draft, and Ana approve and publish it; wait for both servers."""
        self.maria.sends("/edit/submit", digest=self.maria.digest(), note="agreed on")
        until(self.passes_checks, self.one.log)
        agreed = self.ana.digest()
        self.ana.sends("/edit/approve", digest=agreed)
        with self.taken_by_both():
            self.ana.sends("/edit/publish", digest=agreed, password=ANA[1])

    def passes_checks(self) -> bool:
        with self.database.reading() as connection:
            waiting = revisions.submitted(connection)
        assert waiting is not None
        assert not waiting.errors, waiting.errors
        return waiting.errors is not None

    @contextmanager
    def taken_by_both(self) -> Iterator[None]:
        """Wait until each worker of both servers answers with what is published within."""
        lines = (self.one, self.two)
        before = [line.log.read_text().count(REPLACED) for line in lines]
        yield
        for line, count in zip(lines, before, strict=True):
            until(lambda: line.log.read_text().count(REPLACED) > count, line.log)  # noqa: B023
            until_pages_answer(f"http://127.0.0.1:{line.port}", line.log)

    def version(self) -> str:
        with self.database.reading() as connection:
            newest = revisions.newest_published(connection)
        assert newest is not None
        return newest.version


def office_of(one: Line, two: Line) -> Office:
    settings = Settings(state=one.state, database_url=one.env["IVR_DATABASE_URL"])
    engine = open_and_migrate(settings)
    operators.add(engine, *MARIA)
    operators.add(engine, *ANA, ["publish"])
    engine.dispose()
    maria = Browser(f"http://127.0.0.1:{one.port}", *MARIA)
    ana = Browser(f"http://127.0.0.1:{two.port}", *ANA)
    maria.signs_in()
    ana.signs_in()
    return Office(one, two, Database(settings), maria, ana)


@pytest.mark.timeout(600)
def test_what_two_people_agreed_on_is_heard_on_two_servers_also_without_the_database(
    tmp_path: Path, postgresql: Server
) -> None:
    with two_lines(tmp_path, postgresql) as (one, two):
        office = office_of(one, two)
        a_text_is_changed(office)
        a_number_hours_and_the_order_of_keys_are_changed_and_restored(office)
        each_publication_was_checked_before_it(office)
        for line in (one, two):
            line.stop()
        postgresql.stop()
        try:
            for line in (one, two):
                shutil.rmtree(line.prompts)
                line.start()
                assert hears(line, NEW)
        finally:
            postgresql.start()


def each_publication_was_checked_before_it(office: Office) -> None:
    """A server looks once a second; it would take longer only if it had to run the checks."""
    for line in (office.one, office.two):
        log = line.log.read_text()
        moments = re.findall(r"revision (\d+) is (being checked|published here)", log)
        # A process of the pages that another one replaces may check what that one checks, too.
        assert [moment for moment, _ in groupby(moments)] == [
            *[("2", "being checked"), ("2", "published here")],
            *[("3", "being checked"), ("3", "published here")],
            ("4", "published here"),  # the undo
        ]


def a_text_is_changed(office: Office) -> None:
    form = {"node": "everywhere", "language": "en", "prompt": "speech.offer", "was": digest(OLD)}
    office.maria.sends("/edit/text", page="/edit/node/everywhere", text=NEW, **form)
    caller = office.one.call().dial()
    assert hears(office.two, OLD)
    office.publish()
    assert hears(office.one, NEW)
    assert hears(office.two, NEW)
    caller.press("0").is_connected_to(HOTLINE)


def a_number_hours_and_the_order_of_keys_are_changed_and_restored(office: Office) -> None:
    before, maria, one, two = office.version(), office.maria, office.one, office.two
    number = {"name": "hotline", "number": NEW_HOTLINE, "source": "https://example.org"}
    maria.changes("/edit/numbers", verified_on="2026-11-01", **number)
    another_day = DAYS[(dt.datetime.now(CHICAGO).weekday() + 3) % 7]
    maria.changes("/edit/hours", **{another_day: "09:00-09:05"})
    maria.changes("/edit/choices/main", do="down:0")
    listening = one.call().dial().press("1").waits().hears("To hear the signs, press 1.")
    talking = two.call().dial().press("0").is_connected_to(HOTLINE)
    assert hears(two, "The office is open.", "3")
    office.publish()
    for line in (one, two):
        assert hears(line, "The office is closed now.", "3")
        assert hears(line, "The first sign.", "2")
        line.call().dial().press("0").is_connected_to(NEW_HOTLINE)
    listening.press("#").hears("For the hotline, press 1.")
    talking.ends("no-answer").is_listened_to()

    undo = re.search(r'name="digest" value="(\w+)"', office.ana.sees("/"))
    assert undo is not None
    with office.taken_by_both():
        office.ana.sends("/publishing/undo", page="/", digest=undo[1])
    for line, browser in ((one, maria), (two, office.ana)):
        assert hears(line, "The office is open.", "3")
        assert hears(line, "The first sign.", "1")
        line.call().dial().press("0").is_connected_to(HOTLINE)
        # The process of the pages before stays until the next one answers.
        until(lambda: f"<code>{before}</code>" in browser.sees("/"), line.log)  # noqa: B023
    assert office.version() == before
