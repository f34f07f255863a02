"""Visitors of the console's pages, without a browser: what the server says is what counts."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ivr.accounts import operators
from ivr.checks.engine.report import CheckReport, save
from ivr.database.engine import open_and_migrate
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import SHIPPED, TOKEN
from tests.published import report_once
from tests.walked import once

NAME, PASSWORD = "maria", "a long password of hers"


@dataclass
class Visitor:
    """Somebody with a browser."""

    client: FlaskClient

    def sees(self, path: str, status: int = 200) -> str:
        """Open a page; return its HTML."""
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == status, (path, answer.status_code)
        return answer.text

    def sends(self, path: str, **form: str) -> TestResponse:
        """Send a form with the token that the sign-in page gave."""
        page = self.client.get("/sign-in").text
        token_field = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token_field is not None
        return self.client.post(path, data={"csrf_token": token_field[1], **form})

    def changes(self, path: str, page: str = "", **form: str) -> TestResponse:
        """Send a form of the editor as its page shows it, with what stood there before."""
        return self.sends(path, was=self.shown_before(path, page, **form), **form)

    def shown_before(self, path: str, page: str = "", **form: str) -> str:
        """Return the digest that a form holds, of what stood there when its page was made."""
        shown = self.sees(page or path)
        forms = re.findall(rf'<form[^>]*action="{path}".*?</form>', shown, re.DOTALL)
        named = f'name="name" value="{form.get("name", "")}"'
        sent = next((one for one in forms if named in one), forms[-1])
        was = re.search(r'name="was" value="([^"]+)"', sent)
        assert was is not None
        return was[1]

    def signs_in(self, name: str = NAME, password: str = PASSWORD, **form: str) -> TestResponse:
        """Fill in the sign-in page."""
        return self.sends("/sign-in", name=name, password=password, **form)


@pytest.fixture(autouse=True)
def _explored_once(explored_once: None) -> None:
    """Walk through each of the scripts once: no test here changes the line."""


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> CheckReport:
    """Return the report of the checks on the shipped script, made once in a run."""
    return report_once(tmp_path_factory, SHIPPED)


def state_with_operator(room: Path) -> Path:
    """Return the state of a service with one operator."""
    state = room / "state-with-operator"
    engine = open_and_migrate(Settings(state=state))
    operators.add(engine, NAME, PASSWORD)
    engine.dispose()
    return state


@pytest.fixture
def settings(
    tmp_path: Path, report: CheckReport, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Return the settings of a service with one operator and a script of its own, published."""
    prompts = shutil.copytree(SHIPPED, tmp_path / "prompts")
    save(replace(report, folder=str(prompts)), prompts)
    state = once(tmp_path_factory, "state-with-operator", state_with_operator)
    shutil.copytree(state, tmp_path / "state")  # a database is migrated once in a run
    return Settings(auth_tokens=(TOKEN,), prompts=prompts, state=tmp_path / "state")


Comes = Callable[..., Visitor]


@pytest.fixture
def comes(settings: Settings) -> Comes:
    """Let somebody come to the service, as it is set up or otherwise."""
    return lambda other=None: Visitor(create_app(other or settings).test_client())


@pytest.fixture
def visitor(comes: Comes) -> Visitor:
    """Return somebody who has not signed in."""
    return comes()


@pytest.fixture
def operator(visitor: Visitor) -> Visitor:
    """Return an operator who has."""
    assert visitor.signs_in().status_code == 302
    return visitor
