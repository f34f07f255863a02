"""Versions of the script that were edited, and what was typed into them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "script_revisions",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("parent", sa.BigInteger),
        sa.Column("made", MOMENT, nullable=False),
        sa.Column("changed", MOMENT, nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("note", sa.String(400), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("files", sa.JSON, nullable=False),
        sa.Column("digest", sa.String(20), nullable=False),
        sa.Column("version", sa.String(10), nullable=False),
        sa.Column("checked", sa.JSON),
        sa.Column("approvals", sa.JSON, nullable=False),
        sa.Column("submitted", MOMENT),
        sa.Column("submitted_by", sa.String(80), nullable=False),
        sa.Column("published", MOMENT),
        sa.Column("published_by", sa.String(80), nullable=False),
        sa.Column("publication", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_script_revisions"),
        sa.UniqueConstraint("publication", name="uq_script_revisions_publication"),
    )
    op.create_table(
        "script_edits",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("revision", ROW_ID, nullable=False),
        sa.Column("moment", MOMENT, nullable=False),
        sa.Column("operator", sa.String(80), nullable=False),
        sa.Column("file", sa.String(120), nullable=False),
        sa.Column("place", sa.String(400), nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_script_edits"),
        sa.ForeignKeyConstraint(
            ["revision"],
            ["script_revisions.id"],
            name="fk_script_edits_revision",
            ondelete="CASCADE",
        ),
    )
