"""The first tables: calls, steps, transfers, totals, operators."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "calls",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(32)),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("answered", sa.SmallInteger, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("hour", sa.SmallInteger, nullable=False),
        sa.Column("last", MOMENT, nullable=False),
        sa.Column("language", sa.String(12), nullable=False),
        sa.Column("at", sa.String(80), nullable=False),
        sa.Column("seconds", sa.Integer),
        sa.Column("ended", sa.String(20)),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
        sa.UniqueConstraint("hash", name="uq_calls_hash"),
    )
    op.create_index("ix_calls_day", "calls", ["day"])
    op.create_table(
        "steps",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("call_id", sa.BigInteger, nullable=False),
        sa.Column("moment", MOMENT, nullable=False),
        sa.Column("node", sa.String(80), nullable=False),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("key", sa.String(1), nullable=False),
        sa.Column("led_to", sa.String(80), nullable=False),
        sa.Column("dialled", sa.String(80)),
        sa.Column("back_from", sa.String(80)),
        sa.Column("outcome", sa.String(20)),
        sa.Column("talked", sa.Integer),
        sa.Column("token", sa.String(32)),
        sa.Column("mark", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name="pk_steps"),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name="fk_steps_call_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("call_id", "token", name="uq_steps_call_id_token"),
    )
    op.create_table(
        "transfers",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("call_id", sa.BigInteger, nullable=False),
        sa.Column("destination", sa.String(80), nullable=False),
        sa.Column("dialled", MOMENT),
        sa.Column("returned", MOMENT),
        sa.Column("outcome", sa.String(20)),
        sa.Column("talked", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_transfers"),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name="fk_transfers_call_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_transfers_call_id", "transfers", ["call_id"])
    op.create_table(
        "totals",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("part", sa.String(20), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", "part", "name", name="pk_totals"),
    )
    op.create_table(
        "operators",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("password", sa.String(255), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_operators"),
        sa.UniqueConstraint("name", name="uq_operators_name"),
    )
