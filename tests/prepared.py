"""What hundreds of tests would make anew, each in its own service, is made once in a run."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, inspect
from werkzeug.routing import Rule
from werkzeug.security import generate_password_hash

from ivr.accounts import passwords
from ivr.database import engine as database
from ivr.settings import Settings
from tests.walked import once, shared

Patched = Iterator[None]

UPGRADE = database._upgrade
"""What takes a database through all migrations."""


@pytest.fixture(scope="session", autouse=True)
def _routes() -> Patched:
    """Compile each route once in a process: hundreds of apps are made, all with the same ones."""
    compiled: dict[object, object] = {}
    compile_builder = Rule._compile_builder

    def compile_once(rule: Rule, append_unknown: bool = True) -> object:
        key = tuple(rule._trace), append_unknown
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _templates(tmp_path_factory: pytest.TempPathFactory) -> Patched:
    """Compile each template once in a run; each app would compile its pages anew."""
    folder = shared(tmp_path_factory) / "templates"
    folder.mkdir(exist_ok=True)
    options = {"bytecode_cache": FileSystemBytecodeCache(str(folder))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", options)
        yield


@pytest.fixture(scope="session", autouse=True)
def _tables(tmp_path_factory: pytest.TempPathFactory) -> Patched:
    """Give a new SQLite file at once the tables that all migrations, one by one, make in it.

    tests/records/test_database.py and every process of its own go through the migrations.
    """
    statements: list[str] = []

    def create(engine: Engine) -> None:
        if engine.dialect.name != "sqlite" or not created(engine):
            UPGRADE(engine)

    def created(engine: Engine) -> bool:
        if not statements:
            statements.extend(once(tmp_path_factory, "tables", _dump))
        with database.writing(engine) as connection:
            if inspect(connection).get_table_names():
                return False
            for statement in statements:
                connection.exec_driver_sql(statement)
        return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_upgrade", create)
        yield


@pytest.fixture(scope="session", autouse=True)
def _passwords() -> Patched:
    """Store passwords by a quick hash: hundreds of tests sign in, and do not try to guess it.

    tests/console/test_sign_in.py looks at the slow one.
    """
    quick = partial(generate_password_hash, method="pbkdf2:sha256:1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "generate_password_hash", quick)
        yield


def _dump(room: Path) -> list[str]:
    """Return what makes an empty database like one that went through all migrations."""
    engine = database.open_engine(Settings(state=room / "tables"))
    UPGRADE(engine)
    with closing(sqlite3.connect(engine.url.database or "")) as connection:
        return list(connection.iterdump())[1:-1]  # without BEGIN and COMMIT
