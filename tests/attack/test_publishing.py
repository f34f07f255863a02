"""A script that a thief published is undone with one touch, and stays so after a restart."""

import re
import subprocess
from contextlib import closing
from pathlib import Path

import requests

from ivr.accounts import audit_log, operators
from ivr.database.engine import open_and_migrate
from ivr.phone.call import Call
from ivr.phone.transport import HttpTransport
from ivr.settings import Settings
from tests.caller import Caller
from tests.lines import TOKEN
from tests.serving import IVR, REAL, environment, until, until_pages_answer
from tests.small_script import edit, small

NAME, PASSWORD = "maria", "a long password of hers"
THEIRS = "Speak to us alone."


def touch(url: str, button: str) -> requests.Response:
    """Sign in, and press the button of the page whose name is given."""
    with requests.Session() as visit:
        # A worker that is being replaced ends connections that are kept.
        visit.headers["Connection"] = "close"

        def send(path: str, page: str, **form: str) -> requests.Response:
            token = re.search(r'name="csrf_token" value="([^"]+)"', page)
            assert token is not None
            return visit.post(f"{url}{path}", {"csrf_token": token[1], **form}, timeout=60)

        page = visit.get(f"{url}/sign-in", timeout=60).text
        page = send("/sign-in", page, name=NAME, password=PASSWORD).text
        value = re.search(rf'name="{button}" value="([^"]+)"', page)
        assert value is not None, page
        return send("/publishing/undo", page, **{button: value[1]})


def test_a_published_script_is_undone_with_one_touch(serve, tmp_path: Path, state: Path) -> None:
    script = small(tmp_path)
    settings = Settings(state=state)

    def heard(url: str) -> str:
        with closing(HttpTransport(TOKEN)) as line:
            return Caller(Call(line, f"{url}/voice")).dial().press("1").heard

    with serve(script, "--workers", "1", **REAL) as (url, log):
        operators.add(open_and_migrate(settings), NAME, PASSWORD)
        edit(script, [{"in": "en.yaml", "replace": "If alone, you can speak, too.", "by": THEIRS}])
        command = [*IVR, "reload", "--port", url.rpartition(":")[2], "--prompts", str(script)]
        subprocess.run(command, env=environment(state), check=True, capture_output=True)
        until(lambda: THEIRS in heard(url), log)
        until_pages_answer(url, log)
        assert touch(url, "digest").status_code == 200
        until(lambda: THEIRS not in heard(url), log)
    with open_and_migrate(settings).connect() as connection:
        done = [(e.operator, e.action) for e in audit_log.newest(connection)]
    assert done[0] == (NAME, "undid a publication")
    assert done[1] == (audit_log.of_command_line(), "published")
    with serve(script, "--workers", "1", **REAL) as (url, log):
        assert THEIRS not in heard(url)
