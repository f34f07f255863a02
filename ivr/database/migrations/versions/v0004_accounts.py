"""Sessions of the console."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "sessions",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("operator_id", ROW_ID, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("last_used", MOMENT, nullable=False),
        sa.Column("ends", MOMENT, nullable=False),
        sa.Column("browser", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name="fk_sessions_operator_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("hash", name="uq_sessions_hash"),
    )
