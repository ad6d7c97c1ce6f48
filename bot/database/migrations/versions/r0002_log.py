"""Questions by ids from outside, with what hangs on them, and the settings of servers."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ROWS = 1000
"""Questions that are moved at a time."""


def upgrade() -> None:
    """Make the tables, and move the questions over."""
    at = sa.DateTime(timezone=True)
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")

    def of_question(**options: bool) -> sa.Column[str]:
        return sa.Column("question", sa.String(16), sa.ForeignKey("question.id", ondelete="CASCADE"), **options)  # type: ignore[arg-type]

    question = op.create_table(
        "question",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("at", at, nullable=False),
        sa.Column("server", sa.BigInteger),
        sa.Column("door", sa.String(16), nullable=False),
        sa.Column("question", sa.Text),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("terms", sa.JSON, nullable=False),
        sa.Column("missing", sa.JSON, nullable=False),
        sa.Column("language", sa.String(16)),
        sa.Column("index_version", sa.String(32), nullable=False),
        sa.Column("engine", sa.String(32)),
        sa.Column("milliseconds", sa.Float, nullable=False),
        sa.Column("asker", sa.String(32)),
        sa.Column("sent_at", at),
        sa.Column("done_at", at),
    )
    op.create_index("ix_question_at", "question", ["at"])
    op.create_index("ix_question_server_at", "question", ["server", "at"])
    op.create_index("ix_question_server_sent_at", "question", ["server", "sent_at"])
    op.create_index("ix_question_asker", "question", ["asker"])
    passage = op.create_table(
        "passage",
        of_question(primary_key=True),
        sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("citation", sa.Text, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
    )
    op.create_index("ix_passage_citation", "passage", ["citation"])
    op.create_table(
        "feedback",
        sa.Column("id", number, primary_key=True),
        of_question(nullable=False),
        sa.Column("citation", sa.Text),
        sa.Column("helpful", sa.Boolean, nullable=False),
        sa.Column("at", at, nullable=False),
    )
    op.create_index("ix_feedback_question", "feedback", ["question"])
    op.create_table(
        "opened",
        sa.Column("id", number, primary_key=True),
        of_question(),
        sa.Column("server", sa.BigInteger),
        sa.Column("citation", sa.Text, nullable=False),
        sa.Column("at", at, nullable=False),
    )
    op.create_index("ix_opened_question", "opened", ["question"])
    op.create_index("ix_opened_at", "opened", ["at"])
    op.create_table(
        "server_settings",
        sa.Column("server", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("settings", sa.JSON, nullable=False),
    )
    _move(question, passage)
    op.drop_table("questions")


def _move(question: sa.Table, passage: sa.Table) -> None:
    connection = op.get_bind()
    old = sa.Table("questions", sa.MetaData(), autoload_with=connection)
    last = 0
    while rows := connection.execute(sa.select(old).where(old.c.id > last).order_by(old.c.id).limit(_ROWS)).all():
        named = [(secrets.token_hex(8), row._mapping) for row in rows]
        same = ("at", "server", "door", "question", "outcome", "missing", "index_version", "milliseconds")
        connection.execute(
            sa.insert(question),
            [{"id": name, "terms": []} | {key: row[key] for key in same} for name, row in named],
        )
        shown = [
            {"question": name, "rank": rank, "citation": citation, "score": score}
            for name, row in named
            for rank, (citation, score) in enumerate(row["shown"], start=1)
        ]
        if shown:
            connection.execute(sa.insert(passage), shown)
        last = rows[-1].id
