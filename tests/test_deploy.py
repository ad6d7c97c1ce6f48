"""The files that start Quoth unattended, as far as they can be held against the program without their engines."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from bot.cli import cli
from bot.settings import setting_names
from tests.browser import ROOT
from tests.loopback import LoopbackDiscord

UNIT = (ROOT / "deploy" / "quoth.service").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def test_unit_never_spends_the_sessions_of_a_day_and_does_not_restart_what_a_person_has_to_mend() -> None:
    stated = dict(re.findall(r"^(\w+)=(.*)$", UNIT, re.MULTILINE))

    # https://discord.com/developers/docs/events/gateway#identifying
    assert 24 * 3600 / int(stated["RestartSec"]) < 1000
    assert stated["Restart"] == "on-failure"
    assert stated["RestartPreventExitStatus"].split() == ["77", "78"]
    assert stated["StartLimitIntervalSec"] == "0"
    assert int(stated["TimeoutStopSec"]) > 10 + 3


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="There is no systemd on this machine.")
def test_unit_is_understood_by_systemd_and_hardened(tmp_path: Path) -> None:
    # The program need not be installed on the machine that runs the tests.
    unit = tmp_path / "quoth.service"
    unit.write_text(UNIT.replace("/opt/quoth/bin/quoth", "/bin/true"))
    understood = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    security = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(unit)]
    hardened = subprocess.run(security, capture_output=True, text=True, check=False)

    assert (understood.returncode, understood.stderr) == (0, "")
    assert hardened.returncode == 0, hardened.stdout


def test_container_runs_as_nobody_on_a_read_only_root_with_one_volume() -> None:
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    final = stages[-1]
    (service,) = COMPOSE["services"].values()

    assert len(stages) == 2
    assert all("-slim" in stage.splitlines()[0] for stage in stages)
    assert re.search(r"^USER 10001$", final, re.MULTILINE)
    assert re.findall(r"^VOLUME (.+)$", final, re.MULTILINE) == ["/data"]
    assert "--require-hashes" in stages[0]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert [mount for mount in service["volumes"] if not mount.endswith(":ro")] == ["quoth:/data"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_container_is_asked_how_it_does_whatever_the_file_of_settings_says() -> None:
    (service,) = COMPOSE["services"].values()
    image = dict(re.findall(r"\b(QUOTH_\w+)=(\S+)", DOCKERFILE))
    example = dict(
        line.split("=", 1)
        for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
        if re.match(r"[A-Z_]+=", line)
    )

    # As compose puts them together.
    settings = {**image, **example, **service["environment"]}

    assert settings["QUOTH_MONITOR_PORT"] == image["QUOTH_MONITOR_PORT"] != "0"
    assert (settings["QUOTH_ARTICLES"], settings["QUOTH_DATA"]) == ("/articles", "/data")


def test_a_reader_that_is_killed_for_its_memory_does_not_take_the_bot_with_it() -> None:
    assert re.search(r"^OOMPolicy=continue$", UNIT, re.MULTILINE)


def test_files_name_settings_and_commands_that_exist() -> None:
    named = set(re.findall(r"\bQUOTH_[A-Z_]+", DOCKERFILE + UNIT)) | set(COMPOSE["services"]["quoth"]["environment"])
    commands = get_command(cli).commands  # type: ignore[attr-defined]  # typer types it as a plain command

    assert named <= set(setting_names())
    assert re.findall(r'CMD \["quoth", "(\w+)"\]', DOCKERFILE) == ["health"]
    assert {"run", "health"} <= set(commands)


async def test_wrong_setting_is_held_where_everything_is_restarted(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(ROOT), "QUOTH_ARTICLES": str(ROOT / "seeds"), "QUOTH_PASSAGES": "many"}
    async with LoopbackDiscord() as discord:
        program = await discord.launch("bot", "run", "--hold", folder=tmp_path, environment=environment)
        await discord.until(lambda: "Nothing is done until this is mended" in program.output, 30)

        assert "QUOTH_PASSAGES: input should be a valid integer" in program.output
        assert program.process.returncode is None
        assert await program.stop() == 78
