"""The units of systemd."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.settings.workers import WorkerSettings
from tests.deploy.files import INSTALLED, PROJECT, UNITS, programs, settings, unit

SERVICES = sorted(UNITS.glob("*.service"))
COMMON = UNITS / "qloom-.service.d" / "common.conf"
CREDENTIALS = UNITS / "credentials.conf"
QUEUES_OF_THE_TEMPLATE = ("heavy", "search")


def started() -> dict[str, str]:
    """What each unit starts, the template's instances one by one."""
    found = {}
    for path in SERVICES:
        program = unit(path)["Service"]["ExecStart"].removeprefix(f"{INSTALLED}/deploy/run ")
        for queue in QUEUES_OF_THE_TEMPLATE if "%i" in program else ("",):
            found[path.name.replace("@", f"@{queue}")] = program.replace("%i", queue)
    return found


def test_every_program_of_the_procfile_is_started_by_a_unit() -> None:
    found = started()
    assert found.pop("qloom-migrate.service") == "cli migrate"
    assert set(found.values()) == programs()
    assert os.access(PROJECT / "deploy" / "run", os.X_OK)


def test_programs_come_back_and_may_end_in_peace() -> None:
    assert unit(COMMON)["Service"]["KillMode"] == "mixed"
    for path in SERVICES:
        service = unit(path)["Service"]
        if service.get("Type") != "oneshot":
            assert service["Restart"] == "always", path.name
            assert int(service["TimeoutStopSec"]) > 0, path.name


def test_a_stop_waits_longer_than_the_programs_do() -> None:
    grace_seconds = WorkerSettings.from_env({}).worker_grace_seconds
    for name in ("qloom-worker.service", "qloom-worker@.service"):
        assert int(unit(UNITS / name)["Service"]["TimeoutStopSec"]) > grace_seconds, name


def test_what_the_example_of_the_environment_sets_are_settings() -> None:
    lines = (UNITS / "qloom.env.example").read_text().splitlines()
    names = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert {"DATABASE_URL", "REDIS_URL", "API_KEY_PEPPER", "ENCRYPTION_KEYS", "FLOWER_PASSWORD"} <= names
    assert not names - settings()


def test_credentials_are_settings_that_draw_secrets_draws() -> None:
    loaded = dict(re.findall(r"^LoadCredential=(\w+):(\S+)$", CREDENTIALS.read_text(), re.MULTILINE))
    drawn = (PROJECT / "deploy" / "draw-secrets").read_text()
    assert {"DATABASE_URL", "API_KEY_PEPPER", "ENCRYPTION_KEYS", "FLOWER_PASSWORD"} <= loaded.keys()
    assert not loaded.keys() - settings()
    for name, path in loaded.items():
        assert path == f"/etc/qloom/secrets/{name}"
        assert f"keep {name} " in drawn


@pytest.mark.foreign
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_accepts_them(tmp_path: Path) -> None:
    units = tmp_path / "units"
    shutil.copytree(UNITS, units)
    shutil.copy(CREDENTIALS, units / "qloom-.service.d")
    for path in [*units.glob("*.service"), *units.glob("*.d/*")]:
        path.write_text(path.read_text().replace(INSTALLED, str(PROJECT)))
    for queue in QUEUES_OF_THE_TEMPLATE:
        shutil.copy(units / "qloom-worker@.service", units / f"qloom-worker@{queue}.service")
    files = [str(path) for path in units.iterdir() if path.suffix in (".service", ".target")]
    command = ["systemd-analyze", "verify", "--man=no", *files]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=60)
    ours = [line for line in checked.stderr.splitlines() if "qloom" in line]
    assert not ours, ours
