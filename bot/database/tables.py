"""The tables, as the code uses them; the migrations make the same."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

metadata = MetaData()


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC; SQLite gives it back without its zone, PostgreSQL in the one of the session."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time with its zone."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _number() -> Column[int]:
    # SQLite counts rows by itself only in a column of type INTEGER.
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


def _of_question(**options: bool) -> Column[str]:
    return Column("question", String(16), ForeignKey("question.id", ondelete="CASCADE"), **options)  # type: ignore[arg-type]


question = Table(
    "question",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("server", BigInteger),
    Column("door", String(16), nullable=False),
    Column("question", Text),
    Column("outcome", String(16), nullable=False),
    Column("terms", JSON, nullable=False),
    Column("missing", JSON, nullable=False),
    Column("language", String(16)),
    Column("index_version", String(32), nullable=False),
    Column("engine", String(32)),
    Column("milliseconds", Float, nullable=False),
    Column("asker", String(32)),
    Column("sent_at", UtcDateTime),
    Column("done_at", UtcDateTime),
    Index("ix_question_at", "at"),
    Index("ix_question_outcome_at", "outcome", "at"),
    Index("ix_question_server_at", "server", "at"),
    Index("ix_question_server_outcome_at", "server", "outcome", "at"),
    Index("ix_question_server_sent_at", "server", "sent_at"),
    Index("ix_question_sent_at", "sent_at"),
    Index("ix_question_asker", "asker"),
)

passage = Table(
    "passage",
    metadata,
    _of_question(primary_key=True),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    Column("citation", Text, nullable=False),
    Column("score", Float, nullable=False),
    Index("ix_passage_citation", "citation"),
)

feedback = Table(
    "feedback",
    metadata,
    _number(),
    _of_question(nullable=False),
    Column("citation", Text),
    Column("helpful", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("server", BigInteger),
    Index("ix_feedback_question", "question"),
    Index("ix_feedback_at", "at", "helpful"),
    Index("ix_feedback_server_at", "server", "at", "helpful"),
)

opened = Table(
    "opened",
    metadata,
    _number(),
    _of_question(),
    Column("server", BigInteger),
    Column("citation", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_opened_question", "question"),
    Index("ix_opened_at", "at"),
)

server_settings = Table(
    "server_settings",
    metadata,
    Column("server", BigInteger, primary_key=True, autoincrement=False),
    Column("settings", JSON, nullable=False),
)

first_questions = Table("questions", MetaData(), Column("at", UtcDateTime), Column("server", BigInteger))
"""What is still looked at of the table of revision 0001, which stands in copies from before its end."""
