"""Every setting, read from the environment and from `.env` in the working folder; nobody else reads either."""

from __future__ import annotations

import difflib
import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.logs import LogFormat
from bot.shards import Shards

_ENV_FILE = Path(".env")

MOST_LOG_DAYS = 3650
"""Ten years."""

_ADDRESS = re.compile(r"postgresql\+psycopg://([^@/]*@)?(\[[0-9A-Fa-f:]+\]|[^@/:]*)(:\d+)?/[^/?]+(\?.*)?")

_NODE = re.compile(r"https?://([^@/]*@)?(\[[0-9A-Fa-f:]+\]|[^@/:]+):\d+/?")

SECRETS = frozenset({"token", "database_url", "opensearch_url"})
"""Fields of Settings that are shown nowhere."""


class LogMode(StrEnum):
    """How much is kept of a question."""

    FULL = "full"
    """All of it."""
    GAPS = "gaps"
    """Its outcome and what was searched for, as far as the articles have it; the text only where its asker sends it."""
    OFF = "off"
    """Nothing."""


class EngineName(StrEnum):
    """What finds the paragraphs that are ranked."""

    AUTO = "auto"
    """The one that suits the size of the collection."""
    RANK_BM25 = "rank-bm25"
    TANTIVY = "tantivy"
    OPENSEARCH = "opensearch"


class BadSettings(Exception):
    """A setting has an unknown name or a value that cannot be used. The message is one sentence for each."""


def _shards(value: Any) -> Any:
    return Shards.written(value) if isinstance(value, str) else value


