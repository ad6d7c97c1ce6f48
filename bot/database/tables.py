"""The tables, as the code uses them; the migrations make the same."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, DateTime, Float, Integer, MetaData, String, Table, Text

metadata = MetaData()

questions = Table(
    "questions",
    metadata,
    # SQLite counts rows by itself only in a column of type INTEGER.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
    Column("door", String(16), nullable=False),
    Column("server", BigInteger),
    Column("question", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("shown", JSON, nullable=False),
    Column("missing", JSON, nullable=False),
    Column("index_version", String(32), nullable=False),
    Column("milliseconds", Float, nullable=False),
)
