"""The settings, and what a person is told about a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot.settings import BadSettings, Settings, read_settings, setting_names
from tests.browser import ROOT


def test_env_example_lists_every_setting_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    example = dotenv_values(ROOT / ".env.example")

    assert list(example) == list(setting_names())
    for name, value in example.items():
        monkeypatch.setenv(name, value or "")
    assert read_settings() == Settings()


def test_every_setting_in_the_example_has_a_comment() -> None:
    blocks = (ROOT / ".env.example").read_text().split("\n\n")[1:]

    assert all(block.startswith("# ") for block in blocks)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("QUOTH_ARTICELS", "x", "QUOTH_ARTICELS is not a setting; did you mean QUOTH_ARTICLES?"),
        ("QUOTH_COLOUR", "x", "QUOTH_COLOUR is not a setting; .env.example lists them all."),
        ("QUOTH_PASSAGES", "many", "QUOTH_PASSAGES: input should be a valid integer"),
        ("QUOTH_PASSAGES", "9", "QUOTH_PASSAGES: input should be less than or equal to 5."),
        ("QUOTH_B", "2", "QUOTH_B: input should be less than or equal to 1."),
        ("QUOTH_HOME_SERVERS", "12, 34", "QUOTH_HOME_SERVERS: it takes ids of servers, like 123456789012345678, with"),
        ("QUOTH_PRIVATE", "perhaps", "QUOTH_PRIVATE: input should be a valid boolean"),
    ],
)
def test_wrong_setting_is_named_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(BadSettings) as caught:
        read_settings()

    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_misspelt_name_in_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKN=abc\nTZ=Europe/Prague\n")

    with pytest.raises(BadSettings, match=r"DISCORD_TOKN is not a setting; did you mean DISCORD_TOKEN\?"):
        read_settings()


def test_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("DISCORD_TOKEN=abc".encode("utf-16"))

    with pytest.raises(BadSettings, match=r"The file \.env cannot be read"):
        read_settings()


def test_file_is_read_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("QUOTH_PASSAGES=2\nQUOTH_PRIVATE=true\n")
    monkeypatch.setenv("QUOTH_PASSAGES", "5")

    settings = read_settings()

    assert (settings.passages, settings.private) == (5, True)


def test_token_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "canary.token")
    monkeypatch.setenv("QUOTH_PASSAGES", "canary.number")

    with pytest.raises(BadSettings) as caught:
        read_settings()
    monkeypatch.delenv("QUOTH_PASSAGES")

    assert "canary" not in str(caught.value)
    assert "canary" not in repr(read_settings())
