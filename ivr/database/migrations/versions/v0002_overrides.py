"""What holds for a while in place of the agency's hours."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "overrides",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("begins", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("announcement", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_overrides"),
    )