class Settings(BaseSettings):
    """What the operator can choose. `.env.example` lists the same names with the same defaults."""

    model_config = SettingsConfigDict(
        env_file=_ENV_FILE,
        env_file_encoding="utf-8-sig",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        # Without it pydantic prints the rejected value, and that may be the token.
        hide_input_in_errors=True,
    )

    token: SecretStr | None = Field(None, validation_alias="DISCORD_TOKEN")
    """The bot's token from the Developer Portal."""
    articles: Path = Field(Path("seeds"), validation_alias="QUOTH_ARTICLES")
    """The folder of the articles."""
    data: Path = Field(Path("data"), validation_alias="QUOTH_DATA")
    """The folder for everything that is written."""
    database_url: SecretStr | None = Field(None, validation_alias="QUOTH_DATABASE_URL")
    """The address of a PostgreSQL database, with its password; without one it is a SQLite file in the data folder."""
    shards: Annotated[Shards | None, NoDecode, BeforeValidator(_shards)] = Field(None, validation_alias="QUOTH_SHARDS")
    """The part of the servers that this process answers for, where others answer for the rest; all without one."""
    passages: int = Field(3, ge=1, le=5, validation_alias="QUOTH_PASSAGES")
    """How many passages an answer shows."""
    private: bool = Field(False, validation_alias="QUOTH_PRIVATE")
    """Whether an answer is for the asker alone unless the asker says otherwise."""
    downloads: bool = Field(True, validation_alias="QUOTH_DOWNLOADS")
    """Whether whole articles are given as files."""
    asks_per_minute: int = Field(10, ge=1, le=600, validation_alias="QUOTH_ASKS_PER_MINUTE")
    """How many questions one member may ask in a minute; what else can be done is limited in proportion."""
    engine: EngineName = Field(EngineName.AUTO, validation_alias="QUOTH_ENGINE")
    """What finds the paragraphs that are ranked."""
    opensearch_url: SecretStr | None = Field(None, validation_alias="QUOTH_OPENSEARCH_URL")
    """The addresses of the nodes of an OpenSearch cluster, with commas between, and with user and password."""
    opensearch_ca: Path | None = Field(None, validation_alias="QUOTH_OPENSEARCH_CA")
    """The certificates, in PEM, of whoever vouches for the nodes; without them those of the machine."""
    opensearch_shards: int = Field(1, ge=1, le=1024, validation_alias="QUOTH_OPENSEARCH_SHARDS")
    """Into how many parts the cluster divides each collection."""
    k1: float = Field(1.5, ge=0, le=5, validation_alias="QUOTH_K1")
    """BM25: how soon a repeated word stops counting."""
    b: float = Field(0.75, ge=0, le=1, validation_alias="QUOTH_B")
    """BM25: how much a long paragraph is held against it."""
    versions: int = Field(10, ge=1, le=1000, validation_alias="QUOTH_VERSIONS")
    """How many versions of the articles are kept, to go back to."""
    home_servers: str = Field("", validation_alias="QUOTH_HOME_SERVERS")
    """The servers, by id and with commas between, whose moderators may change the shared articles."""
    upload_mb: float = Field(5, gt=0, le=5, validation_alias="QUOTH_UPLOAD_MB")
    """How many megabytes a file may have that a moderator uploads."""
    memory_mb: int = Field(512, ge=16, validation_alias="QUOTH_MEMORY_MB")
    """Above how many megabytes the servers' own articles that were not used for the longest time are closed."""
    log: LogMode = Field(LogMode.FULL, validation_alias="QUOTH_LOG")
    """How much is kept of a question, where the moderators of a server did not choose."""
    log_asker: Literal["none", "pseudonym"] = Field("none", validation_alias="QUOTH_LOG_ASKER")
    """Whether a pseudonym is kept with a question, so that members can have all of theirs erased."""
    log_days: int = Field(30, ge=1, le=MOST_LOG_DAYS, validation_alias="QUOTH_LOG_DAYS")
    """For how many days a question is kept."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", validation_alias="QUOTH_LOG_LEVEL")
    """How much the program says about itself on standard error."""
    log_format: LogFormat = Field(LogFormat.TEXT, validation_alias="QUOTH_LOG_FORMAT")
    """How it says that."""
    monitor_port: int = Field(0, ge=0, le=65535, validation_alias="QUOTH_MONITOR_PORT")
    """The port of this machine where the bot tells how it does; 0 for none."""

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        # What is wrong with an address is not repeated: it may be the password.
        if value is not None and not _ADDRESS.fullmatch(value.get_secret_value()):
            raise ValueError("it takes an address like postgresql+psycopg://user:password@host/name.")
        return value

    @field_validator("opensearch_url")
    @classmethod
    def _are_nodes(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not all(_NODE.fullmatch(one.strip()) for one in value.get_secret_value().split(",")):
            raise ValueError("it takes addresses like https://user:password@host:9200, with commas between them.")
        return value

    @model_validator(mode="after")
    def _has_a_cluster(self) -> Self:
        if self.engine is EngineName.OPENSEARCH and self.opensearch_url is None:
            raise ValueError("the engine opensearch needs QUOTH_OPENSEARCH_URL.")
        return self

    @field_validator("home_servers")
    @classmethod
    def _are_ids(cls, value: str) -> str:
        if not all(name.isascii() and name.isdecimal() and len(name) >= 15 for name in value.replace(",", " ").split()):
            raise ValueError("it takes ids of servers, like 123456789012345678, with commas between them.")
        return value


def setting_names() -> dict[str, str]:
    """The environment's name of each field of Settings."""
    return {str(field.validation_alias): name for name, field in Settings.model_fields.items()}


def read_settings(**chosen: Any) -> Settings:
    """The settings of this process; *chosen* (by environment name) wins over the environment.

    Raises:
        BadSettings: A name is misspelt or a value is of no use.

    """
    complaints = _misspelt()
    try:
        settings = Settings(**{name: value for name, value in chosen.items() if value is not None})
    except ValidationError as error:
        complaints += [
            ": ".join([*map(str, detail["loc"][:1]), _sentence(str(detail["msg"]))]) for detail in error.errors()
        ]
    if complaints:
        raise BadSettings("\n".join(complaints))
    return settings


def _misspelt() -> list[str]:
    try:
        in_file = set(dotenv_values(_ENV_FILE, encoding="utf-8-sig")) if _ENV_FILE.is_file() else set()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"The file {_ENV_FILE} cannot be read ({error}); save it as UTF-8 text.") from error
    known = set(setting_names())
    complaints = []
    for name in sorted(in_file | set(os.environ)):
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
        ours = name.upper().startswith("QUOTH_") or (name in in_file and bool(near))
        if ours and name.upper() not in known:
            hint = f"; did you mean {near[0]}?" if near else "; .env.example lists them all."
            complaints.append(f"{name} is not a setting{hint}")
    return complaints


def _sentence(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return text[0].lower() + text[1:] + ("" if text.endswith(".") else ".")
