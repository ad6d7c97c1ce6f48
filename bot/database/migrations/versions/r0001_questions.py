"""The one table of the first Quoth, which made it without a revision: where it is there, it is taken over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table unless it is there."""
    op.create_table(
        "questions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("door", sa.String(16), nullable=False),
        sa.Column("server", sa.BigInteger),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("shown", sa.JSON, nullable=False),
        sa.Column("missing", sa.JSON, nullable=False),
        sa.Column("index_version", sa.String(32), nullable=False),
        sa.Column("milliseconds", sa.Float, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_questions_at", "questions", ["at"], if_not_exists=True)
