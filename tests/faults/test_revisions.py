"""A change that two people made in the browser is on the air on two servers with one database."""

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from ivr.accounts import operators
from ivr.database.engine import open_and_migrate
from ivr.phone.states import Heard
from ivr.script.po import digest
from ivr.settings import Settings
from tests.faults.conftest import Line
from tests.records.conftest import Server
from tests.serving import free_port, until, until_pages_answer
from tests.small_script import small

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
            prompts = small(room / name)
            line = Line(free_port(), room / name, prompts, env, server)
            stack.callback(line.end)
            line.start()
            until_pages_answer(f"http://127.0.0.1:{line.port}", line.log)
            lines.append(line)
        yield lines[0], lines[1]


def hears(line: Line, words: str) -> bool:
    caller = line.call().dial().press("1")
    return words in " ".join(e.text for e in caller.call.events if isinstance(e, Heard))


@pytest.mark.timeout(300)
def test_what_two_people_agreed_on_is_heard_on_two_servers_also_without_the_database(
    tmp_path: Path, postgresql: Server
) -> None:
    with two_lines(tmp_path, postgresql) as (one, two):
        settings = Settings(state=one.state, database_url=one.env["IVR_DATABASE_URL"])
        engine = open_and_migrate(settings)
        operators.add(engine, *MARIA)
        operators.add(engine, *ANA, ["publish"])
        engine.dispose()
        maria = Browser(f"http://127.0.0.1:{one.port}", *MARIA)
        ana = Browser(f"http://127.0.0.1:{two.port}", *ANA)
        maria.signs_in()
        ana.signs_in()
        form = {
            "node": "everywhere",
            "language": "en",
            "prompt": "speech.offer",
            "was": digest(OLD),
        }
        maria.sends("/edit/text", page="/edit/node/everywhere", text=NEW, **form)
        maria.sends("/edit/submit", digest=maria.digest(), note="other words")
        until(lambda: "Every check passes" in maria.sees("/edit/changes"), one.log)
        agreed = ana.digest()
        ana.sends("/edit/approve", digest=agreed)
        caller = one.call().dial()
        assert hears(two, OLD)
        ana.sends("/edit/publish", digest=agreed, password=ANA[1])
        until(lambda: hears(one, NEW) and hears(two, NEW), one.log)
        caller.press("0").is_connected_to("+18883737888")
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
