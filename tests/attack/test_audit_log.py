"""Attacks on the audit log: to change an entry, to remove one, or to hide that it was done."""

import datetime as dt

import pytest
from alembic import command
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from ivr.accounts import audit_log
from ivr.accounts.audit_log import AuditEvent
from ivr.database import engine as database
from ivr.database.engine import migrate, open_and_migrate, open_engine, writing
from ivr.database.schema import deeds
from ivr.settings import Settings
from tests.records.conftest import postgresql, settings

__all__ = ["postgresql", "settings"]

NOW = dt.datetime(2026, 3, 2, 9, 30, 15, 123456, tzinfo=dt.UTC)


def three(settings: Settings) -> list[audit_log.Entry]:
    """Write three entries down, the newest first."""
    with writing(open_and_migrate(settings)) as connection:
        audit_log.add(connection, "maria", AuditEvent("listened", message_id=2**52), NOW)
        audit_log.add(
            connection, "ann", AuditEvent("put an override", before={"é": [1, None]}), NOW
        )
        audit_log.add(connection, "maria", AuditEvent("ended an override", "closed"), NOW)
        return audit_log.newest(connection)


@pytest.mark.parametrize(
    "attack",
    [
        update(deeds).where(deeds.c.id == 1).values(operator="ann"),
        delete(deeds).where(deeds.c.id == 3),
        delete(deeds),
        text("UPDATE deeds SET moment = moment"),
    ],
    ids=["another's name", "the last one", "all", "each as it is"],
)
def test_an_entry_is_neither_changed_nor_removed(settings: Settings, attack) -> None:
    before = three(settings)
    engine = open_and_migrate(settings)
    with pytest.raises(DBAPIError, match="never changed or removed"), writing(engine) as connection:
        connection.execute(attack)
    with engine.connect() as connection:
        assert audit_log.newest(connection) == before
        assert audit_log.first_broken(connection) is None


def test_an_entry_does_not_take_the_place_of_another(settings: Settings) -> None:
    before = three(settings)
    engine = open_and_migrate(settings)
    values = {"id": 2, "moment": NOW, "operator": "x", "deed": "x", "about": "", "hash": "x"}
    statement = insert(deeds).values(values)
    if engine.dialect.name == "sqlite":
        statement = statement.prefix_with("OR REPLACE")
    with pytest.raises(DBAPIError), writing(engine) as connection:
        connection.execute(statement)
    with engine.connect() as connection:
        assert audit_log.newest(connection) == before


@pytest.mark.parametrize(
    ("attack", "broken"),
    [
        ("UPDATE deeds SET operator = 'ann' WHERE id = 1", 1),
        ("UPDATE deeds SET before = NULL WHERE id = 2", 2),
        ("DELETE FROM deeds WHERE id = 1", 2),
        ("DELETE FROM deeds WHERE id = 2", 3),
    ],
)
def test_what_is_done_around_the_triggers_shows(
    settings: Settings, attack: str, broken: int
) -> None:
    three(settings)
    engine = open_and_migrate(settings)
    with writing(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER deeds_no_change"))
            connection.execute(text("DROP TRIGGER deeds_no_removal"))
        else:
            connection.execute(text("DROP TRIGGER deeds_no_change ON deeds"))
        connection.execute(text(attack))
        assert audit_log.first_broken(connection) == broken


def test_entries_of_an_older_version_are_part_of_the_chain(settings: Settings) -> None:
    engine = open_engine(settings)
    config = database._alembic()
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        for name in ("maria", "ann"):
            connection.execute(
                text(
                    "INSERT INTO deeds (moment, operator, deed, message_id) VALUES (:m, :o, :d, 7)"
                ),
                {"m": "2026-03-02 09:30:15.123456", "o": name, "d": "listened"},
            )
    migrate(engine)
    three(settings)
    with engine.connect() as connection:
        assert [e.operator for e in audit_log.newest(connection)][-2:] == ["ann", "maria"]
        assert audit_log.first_broken(connection) is None
