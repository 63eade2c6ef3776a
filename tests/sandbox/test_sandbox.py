"""A simulator process, which runs what users send, can do next to nothing: tried in a real one."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

from app.sandbox import landlock, seccomp
from embedded.system_user import user_for
from tests.environment import ENVIRONMENT
from tests.stack import PROJECT

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux'"),
    pytest.mark.skipif(landlock.version() < 6 or not seccomp.is_available(), reason="the kernel is too old"),
]

SECRETS = {
    **ENVIRONMENT,
    "BOOTSTRAP_ADMIN_KEY": "an admin's key",
    "FLOWER_PASSWORD": "of Flower",
    "NEO4J_PASSWORD": "of Neo4j",
    "AWS_SECRET_ACCESS_KEY": "of somebody else",
    "HOME": "/root",
}
STAYS_ALLOWED = {"read code", "start a thread", "signal itself"}
ALLOWED_NAMES = {
    *(
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "TZ",
        "PYTHONPATH",
        "PYTHONUNBUFFERED",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONWARNINGS",
    ),
    *("OMP_NUM_THREADS", "QISKIT_IGNORE_USER_SETTINGS", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"),
}


def probe(postgres_url: str, folder: Path, argv_before: list[str]) -> dict[str, Any]:
    """What a simulator process reports of its attempts."""
    data_file = folder / "pepper"
    data_file.write_text("secret")
    port = psycopg.conninfo.conninfo_to_dict(postgres_url)["port"]
    module = [sys.executable, "-m", "tests.sandbox.pool", str(data_file), str(port), str(folder)]
    environment = {
        **SECRETS,
        "PATH": os.environ["PATH"],
        "DATABASE_URL": postgres_url,
        "OMP_NUM_THREADS": "2",
    }
    ran = subprocess.run(
        [*argv_before, *module], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    assert data_file.read_text() == "secret"
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def as_ordinary_user(folder: Path) -> list[str]:
    """Return the command that starts a program as an ordinary user, who then owns the folder.

    A Python below a closed folder (``/root``) is shown to it in a mount namespace, at the same place.
    """
    user = user_for(Path("/nonexistent"))
    assert user is not None
    os.chown(folder, user.uid, user.gid)
    if not is_open(PROJECT) or not is_open(Path(sys.executable)):
        pytest.skip("an ordinary user does not get to the project")
    drop = ["setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups"]
    python = Path(sys.base_prefix)
    if is_open(python):
        return drop
    closed = next(parent for parent in reversed(python.parents) if not is_open(parent))
    show = f"""
        set -e
        mount --bind {python} {folder}
        mount -t tmpfs -o mode=755 none {closed}
        mkdir -p {python}
        mount --bind {folder} {python}
        umount {folder}
        exec "$@"
    """
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", show, "sh", *drop]


def is_open(path: Path) -> bool:
    """Return whether everybody may pass all folders down to this one."""
    return all(each.stat().st_mode & 0o001 for each in (path, *path.parents) if each.is_dir())


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that an ordinary user gets to: pytest's own are closed."""
    with TemporaryDirectory() as made:
        yield Path(made)


@pytest.mark.parametrize("user", ["as it is", "ordinary"])
def test_a_simulator_process_has_nothing_and_reaches_nobody(
    postgres_url: str, folder: Path, user: str
) -> None:
    if user == "ordinary" and os.geteuid() != 0:
        pytest.skip("it is one already")
    report = probe(postgres_url, folder, as_ordinary_user(folder) if user == "ordinary" else [])
    assert (report["user"] == os.geteuid()) == (user == "as it is")

    assert set(report["environment"]) <= ALLOWED_NAMES
    for secret in [*SECRETS.values(), postgres_url]:
        assert secret not in report["environment"].values()
    assert report["no_new_privileges"] == 1
    assert report["dumpable"] == 0
    assert report["capabilities"] == [0] * 6
    if user == "as it is" and os.geteuid() == 0:
        assert report["bounding_set"] == []
    assert report["limits"] == [[0, 0], [0, 0]]
    assert set(report["open"]) <= {"c", "p", "-"}, "devices, pipes, and the memory shared with the worker"

    attempts = report["attempts"]
    assert {name for name, outcome in attempts.items() if outcome == "done"} == STAYS_ALLOWED
    refusals = {outcome for name, outcome in attempts.items() if name not in STAYS_ALLOWED}
    assert refusals <= {"refused EPERM", "refused EACCES"}
    assert report["shots"] == [10, 10, 10], "it parses and simulates as before"
    assert report["scores"] == 1
