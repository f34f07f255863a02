"""What people recorded of a draft's words, for languages that no voice speaks."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "script_recordings",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("revision", ROW_ID, nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("prompt", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("mark", sa.String(20), nullable=False),
        sa.Column("sound", sa.LargeBinary, nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_script_recordings"),
        sa.ForeignKeyConstraint(
            ["revision"],
            ["script_revisions.id"],
            name="fk_script_recordings_revision",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_script_recordings_key", "script_recordings", ["key"])
