"""Where the records are kept, and how their schema comes forward."""

import datetime as dt
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import column, inspect, select, table, text

from ivr.accounts.secret_key import secret
from ivr.database import engine as database
from ivr.database.engine import migrate, open_and_migrate, open_engine, writing
from ivr.database.schema import REVISION, Moment, metadata, operators
from ivr.errors import RecordsError, SettingsError
from ivr.settings import Settings
from tests.prepared import UPGRADE
from tests.serving import free_port


@pytest.fixture(autouse=True)
def _migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each database go through the migrations themselves."""
    monkeypatch.setattr(database, "_upgrade", UPGRADE)


def test_the_migrations_make_the_tables_that_the_code_has(settings: Settings) -> None:
    engine = open_and_migrate(settings)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == REVISION


def test_an_older_schema_comes_forward_with_its_data(settings: Settings) -> None:
    """From each revision that ever was; the rows written there are there at the end."""
    moment = dt.datetime(2026, 3, 8, 6, 30, tzinfo=dt.UTC)
    config = database._alembic()
    oldest = next(iter(ScriptDirectory.from_config(config).get_bases()))
    engine = open_engine(settings)
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, oldest)
        older = table("operators", column("name"), column("password"), column("created", Moment))
        connection.execute(older.insert().values(name="ann", password="x", created=moment))
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(select(operators.c.name, operators.c.created)).all() == [
            ("ann", moment)
        ]
        head = MigrationContext.configure(connection).get_current_revision()
    assert head == ScriptDirectory.from_config(config).get_current_head()


def test_a_newer_schema_is_refused_in_one_line(settings: Settings) -> None:
    engine = open_and_migrate(settings)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RecordsError, match=r"newer ivr .schema 9999, here .* install") as e:
        open_and_migrate(settings)
    assert "\n" not in str(e.value)
    with engine.connect() as connection:
        assert "calls" in inspect(connection).get_table_names()


def test_a_schema_is_brought_forward_by_one_process_at_a_time(settings: Settings) -> None:
    with writing(open_engine(settings)), pytest.raises(RecordsError, match="cannot be used now"):
        open_and_migrate(settings)
    open_and_migrate(settings)
    open_and_migrate(settings)


def test_a_new_file_that_another_process_is_just_making_is_waited_for(tmp_path: Path) -> None:
    """SQLite itself does not wait where a file gets its write-ahead log."""
    file = tmp_path / "new.db"
    engine = open_engine(Settings(database_url=f"sqlite:///{file}?timeout=60"))
    with closing(sqlite3.connect(file, isolation_level=None)) as other, ThreadPoolExecutor(1) as at:
        other.execute("CREATE TABLE made (moment)")
        other.execute("BEGIN IMMEDIATE")
        opened = at.submit(engine.connect)
        with pytest.raises(TimeoutError):
            opened.result(timeout=0.2)
        other.execute("COMMIT")
        with opened.result(timeout=60) as connection:
            assert inspect(connection).get_table_names() == ["made"]


def test_lines_that_start_at_once_in_one_process_all_find_their_tables(settings: Settings) -> None:
    with ThreadPoolExecutor(24) as threads:
        engines = list(threads.map(lambda _: open_and_migrate(settings), range(24)))
    for engine in engines:
        with engine.connect() as connection:
            assert "calls" in inspect(connection).get_table_names()


@pytest.mark.parametrize("url", ["mysql://u:hush@localhost/x", "nonsense", "hush"])
def test_a_database_that_is_not_known_is_told_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="IVR_DATABASE_URL") as e:
        open_engine(Settings(database_url=url))
    assert "hush" not in str(e.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgres://u:hush@[::1],::2:5433/db",
        "postgres://u:hush@127.0.0.1:abc,127.0.0.1:5433/db",
        "postgres://u:hush@127.0.0.1:1,127.0.0.1:99999/db",
        "postgres://u:hush@127.0.0.1:99999/db",
        "postgres://u:hush@/db?host=127.0.0.1:abc&host=127.0.0.1:5433",
    ],
)
def test_a_host_or_port_that_is_none_is_told_in_one_line_without_the_password(url: str) -> None:
    with pytest.raises(SettingsError, match="IVR_DATABASE_URL has a host or a port") as e:
        open_engine(Settings(database_url=url))
    assert "hush" not in str(e.value)
    assert "\n" not in str(e.value)


def test_a_comma_in_the_password_makes_no_second_host() -> None:
    engine = open_engine(Settings(database_url="postgresql://u:pa,ss%@db/name"))
    assert (engine.url.host, engine.url.password) == ("db", "pa,ss%")
    with pytest.raises(SettingsError, match="has an @ in its password"):
        open_engine(Settings(database_url="postgresql://u:pa@ss,word@db/name"))


@pytest.mark.parametrize("url", ["postgresql://u:hu sh@a,b/x", "postgresql://u:hush@a,b/x?hosts=c"])
def test_of_several_hosts_all_that_can_be_wrong_is_named(url: str) -> None:
    with pytest.raises(SettingsError, match=r"a parameter or a sign .* as %20, %40 or %25") as e:
        open_engine(Settings(database_url=url))
    assert "sh@" not in str(e.value)


def test_several_addresses_of_ipv6_are_taken_with_and_without_ports() -> None:
    engine = open_engine(Settings(database_url="postgres://u:p@[::1],[::2]:5433,db/name"))
    _, arguments = engine.dialect.create_connect_args(engine.url)
    assert (arguments["host"], arguments["port"]) == ("::1,::2,db", "5432,5433,5432")


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?uri=true",
        "sqlite:///file:x?mode=memory&uri=true",
    ],
)
def test_a_database_in_memory_is_refused_since_it_forgets_every_record(url: str) -> None:
    with pytest.raises(SettingsError, match="in memory"):
        open_engine(Settings(database_url=url))


def test_a_database_that_is_not_there_is_told_in_one_line_without_its_password() -> None:
    settings = Settings(database_url="postgres://ivr:hush@127.0.0.1:1/x")
    with pytest.raises(RecordsError, match="cannot be used now") as e:
        open_and_migrate(settings)
    assert "hush" not in str(e.value)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgres://ivr:hu@sh@127.0.0.1:1/x",
        "postgres://ivr:hush@127.0.0.1:port/x",
        "postgres://ivr@127.0.0.1:1/x?password=hush",
        "postgresql://ivr:hush@127.0.0.1:1,127.0.0.1:2/x",
        "postgresql://ivr:hu/sh@127.0.0.1:1/x",
    ],
)
def test_a_password_with_signs_in_it_is_never_shown(url: str) -> None:
    with pytest.raises((SettingsError, RecordsError)) as e:
        open_and_migrate(Settings(database_url=url))
    assert "sh@" not in str(e.value)
    assert "hush" not in str(e.value)


def test_what_a_pooler_refuses_is_not_asked_of_it_and_waits_have_a_limit(postgresql) -> None:
    """PgBouncer refuses options at the start, and lends a connection for one transaction."""
    engine = open_and_migrate(Settings(database_url=postgresql.new_database()))
    _, arguments = engine.dialect.create_connect_args(engine.url)
    assert "options" not in arguments
    for _ in range(10):
        with engine.connect() as connection:
            for _ in range(10):
                connection.execute(text("SELECT count(*) FROM calls"))
            prepared = connection.execute(text("SELECT count(*) FROM pg_prepared_statements"))
            assert prepared.scalar() == 0
            assert connection.execute(text("SHOW statement_timeout")).scalar() == "10s"
            assert connection.execute(text("SHOW lock_timeout")).scalar() == "2s"


def test_the_options_of_the_url_count(postgresql) -> None:
    options = "?options=-c%20lock_timeout%3D700%20-c%20application_name%3Dhotline&connect_timeout=7"
    engine = open_engine(Settings(database_url=postgresql.new_database() + options))
    with engine.connect() as connection:
        used = connection.connection.dbapi_connection.info.get_parameters()
        assert used["connect_timeout"] == "7"
        shown = [
            connection.execute(text(f"SHOW {name}")).scalar()
            for name in ("application_name", "lock_timeout", "statement_timeout")
        ]
    assert shown == ["hotline", "700ms", "10s"]


def test_of_several_hosts_the_one_that_runs_is_used(postgresql) -> None:
    address = f"127.0.0.1:{postgresql.port}"
    url = postgresql.new_database().replace(address, f"127.0.0.1:{free_port()},{address}")
    with open_and_migrate(Settings(database_url=url)).connect() as connection:
        assert "calls" in inspect(connection).get_table_names()


def test_a_secret_is_made_once_and_is_its_owners_alone(state: Path) -> None:
    settings = Settings(state=state)
    made = secret(settings)
    assert (len(made) >= 32, secret(settings)) == (True, made)
    assert [stat.S_IMODE(p.stat().st_mode) for p in state.iterdir()] == [0o600]
    assert secret(Settings(state=state, secret_key="k" * 32)) == b"k" * 32


def test_records_in_a_folder_that_others_may_read_are_their_owners_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    open_and_migrate(Settings(state=tmp_path)).dispose()
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.glob("records.db*")}
    assert set(modes.values()) == {0o600}, modes


def test_no_call_fails_for_a_secret_that_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file, not a folder")
    settings = Settings(state=tmp_path / "state")
    assert secret(settings) == secret(settings)


def test_a_secret_too_short_is_refused_and_not_shown() -> None:
    with pytest.raises(SettingsError, match="IVR_SECRET_KEY is shorter") as e:
        Settings.from_env({"IVR_SECRET_KEY": "hush"})
    assert "hush" not in str(e.value)
