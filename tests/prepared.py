"""What hundreds of tests would make anew, each in its own service, is made once in a run."""

import pickle
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from pydantic import BaseModel
from sqlalchemy import Engine, inspect
from werkzeug.routing import Rule
from werkzeug.security import generate_password_hash

from ivr.accounts import passwords
from ivr.checks import exploration
from ivr.database import engine as database
from ivr.explore.explorer import Transition
from ivr.problem import Problem
from ivr.script import load
from ivr.script.model import Script
from ivr.script.yaml_source import Source
from ivr.settings import Settings
from tests.walked import once, shared

Patched = Iterator[None]

UPGRADE = database._upgrade
"""What takes a database through all migrations."""


@pytest.fixture(scope="session", autouse=True)
def _routes() -> Patched:
    """Compile each route once in a process: hundreds of apps are made, all with the same ones."""
    compiled: dict[object, Rule] = {}
    compile_rule = Rule.compile

    def compile_once(rule: Rule) -> None:
        key = rule.rule, rule.subdomain, rule.merge_slashes, frozenset(rule.map.converters.items())
        first = compiled.get(key)
        if first is None or rule.defaults:
            compile_rule(rule)
            if not rule.defaults:
                compiled[key] = rule
            return
        for name in ("_parts", "_trace", "_converters", "arguments"):
            setattr(rule, name, getattr(first, name))
        for name in ("_build", "_build_unknown"):
            setattr(rule, name, getattr(first, name).__func__.__get__(rule))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "compile", compile_once)
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


@pytest.fixture(scope="session", autouse=True)
def _files() -> Patched:
    """Read and validate a file of a script once in a process: hundreds of copies hold the same.

    One that has problems is read each time.
    """
    valid: dict[tuple[type[BaseModel], bytes], tuple[Source, BaseModel]] = {}
    typed = load._typed

    def typed_once(
        path: Path, kind: type[BaseModel], problems: list[Problem]
    ) -> tuple[Source, BaseModel | None]:
        key = kind, path.read_bytes() if path.is_file() else b""
        if key in valid:
            source, model = valid[key]
            return replace(source, path=path), model
        before = len(problems)
        source, new = typed(path, kind, problems)
        if new is not None and len(problems) == before:
            valid[key] = source, new
        return source, new

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "_typed", typed_once)
        yield


@pytest.fixture
def explored_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Walk through scripts that are alike once in a process, whatever folders they are in.

    For tests that change scripts alone, never what walks them: the code, babel, limits.
    """
    monkeypatch.setattr(exploration, "explored", _explored)


_explore = exploration.explored
_walks: dict[bytes, exploration.Exploration] = {}
"""What a script holds → its walk."""


def _explored(
    script: Script, observe: Callable[[Transition], object] | None = None
) -> exploration.Exploration:
    if observe is not None:
        return _explore(script, observe)
    if script.calendar is not None:  # it cannot be pickled
        return _explore(script)
    content = pickle.dumps([getattr(script, one.name) for one in fields(script)])
    if content not in _walks:
        _walks[content] = _explore(script)
    return _walks[content]


def _dump(room: Path) -> list[str]:
    """Return what makes an empty database like one that went through all migrations."""
    engine = database.open_engine(Settings(state=room / "tables"))
    UPGRADE(engine)
    with closing(sqlite3.connect(engine.url.database or "")) as connection:
        return list(connection.iterdump())[1:-1]  # without BEGIN and COMMIT
