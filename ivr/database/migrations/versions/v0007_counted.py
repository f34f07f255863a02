"""Which calls are in their day's totals already: reports of a year read totals alone."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and what finds the calls that are still to be counted."""
    op.add_column(
        "calls", sa.Column("counted", sa.SmallInteger, nullable=False, server_default="0")
    )
    op.create_index("ix_calls_counted_day", "calls", ["counted", "day"])
