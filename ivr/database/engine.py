"""The database: SQLite by default, PostgreSQL by IVR_DATABASE_URL; opened and migrated."""

import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    NullPool,
    Pool,
    QueuePool,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    DisconnectionError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.pool import ConnectionPoolEntry

from ivr.atomic_file import make_private_folder
from ivr.database.schema import REVISION
from ivr.errors import RecordsError, SettingsError
from ivr.settings import Settings

FILE = "records.db"
"""The SQLite file in IVR_STATE, which is used if IVR_DATABASE_URL is not set."""

BUSY_SECONDS = 2
"""Seconds to wait for a connection or a lock; after that the recorder tries again later."""

MIGRATIONS = Path(__file__).parent / "migrations"

_MIGRATION_LOCK = threading.Lock()
"""Alembic must not be used by several threads at once; other processes wait in the database."""

_ADVISORY_LOCK = 0x1_4956_5200
"""The number of PostgreSQL's advisory lock: any number, the same for all processes that write."""


def url_of(settings: Settings) -> URL:
    """Return the URL of the database. Raises SettingsError if it cannot be used."""
    if not settings.database_url:
        return URL.create("sqlite+pysqlite", database=str(settings.state / FILE))
    if _SEVERAL_HOSTS.match(settings.database_url):
        return _connectable(_of_several_hosts(settings.database_url))
    try:
        url = make_url(settings.database_url)
    except (ArgumentError, ValueError):
        url = None
    kind = url.get_backend_name() if url is not None else ""
    # The text may hold a password, so it is not shown.
    if url is None or kind not in {"sqlite", "postgresql", "postgres"}:
        raise SettingsError(
            "IVR_DATABASE_URL names no database that can be used: write it as"
            " postgresql://user:password@host/name, or sqlite:////folder/records.db"
        )
    if "@" in (url.host or ""):
        raise SettingsError(
            "IVR_DATABASE_URL has an @ in its password or its host: write it as %40 in the password"
        )
    if kind == "sqlite":
        if _is_in_memory(url):
            raise SettingsError(
                "IVR_DATABASE_URL is a database in memory, which forgets every record: name a file,"
                " as sqlite:////folder/records.db"
            )
        return url.set(drivername="sqlite+pysqlite")
    return _connectable(url.set(drivername="postgresql+psycopg"))


_NO_HOST = (
    "IVR_DATABASE_URL has a host or a port that cannot be used: write host:5432, an IPv6 address in"
    " [ ], and several with commas between"
)


def _is_in_memory(url: URL) -> bool:
    name = (url.database or "").removeprefix("file:")
    return name in {"", ":memory:"} or url.query.get("mode") == "memory"


def _connectable(url: URL) -> URL:
    """Return a URL of PostgreSQL. Raises SettingsError if its hosts and ports cannot be used."""
    try:
        _, arguments = url.get_dialect()().create_connect_args(url)
    except (ArgumentError, ValueError):
        raise SettingsError(_NO_HOST) from None
    if not all(map(_is_port, str(arguments.get("port", "")).split(","))):
        raise SettingsError(_NO_HOST)
    return url


def _is_port(text: str) -> bool:
    """Tell whether a port, which may be left out, is one from 1 to 65535."""
    return not text or (text.isascii() and text.isdigit() and 0 < int(text) <= MOST_PORTS)


MOST_PORTS = 65535
"""The highest number that a port can have."""


def open_engine(settings: Settings, *, keeps_connection: bool = False) -> Engine:
    """Return an engine; nothing is connected yet. One that `keeps_connection` must be disposed of.

    Makes the folder of an SQLite file. Raises SettingsError if the URL cannot be used.
    """
    url = url_of(settings)
    pool: type[Pool] = QueuePool if keeps_connection else NullPool
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, pool)
    own = {} if "connect_timeout" in url.query else {"connect_timeout": BUSY_SECONDS}
    engine = create_engine(
        url,
        poolclass=pool,
        pool_pre_ping=keeps_connection,
        # A statement that is prepared on one of a pooler's connections is unknown on the others.
        connect_args={**own, "prepare_threshold": None},
    )
    limits = _limits(str(url.query.get("options", "")))

    @event.listens_for(engine, "begin")
    def _set_limits(connection: Connection) -> None:
        if limits:
            connection.exec_driver_sql(limits)

    return engine


def _limits(options: str) -> str:
    """Return the statement that limits a transaction; `options` are the URL's own, which count.

    Options at the start of a connection would do, but PgBouncer refuses them.
    """
    milliseconds = {"statement_timeout": BUSY_SECONDS * 5000, "lock_timeout": BUSY_SECONDS * 1000}
    limits = [
        f"set_config('{k}', '{v}', true)" for k, v in milliseconds.items() if k not in options
    ]
    return f"SELECT {', '.join(limits)}" if limits else ""


_SEVERAL_HOSTS = re.compile(r"postgres[\w+]*://(?:[^@]*@)?[^/?@]*,[^/?@]*(?:[/?]|$)")
"""How a URL begins that has several hosts, as PostgreSQL's own programs take it. A comma in the
password makes none."""


def _of_several_hosts(text: str) -> URL:
    """Return a URL as PostgreSQL's own library reads it; SQLAlchemy knows none of several hosts.

    Raises SettingsError if a host cannot be read.
    """
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parsed = conninfo_to_dict(f"postgresql:{text.partition(':')[2]}")
    except ProgrammingError:
        # What the library says may hold the password.
        raise SettingsError(
            "IVR_DATABASE_URL has a host or a port that cannot be used, or a parameter or a sign"
            " that PostgreSQL does not take: write host:5432, an IPv6 address in [ ], several with"
            " commas between; and a blank, @ or % as %20, %40 or %25"
        ) from None
    values = {name: str(value) for name, value in parsed.items()}
    values["port"] = ",".join(port or "5432" for port in values.get("port", "").split(","))
    user, password, name = (values.pop(key, None) for key in ("user", "password", "dbname"))
    return URL.create("postgresql+psycopg", user, password, database=name, query=values)


