"""Each program of the Procfile, started with a bad setting: one line that names it, and an exit code."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from embedded.procfile import read_procfile
from tests.environment import NO_SERVERS
from tests.stack import PROJECT

PROGRAMS = read_procfile(PROJECT / "Procfile")
GOOD = {**NO_SERVERS, "FLOWER_PASSWORD": "0123456789abcdef"}
BAD = [
    *((program, "PORT", "abc") for program in PROGRAMS),
    *((program, "DATABASE_URL", None) for program in PROGRAMS),
    *((program, "LEASE_SECONDS", "-1") for program in ("web", "worker")),
    *((program, "API_KEY_PEPPER", None) for program in ("web", "worker")),
    ("worker", "WORKER_SLOTS", "two"),
    ("beat", "LOG_LEVEL", "loud"),
    ("flower", "REDIS_URL", ""),
    ("web", "DATABASE_URL", "postgresql://u:secret@host:port/none"),
]


def run(program: str, settings: Mapping[str, str | None]) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; standard output has both of its outputs."""
    return subprocess.run(
        ["sh", "-c", f"exec {PROGRAMS[program]}"],
        cwd=PROJECT,
        env={
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            **{name: value for name, value in settings.items() if value is not None},
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("program", "name", "value"), BAD)
def test_a_bad_setting_ends_each_program_with_one_line(
    program: str, name: str, value: str | None, tmp_path: Path
) -> None:
    ended = run(program, {**GOOD, "QLOOM_DATA_DIR": str(tmp_path), name: value})
    assert ended.returncode != 0
    [line] = ended.stdout.splitlines()
    assert "cannot start: " in line
    assert f'Environment variable "{name}" ' in line
    assert "secret" not in line


@pytest.mark.slow
def test_flower_says_in_one_line_that_its_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run("flower", {**GOOD, "QLOOM_DATA_DIR": str(tmp_path), "FLOWER_PORT": port})
    assert ended.returncode != 0
    [line] = ended.stdout.splitlines()
    assert line.startswith(f"Flower cannot start: it cannot listen on 127.0.0.1, port {port} (")
