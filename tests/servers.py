"""A real Neo4j that all pytest workers of one run share, since it takes 12 s and 400 MB to start.

The first pytest worker that needs it starts a keeper: a separate process, ``python -m tests.servers FOLDER``.
The keeper runs the server until no worker uses it any more. Each user holds a shared lock on a file. The
kernel releases the lock when its holder ends, also after SIGKILL, so the keeper always ends too.
"""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from embedded.errors import EmbeddedError
from embedded.neo4j import Neo4jServer, missing_tools

START_SECONDS = 240.0
PROJECT = Path(__file__).resolve().parent.parent


@contextmanager
def shared_neo4j(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Yield the settings (``NEO4J_URL`` and so on) of the run's Neo4j; keep it alive meanwhile.

    Its data is shared too: a test must only read executions that it wrote. Without Java and Maven the test
    is skipped, in CI it fails.
    """
    require_tools()
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared-neo4j"
    folder.mkdir(exist_ok=True)
    with (folder / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with (folder / "start.lock").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            environment = _started(folder)
        yield environment


def require_tools() -> None:
    """Skip the test if Neo4j cannot be built here; in CI it fails."""
    if missing := missing_tools():
        report = pytest.fail if os.environ.get("CI") else pytest.skip
        report(f"a real Neo4j needs {', '.join(missing)}")


def _started(folder: Path) -> dict[str, str]:
    settings = folder / "environment.json"
    if not settings.exists():
        with (folder / "keeper.log").open("ab") as log:
            keeper = subprocess.Popen(
                [sys.executable, "-m", "tests.servers", str(folder)],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not settings.exists():
            if keeper.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"Neo4j did not start: {(folder / 'keeper.log').read_text()[-2000:]}")
            time.sleep(0.05)
        # The keeper outlives this worker: Popen must not warn of a child that still runs.
        keeper.returncode = 0
    environment: dict[str, str] = json.loads(settings.read_text())
    return environment


def keep(folder: Path) -> None:
    """Run the server until no user holds the lock; the next user starts another keeper."""
    settings = folder / "environment.json"
    server = Neo4jServer(folder / "neo4j")
    with server, (folder / "users.lock").open("w") as users:
        beside = folder / "environment.new"
        beside.write_text(json.dumps(server.environment()))
        beside.replace(settings)
        try:
            fcntl.flock(users, fcntl.LOCK_EX)
        finally:
            settings.unlink()
        server.stop()


if __name__ == "__main__":
    try:
        keep(Path(sys.argv[1]))
    except EmbeddedError as error:
        sys.exit(str(error))
