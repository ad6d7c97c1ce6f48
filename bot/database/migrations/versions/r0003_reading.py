"""What a summary of a large log needs: indexes by outcome, and the server beside each vote."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the indexes, and the column with its values."""
    op.create_index("ix_question_outcome_at", "question", ["outcome", "at"])
    op.create_index("ix_question_server_outcome_at", "question", ["server", "outcome", "at"])
    op.create_index("ix_question_sent_at", "question", ["sent_at"])
    op.add_column("feedback", sa.Column("server", sa.BigInteger))
    question = sa.table("question", sa.column("id"), sa.column("server"))
    feedback = sa.table("feedback", sa.column("question"), sa.column("server"))
    server = sa.select(question.c.server).where(question.c.id == feedback.c.question).scalar_subquery()
    op.execute(sa.update(feedback).values(server=server))
    op.create_index("ix_feedback_at", "feedback", ["at", "helpful"])
    op.create_index("ix_feedback_server_at", "feedback", ["server", "at", "helpful"])