def _sqlite(url: URL, pool: type[Pool]) -> Engine:
    own = {} if "timeout" in url.query else {"timeout": BUSY_SECONDS}
    engine = create_engine(url, poolclass=pool, connect_args={**own, "isolation_level": None})

    @event.listens_for(engine, "do_connect")
    def _make_private(*_: object) -> None:
        if url.database:
            file = Path(url.database)
            make_private_folder(file.parent)
            # SQLite gives its journals the mode of the file, whatever the umask of the process.
            if not file.exists():
                file.touch(mode=0o600)

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        _use_write_ahead_log(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        record.info["file"] = _file(url)

    @event.listens_for(engine, "checkout")
    def _check_file(_: object, record: ConnectionPoolEntry, __: object) -> None:
        if record.info["file"] != _file(url):
            # The file was replaced: nobody would see what is written into the old one.
            raise DisconnectionError

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch a new file to its write-ahead log, once whoever uses it lets it go.

    SQLite does not wait by itself here, whatever the timeout: two processes that meet a new file at
    the same time would otherwise be told that it is locked. https://sqlite.org/wal.html, section 3
    """
    [milliseconds] = connection.execute("PRAGMA busy_timeout").fetchone()
    deadline = time.monotonic() + milliseconds / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as e:
            if e.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _file(url: URL) -> tuple[int, int] | None:
    """Return the identity of an SQLite file: a new file of the same name has another one."""
    try:
        stat = Path(url.database or "").stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that overlaps with no other writer's, so that rows can be looked up first.

    Commits at the end; an exception rolls it back. Raises SQLAlchemyError, and OSError for a folder
    that cannot be used.
    """
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_ADVISORY_LOCK,))
        yield connection


def migrate(engine: Engine) -> None:
    """Create the tables, or migrate those of an older version; data stays.

    Raises RecordsError if the schema is newer than this program; SQLAlchemyError or OSError if the
    database cannot be used now.
    """
    if is_up_to_date(engine):
        return
    with _MIGRATION_LOCK:
        _upgrade(engine)


def _upgrade(engine: Engine) -> None:
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = _alembic()
    migrations = ScriptDirectory.from_config(config)
    with writing(engine) as connection:
        current = MigrationContext.configure(connection).get_current_heads()
        for revision in current:
            if revision not in {r.revision for r in migrations.walk_revisions()}:
                raise RecordsError(
                    f"the records in {location(engine)} are of a newer ivr (schema {revision},"
                    f" here {migrations.get_current_head()}): install that ivr, or name another"
                    " database in IVR_DATABASE_URL"
                )
        if set(current) != set(migrations.get_heads()):
            config.attributes["connection"] = connection
            command.upgrade(config, "heads")


def is_up_to_date(engine: Engine) -> bool:
    """Return whether nothing needs to be migrated, without Alembic, which takes long to import."""
    with engine.connect() as connection:
        try:
            revisions = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
            return revisions.scalars().all() == [REVISION]
        except (OperationalError, ProgrammingError):  # there is no such table yet
            return False


def open_and_migrate(settings: Settings, *, keeps_connection: bool = False) -> Engine:
    """Return an engine, its schema up to date.

    Raises RecordsError, as one line, for whatever keeps the database from being used.
    """
    engine = open_engine(settings, keeps_connection=keeps_connection)
    try:
        migrate(engine)
    except RecordsError:
        engine.dispose()
        raise
    except (SQLAlchemyError, OSError) as e:
        engine.dispose()
        raise RecordsError(
            f"the records in {location(engine)} cannot be used now ({reason(e)}):"
            " is the database running, and may ivr write there?"
        ) from None
    return engine


class Database:
    """The database as one process uses it: one engine, migrated at its first use.

    Made once, where the process is put together, and passed on. Calls and pages have one each, so
    that neither can use up the other's connections. One that `keeps_connection` is the recorder's,
    which writes a few times a second: opening a connection costs more than writing does.
    """

    def __init__(self, settings: Settings, *, keeps_connection: bool = False) -> None:
        self._settings = settings
        self._keeps_connection = keeps_connection
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    @property
    def engine(self) -> Engine:
        """The engine, its schema up to date. Raises RecordsError if it cannot be used now."""
        with self._lock:
            if self._engine is None:
                self._engine = open_and_migrate(
                    self._settings, keeps_connection=self._keeps_connection
                )
            return self._engine

    def close(self) -> None:
        """Close the connections; the next use opens, and if need be migrates, the database."""
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a connection to read. Raises RecordsError, or SQLAlchemyError while reading."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that no other writer's overlaps; see `writing`."""
        with writing(self.engine) as connection:
            yield connection


def location(engine: Engine) -> str:
    """Return where the database is, for a person to read: without a password."""
    if engine.dialect.name == "sqlite":
        return str(engine.url.database)
    hosts = {name: value for name, value in engine.url.query.items() if name in {"host", "port"}}
    return engine.url.set(query=hosts).render_as_string(hide_password=True)


def reason(error: Exception) -> str:
    """Return the first line of a driver's error, without the values of the statement."""
    text = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def _alembic() -> Any:  # noqa: ANN401 alembic's Config, imported late
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
