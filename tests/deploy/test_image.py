"""The image: what the Dockerfile copies is there and is let through, and ``deploy/run`` becomes a program."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.files import DEPLOY, PROJECT
from tests.environment import ENVIRONMENT


def copied() -> list[str]:
    """What the Dockerfile takes from the project."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    return [name for line in lines for name in line.split()]


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [folder / "deploy" / "run", *arguments],
        env={"PATH": path, "CREDENTIALS_DIRECTORY": str(folder / "secrets"), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with ``deploy/run``, a secret, and a Procfile whose program prints it."""
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "run").symlink_to(DEPLOY / "run")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "API_KEY_PEPPER").write_text("drawn by chance\n")
    (tmp_path / "secrets" / "tls-key.pem").write_text("not a setting\n")
    programs = (
        "# nothing\nweb: sh -c 'echo \"$$ $API_KEY_PEPPER ${SLOTS:-2}\"'\n"
        "worker: echo interactive\nworker_heavy: echo heavy\n"
    )
    (tmp_path / "Procfile").write_text(programs)
    return tmp_path


def test_everything_that_is_copied_is_there_and_not_ignored() -> None:
    ignored = (PROJECT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    for name in copied():
        assert (PROJECT / name).exists(), name
        assert f"!{name}" in ignored, name


def test_everything_that_the_application_imports_is_copied() -> None:
    needed = {"app", "workers", "migrations", "wsgi.py", "celeryconfig.py", "gunicorn.conf.py", "Procfile"}
    assert needed <= set(copied())


def test_a_program_is_given_the_secrets_as_settings(installed: Path) -> None:
    ended = run(installed, "web", SLOTS="5")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split(maxsplit=1)[1] == "drawn by chance 5\n"


@pytest.mark.parametrize(
    ("name", "queue"),
    [
        ("worker", "interactive"),
        ("worker_interactive-2", "interactive"),
        ("worker_heavy", "heavy"),
        ("worker_heavy-12", "heavy"),
    ],
)
def test_a_number_tells_workers_of_one_queue_apart(installed: Path, name: str, queue: str) -> None:
    assert run(installed, name).stdout == f"{queue}\n"


@pytest.mark.parametrize("name", ["nobody", "../web", "w.b", "worker_heavy-2x", "worker-$(id)", ""])
def test_what_is_no_program_is_refused(installed: Path, name: str) -> None:
    ended = run(installed, name)
    assert ended.returncode != 0
    assert "deploy/run" in ended.stderr


def test_the_command_line_of_operators_is_run() -> None:
    ended = run(PROJECT, "cli", "--help")
    assert ended.returncode == 0, ended.stderr
    assert "migrate" in ended.stdout


def test_a_command_runs_with_settings_from_files_only(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    given = {**ENVIRONMENT, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
    for name, value in given.items():
        (tmp_path / name).write_text(value + "\n")
    ended = run(PROJECT, "cli", "migrate", CREDENTIALS_DIRECTORY=str(tmp_path))
    assert ended.stdout == "The schema is up to date.\n", ended.stderr
