"""Sessions of the console, roles, second factors; an append-only log of deeds."""

import datetime as dt
import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _add_roles()
    _make_sessions()
    _make_deeds_append_only()


def _add_roles() -> None:
    """Give operators of older versions all rights, as they had."""
    with op.batch_alter_table("operators") as operators:
        roles = sa.Column("roles", sa.String(80), nullable=False, server_default="admin")
        operators.add_column(roles)
        change = sa.Column("must_change", sa.SmallInteger, nullable=False, server_default="0")
        operators.add_column(change)
        operators.add_column(sa.Column("totp", sa.String(255), nullable=False, server_default=""))
        count = sa.Column("passkeys", sa.SmallInteger, nullable=False, server_default="0")
        operators.add_column(count)
        used = sa.Column("totp_used", sa.BigInteger, nullable=False, server_default="0")
        operators.add_column(used)
    op.create_table(
        "passkeys",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("operator_id", ROW_ID, nullable=False),
        sa.Column("credential", sa.String(1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name="fk_passkeys_operator_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("credential", name="uq_passkeys_credential"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("operator_id", ROW_ID, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_codes"),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operators.id"],
            name="fk_recovery_codes_operator_id",
            ondelete="CASCADE",
        ),
    )


def _make_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("operator_id", ROW_ID, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("last_used", MOMENT, nullable=False),
        sa.Column("ends", MOMENT, nullable=False),
        sa.Column("browser", sa.String(80), nullable=False),
        sa.Column("challenge", sa.LargeBinary, nullable=True),
        sa.Column("complete", sa.SmallInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name="fk_sessions_operator_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("hash", name="uq_sessions_hash"),
    )


def _make_deeds_append_only() -> None:
    with op.batch_alter_table("deeds") as deeds:
        deeds.alter_column("message_id", existing_type=sa.BigInteger, nullable=True)
        deeds.add_column(sa.Column("about", sa.String(200), nullable=False, server_default=""))
        deeds.add_column(sa.Column("before", sa.JSON, nullable=True))
        deeds.add_column(sa.Column("hash", sa.String(64), nullable=False, server_default=""))
    _hash_entries()
    with op.batch_alter_table("deeds") as deeds:
        deeds.alter_column("about", existing_type=sa.String(200), server_default=None)
        deeds.alter_column("hash", existing_type=sa.String(64), server_default=None)
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def _hash_entries() -> None:
    """Hash the entries of older versions as ivr.accounts.audit_log hashes new ones."""
    connection, previous = op.get_bind(), ""
    columns = ("id", "moment", "operator", "deed", "about", "message_id")
    deeds = sa.table("deeds", *(sa.column(name) for name in columns), sa.column("hash"))
    typed = sa.select(deeds, sa.type_coerce(deeds.c.moment, MOMENT).label("at"))
    for row in connection.execute(typed.order_by(deeds.c.id)).all():
        at = row.at.replace(tzinfo=dt.UTC) if row.at.tzinfo is None else row.at.astimezone(dt.UTC)
        values = [row.id, row.operator, row.deed, row.about, row.message_id, None]
        text = json.dumps([previous, at.isoformat(), *values], sort_keys=True)
        previous = hashlib.sha256(text.encode()).hexdigest()
        connection.execute(sa.update(deeds).where(deeds.c.id == row.id).values(hash=previous))


_REFUSAL = "entries of the log of deeds are never changed or removed"

_SQLITE = "BEFORE {} ON deeds {} BEGIN SELECT RAISE(ABORT, '" + _REFUSAL + "'); END"
_NOT_LAST = "WHEN NEW.id <= (SELECT max(id) FROM deeds)"
_FUNCTION = "deeds_append_only() RETURNS trigger LANGUAGE plpgsql"
_CALL = "EXECUTE FUNCTION deeds_append_only()"

APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER deeds_no_change " + _SQLITE.format("UPDATE", ""),
        "CREATE TRIGGER deeds_no_removal " + _SQLITE.format("DELETE", ""),
        # REPLACE removes the row before without asking the trigger on DELETE.
        "CREATE TRIGGER deeds_at_the_end " + _SQLITE.format("INSERT", _NOT_LAST),
    ),
    "postgresql": (
        f"CREATE FUNCTION {_FUNCTION} AS $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
        f"CREATE TRIGGER deeds_no_change BEFORE UPDATE OR DELETE ON deeds FOR EACH ROW {_CALL}",
        f"CREATE TRIGGER deeds_no_truncation BEFORE TRUNCATE ON deeds FOR EACH STATEMENT {_CALL}",
    ),
}
"""What makes each database refuse to change or remove an entry."""
