"""`ivr doctor`: every setting looked at as the line will use it; nothing leaves the machine."""

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.accounts import operators
from ivr.cli.doctor import context_of
from ivr.database.engine import open_and_migrate, url_of
from ivr.doctor import machine, table
from ivr.doctor.bounded import BoundedChecks
from ivr.doctor.check import CheckContext, Row, ok
from ivr.doctor.database import is_on_this_machine
from ivr.settings import Settings, unread
from ivr.settings import table as settings_table
from tests.cli.conftest import Ivr
from tests.post import Post
from tests.small_script import WITHOUT_WARNINGS, small

HUSH = "hush-hush-hush-hush-hush-hush-hush-hush"
TOKEN, SID = "f" * 32, "AC" + "0" * 32

Looks = Callable[..., dict[str, Row]]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> CheckContext:
    """Return a small script with what its checks report, made once."""
    return context_of(small(tmp_path_factory.mktemp("doctor"), *WITHOUT_WARNINGS), is_online=False)


@pytest.fixture
def environment(checked: CheckContext, state: Path) -> dict[str, object]:
    """Return the settings of a line that is ready, with the small script."""
    return {
        "IVR_STATE": state,
        "IVR_PROMPTS": checked.settings.prompts,
        "IVR_AUDIO": "off",
        "IVR_PUBLIC_URL": "https://line.example.org",
        "IVR_FALLBACK_URL": "https://else.example.org/lifeboat",
        "IVR_ALERT_EMAIL": "ann@agency.example",
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_ACCOUNT_SID": SID,
    }


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail whatever looks up a name or connects to another machine."""

    def refuse(*_: object) -> None:
        raise AssertionError("something left the machine")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def looks(checked: CheckContext, environment: dict[str, object]) -> Looks:
    """Look at a line with some settings changed; return the rows by name."""

    def look(by: str = "", **changed: object) -> dict[str, Row]:
        variables = {name: str(value) for name, value in (environment | changed).items()}
        settings, unusable = Settings.read(variables)
        context = replace(
            checked,
            settings=settings,
            unusable=tuple(unusable),
            unread=tuple(unread(variables)),
            sends_alert=by,
        )
        rows = {row.name: row for row in table.run(context)}
        assert all(row.remedy for row in rows.values() if row.level != "ok")
        return rows

    return look


def test_a_line_in_order_has_no_failed_row_and_nothing_leaves_the_machine(
    ivr: Ivr, environment: dict[str, object], no_network: None
) -> None:
    ran = ivr("doctor", "--format", "json", **environment)
    assert (ran.status, ran.err) == (0, "")
    levels = {row["name"]: row["level"] for row in json.loads(ran.out)}
    assert list(levels) == [*table.SETTINGS, *table.CARRIER]
    without_pbx = {"PBX calls", "PBX codecs", "PBX keys"}
    skipped_rows = {name for name, level in levels.items() if level == "skipped"}
    assert skipped_rows == {*table.CARRIER, *without_pbx}
    assert "failed" not in levels.values()


def test_without_a_script_the_other_rows_are_looked_at_all_the_same(
    ivr: Ivr, environment: dict[str, object]
) -> None:
    ran = ivr("doctor", "--format", "json", **environment | {"IVR_PROMPTS": "/nowhere"})
    rows = {row["name"]: row for row in json.loads(ran.out)}
    assert ran.status == 1
    assert "/nowhere" in rows["script"]["text"]
    assert (rows["numbers"]["level"], rows["state"]["level"]) == ("skipped", "ok")


WRONG = [
    ("settings", "failed", "IVR_SMTP_URL", {"IVR_SMTP_URL": f"smtp://u:{HUSH}#x@host"}),
    ("settings", "warning", "did you mean IVR_ALERT_EMAIL", {"IVR_ALERT_MAIL": "ann@x.example"}),
    ("settings", "warning", "did you mean TWILIO_AUTH_TOKEN", {"TWILIO_AUTHTOKEN": HUSH}),
    ("public URL", "failed", "is not set", {"IVR_PUBLIC_URL": ""}),
    ("public URL", "failed", "without https", {"IVR_PUBLIC_URL": "http://line.example.org"}),
    ("public URL", "failed", "is this machine", {"IVR_PUBLIC_URL": "https://localhost"}),
    ("public URL", "warning", "the fallback fails", {"IVR_FALLBACK_URL": ""}),
    ("carrier's account", "failed", "TWILIO_AUTH_TOKEN is not set", {"TWILIO_AUTH_TOKEN": ""}),
    ("carrier's account", "warning", "is not AC", {"TWILIO_ACCOUNT_SID": TOKEN}),
    ("clips", "warning", "have none", {"IVR_AUDIO": "auto", "IVR_CLIPS": "/nowhere"}),
    ("state", "failed", "cannot be made", {"IVR_STATE": "/proc/self/nothing"}),
    ("day keys", "failed", "cannot be", {"IVR_DAY_KEYS": "/proc/self/nothing"}),
    ("database", "failed", "", {"IVR_DATABASE_URL": "postgresql://u@127.0.0.1:9/x"}),
    (
        "database",
        "skipped",
        "db.example.org",
        {"IVR_DATABASE_URL": f"postgresql://ivr:{HUSH}@db.example.org/x"},
    ),
    ("operators", "warning", "nobody can sign in", {}),
    ("alerts", "warning", "nobody learns", {"IVR_ALERT_EMAIL": ""}),
    ("metrics", "warning", "a single call", {"IVR_METRICS": "exact"}),
    ("recording menu", "warning", "no name", {"IVR_RECORDING_PIN": "739104"}),
    ("speed", "warning", "slower", {"IVR_FAST_PATH": "off"}),
]


@pytest.mark.parametrize(
    ("row", "level", "text", "changed"), WRONG, ids=[f"{w[0]}: {w[2]}" for w in WRONG]
)
def test_a_setting_that_does_not_work_is_named_with_its_remedy(
    row: str, level: str, text: str, changed: dict[str, str], looks: Looks
) -> None:
    result = looks(**changed)[row]
    assert (result.level, text in result.text) == (level, True), result
    assert HUSH not in result.text + result.remedy


def test_no_secret_is_shown(ivr: Ivr, environment: dict[str, object], post: Post) -> None:
    secrets = {
        "TWILIO_AUTH_TOKEN": HUSH,
        "IVR_SECRET_KEY": HUSH,
        "IVR_SIP_PASSWORD": HUSH,
        "IVR_METRICS_TOKEN": HUSH,
        "IVR_ALERT_WEBHOOK": f"http://127.0.0.1:9/{HUSH}",
        "IVR_SMTP_URL": f"smtp://ann:{HUSH}@127.0.0.1:9",
        "IVR_DATABASE_URL": f"postgresql://ivr:{HUSH}@127.0.0.1:9/x",
        "IVR_RECORDING_PIN": "maria:73910462",
    }
    ran = ivr("doctor", "--alert", COLUMNS=250, **environment | secrets)
    assert ran.status == 1
    assert "the webhook: ConnectionError" in ran.out
    assert "for maria" in ran.out
    assert not {HUSH, "73910462"} & {*ran.out.split()}
    assert HUSH not in ran.out + ran.err


def test_every_setting_is_looked_at_by_a_row() -> None:
    """Each variable stands in a row of docs/doctor.md, which is held to the table of rows."""
    page = (Path(__file__).parents[2] / "docs/doctor.md").read_text()
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| ")]
    names = [row[1].strip() for row in rows if row[1].strip() != "row"]
    assert names == [*table.SETTINGS, *table.CARRIER]
    looked_at = "".join(row[2] for row in rows)
    assert [name for name, _, _ in settings_table() if name not in looked_at] == []


def test_a_test_alert_is_sent_only_if_it_is_asked_for(
    looks: Looks, ivr: Ivr, environment: dict[str, object], post: Post
) -> None:
    mailed = {f"IVR_{name.upper()}": value for name, value in post.settings.items()}
    assert "ivr alert test" in looks(**mailed)["alerts"].text
    assert (post.mails, post.posts) == ([], [])
    assert ivr("doctor", "--alert", **environment | mailed).status == 0
    assert len(post.mails) == len(post.posts) == 1
    post.refuses.add("people@agency.example")
    refused = looks(by="maria", **mailed)["alerts"]
    assert (refused.level, "the webhook: sent" in refused.text) == ("failed", True)


def test_a_row_that_hangs_ends_in_time_and_holds_up_no_other() -> None:
    release = threading.Event()
    checks = BoundedChecks(seconds=2)
    started = []

    def hang() -> tuple:
        started.append(True)
        release.wait()
        return ok("at last")

    work = {"slow": hang, "quick": lambda: ok("fine"), "broken": lambda: 1 / 0}
    rows = {row.name: row for row in checks.run(work)}
    assert (rows["slow"].level, rows["quick"].level) == ("failed", "ok")
    assert "no answer within" in rows["slow"].text
    assert "failed itself (ZeroDivisionError)" in rows["broken"].text
    checks.run(work)
    assert len(started) == 1, "it hangs still, and is not started again"
    release.set()


def test_what_others_may_read_is_named(looks: Looks, state: Path) -> None:
    state.mkdir(mode=0o755)
    (state / "secret-key").touch(mode=0o644)
    rows = looks()
    assert "chmod 700" in rows["state"].remedy
    assert "chmod 600" in rows["secret"].remedy


def test_operators_with_a_password_alone_are_named(looks: Looks, state: Path) -> None:
    engine = open_and_migrate(Settings(state=state))
    operators.add(engine, "maria", "four quiet rivers bend")
    engine.dispose()
    rows = looks()
    assert "maria" in rows["operators"].text
    assert "20 transactions" in rows["database"].text


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("", True),
        ("postgresql://ivr@/x?host=/run/postgresql", True),
        ("postgresql://ivr@localhost/x", True),
        ("postgresql://ivr@db.example.org/x", False),
        ("postgresql://ivr@127.0.0.1:1,db.example.org:2/x", False),
    ],
)
def test_a_database_elsewhere_is_told_from_one_on_this_machine(url: str, *, is_here: bool) -> None:
    assert is_on_this_machine(url_of(Settings(database_url=url))) == is_here


@pytest.mark.parametrize(("answer", "level"), [(0, "ok"), (5, "warning"), (-1, "warning")])
def test_the_kernel_says_whether_the_network_sets_the_clock(
    answer: int, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Kernel:
        def ntp_adjtime(self, _: object) -> int:
            return answer

    monkeypatch.setattr(machine.ctypes, "CDLL", lambda *_, **__: Kernel())
    assert machine.clock(None)[0] == level
