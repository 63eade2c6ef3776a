"""Each program of the Procfile, started with a bad setting: one line that names it, and an exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from embedded.procfile import read_procfile
from tests.environment import ENVIRONMENT
from tests.stack import PROJECT

PROGRAMS = read_procfile(PROJECT / "Procfile")
GOOD = {
    **ENVIRONMENT,
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "FLOWER_PASSWORD": "0123456789abcdef",
}
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


@pytest.mark.slow
@pytest.mark.parametrize(("program", "name", "value"), BAD)
def test_a_bad_setting_ends_each_program_with_one_line(
    program: str, name: str, value: str | None, tmp_path: Path
) -> None:
    settings = {**GOOD, "QLOOM_DATA_DIR": str(tmp_path), name: value}
    ended = subprocess.run(
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
    assert ended.returncode not in (0, None)
    [line] = ended.stdout.splitlines()
    assert "cannot start: " in line
    assert f'Environment variable "{name}" ' in line
    assert "secret" not in line
