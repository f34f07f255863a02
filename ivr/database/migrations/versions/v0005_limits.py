"""What callers have used of the limits, who is blocked, and a hash of the caller of a message."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and the column. The hashes in `texts` are a day old at most."""
    op.add_column("messages", sa.Column("caller", sa.String(32)))
    op.drop_table("texts")
    op.create_table(
        "uses",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("hash", sa.String(32), nullable=False),
        sa.Column("mark", sa.String(32), nullable=False),
        sa.Column("moment", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_uses"),
        sa.UniqueConstraint("mark", name="uq_uses_mark"),
    )
    op.create_index("ix_uses_moment", "uses", ["moment"])
    op.create_table(
        "blocks",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("hash", sa.String(32), nullable=False),
        sa.Column("mark", sa.String(32), nullable=False),
        sa.Column("begins", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("operator", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_blocks"),
        sa.UniqueConstraint("mark", name="uq_blocks_mark"),
    )
    op.create_table(
        "switches",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("is_on", sa.SmallInteger, nullable=False),
        sa.Column("moment", MOMENT, nullable=False),
        sa.Column("operator", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_switches"),
    )
