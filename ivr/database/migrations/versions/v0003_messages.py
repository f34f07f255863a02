"""Messages that callers leave, who did what with them, and texts that were sent."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("recording", sa.String(34), nullable=False),
        sa.Column("left", MOMENT, nullable=False),
        sa.Column("language", sa.String(12), nullable=False),
        sa.Column("seconds", sa.Integer),
        sa.Column("urgent", sa.SmallInteger, nullable=False),
        sa.Column("safe", sa.SmallInteger),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("alerted", MOMENT),
        sa.Column("called_back", MOMENT),
        sa.Column("called_back_by", sa.String(80), nullable=False),
        sa.Column("deleted", MOMENT),
        sa.Column("deleted_by", sa.String(80), nullable=False),
        sa.Column("erased", MOMENT),
        sa.Column("erase_after", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("recording", name="uq_messages_recording"),
    )
    op.create_table(
        "deeds",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("moment", MOMENT, nullable=False),
        sa.Column("operator", sa.String(80), nullable=False),
        sa.Column("deed", sa.String(20), nullable=False),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deeds"),
    )
    op.create_table(
        "texts",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("hash", sa.String(32), nullable=False),
        sa.Column("moment", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_texts"),
    )
    op.create_index("ix_texts_hash", "texts", ["hash"])
