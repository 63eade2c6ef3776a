"""What the processes load and weigh: only simulators have Qiskit, and a web is small."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.api import contract
from tests.api.conftest import Qloom
from tests.environment import ENVIRONMENT
from tests.stack import PROJECT, Stack, simulators_of

pytestmark = pytest.mark.xdist_group("api")

MAX_WEB_BYTES = 120_000_000
SIMULATOR_PACKAGES = {"qiskit", "qiskit_aer", "openqasm3"}
NO_SERVERS = {
    **ENVIRONMENT,
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


@pytest.mark.parametrize("module", ["wsgi", "workers.app", "workers.housekeeping", "app.cli"])
def test_neither_web_nor_worker_imports_a_simulator(module: str) -> None:
    script = f"import {module}, sys; print(*sys.modules, sep='\\n')"
    loading = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **NO_SERVERS},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in loading.stdout.split()}
    assert module.partition(".")[0] in loaded
    assert not loaded & SIMULATOR_PACKAGES


@pytest.mark.skipif(sys.platform != "linux", reason="reads what a process has mapped from /proc")
def test_after_work_only_the_simulator_processes_have_qiskit_loaded(qloom: Qloom) -> None:
    contract.execution(qloom.stack.post("/api/execute/bell"))
    web = psutil.Process(qloom.web.pid)
    light = [web, *web.children(), psutil.Process(qloom.interactive.pid), psutil.Process(qloom.heavy.pid)]
    for process in light:
        assert not maps_qiskit(process.pid), process.cmdline()
    simulators = simulators_of(qloom.interactive)
    assert len(simulators) == 2, "one for each slot"
    assert all(maps_qiskit(simulator.pid) for simulator in simulators)


def test_a_web_process_that_has_answered_stays_small(qloom: Qloom, tmp_path: Path) -> None:
    fresh = Stack(tmp_path, {**qloom.stack.environment, "PORT": ""})
    fresh.environment["PORT"] = str(fresh.port)
    web = psutil.Process(fresh.start_web().pid)
    try:
        contract.execution(fresh.post("/api/execute/bell"))
        assert fresh.get("/api/executions").status_code == 200
        sizes = [process.memory_info().rss for process in [web, *web.children()]]
    finally:
        fresh.stop()
    assert len(sizes) == 2, "gunicorn's master and one worker"
    assert max(sizes) < MAX_WEB_BYTES


def maps_qiskit(pid: int) -> bool:
    """Whether a process has Qiskit's compiled code in its memory."""
    return "qiskit" in Path(f"/proc/{pid}/maps").read_text()
