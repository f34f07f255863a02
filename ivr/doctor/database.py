"""Checks of the database: whether it can be written, also through a pooler; the operators."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from ivr.accounts import operators as accounts
from ivr.database.engine import is_up_to_date, location, open_engine, reason, url_of, writing
from ivr.doctor.check import ONLINE, CheckContext, CheckResult, failed, ok, skipped, warning
from ivr.settings import Settings

TRANSACTIONS = 20
"""Transactions that are tried. A pooler that gives each one another connection fails some."""

LOOPBACK = ("localhost", "127.", "[::1]", "::1", "/")
"""What hosts on this machine begin with; one that begins with / is a socket."""


def database(context: CheckContext) -> CheckResult:
    """Can the line open the database, and read and write in each of several transactions?"""
    if reason_to_skip := _reason_to_skip(context):
        return reason_to_skip
    url = url_of(context.settings)
    if _is_missing_file(url):
        return ok(f"it is made at the first start, in {url.database}")
    with _opened(context.settings) as engine:
        try:
            for _ in range(TRANSACTIONS):
                with writing(engine) as connection:
                    connection.execute(text("CREATE TEMPORARY TABLE doctor_tries (n INTEGER)"))
                    connection.execute(text("INSERT INTO doctor_tries VALUES (1)"))
                    connection.execute(text("DROP TABLE doctor_tries"))
            is_current = is_up_to_date(engine)
        except (SQLAlchemyError, OSError) as e:
            why = reason(e) if isinstance(e, SQLAlchemyError) else str(e.strerror)
            return failed(
                f"{location(engine)}: {why}; calls are answered, but nothing is recorded",
                "is the database running, and may the line's user write in it?",
            )
        where = f"{location(engine)}: {TRANSACTIONS} transactions written and read"
    if not is_current:
        return ok(f"{where}; its tables are made or migrated at the next start")
    return ok(where)


def operators(context: CheckContext) -> CheckResult:
    """Can somebody sign in to the console, and with more than a password?"""
    if reason_to_skip := _reason_to_skip(context):
        return reason_to_skip
    if context.settings.demo:
        return ok("the demo signs in every visitor from this machine")
    nobody = warning("nobody can sign in to the console", "run `ivr user add NAME` on the server")
    if _is_missing_file(url_of(context.settings)):
        return nobody
    with _opened(context.settings) as engine:
        try:
            people = accounts.listed(engine) if is_up_to_date(engine) else []
        except SQLAlchemyError as e:
            return failed(f"the operators cannot be read: {reason(e)}", "see the row database")
    if not people:
        return nobody
    weak = [person.name for person in people if not person.second_factor]
    if weak:
        return warning(
            f"{len(weak)} of {len(people)} operators sign in with a password alone:"
            f" {', '.join(weak)}",
            "let each set up a second factor at /account",
        )
    alone = "; one person may publish what they wrote" if context.settings.one_editor else ""
    return ok(f"{len(people)}, each with a second factor{alone}")


def _reason_to_skip(context: CheckContext) -> CheckResult | None:
    """Return why the database is not looked at: it is on another machine, and may not be asked."""
    url = url_of(context.settings)
    if context.is_online or is_on_this_machine(url):
        return None
    return skipped(f"needs the network: it is at {', '.join(_hosts(url))}", ONLINE)


def is_on_this_machine(url: URL) -> bool:
    """Return whether all hosts of a database are this machine; a file is."""
    return all(host.startswith(LOOPBACK) for host in _hosts(url))


def _hosts(url: URL) -> list[str]:
    more = url.query.get("host", ())
    lists = [more] if isinstance(more, str) else [*more]
    hosts = [host for several in lists for host in several.split(",")]
    return [host for host in (url.host, *hosts) if host]


def _is_missing_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


@contextmanager
def _opened(settings: Settings) -> Iterator[Engine]:
    engine = open_engine(settings)
    try:
        yield engine
    finally:
        engine.dispose()
