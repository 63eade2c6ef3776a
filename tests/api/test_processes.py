"""What the processes load and weigh: only simulators have Qiskit, and a web is small."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import psutil
import pytest

from tests.api import contract
from tests.api.conftest import Qloom
from tests.environment import NO_SERVERS
from tests.stack import PROJECT, Stack, simulators_of

pytestmark = pytest.mark.xdist_group("api")

MAX_WEB_BYTES = 120_000_000
SIMULATOR_PACKAGES = {"qiskit", "qiskit_aer", "openqasm3"}


@pytest.mark.parametrize("modules", ["app.cli", "workers.__main__, workers.housekeeping"])
def test_no_command_and_no_worker_imports_a_simulator(modules: str) -> None:
    """``tests/rest/test_web.py`` has the same of the web."""
    loaded = packages_loaded_by(modules)
    assert modules.partition(".")[0] in loaded
    assert not loaded & SIMULATOR_PACKAGES


@pytest.mark.parametrize("modules", ["workers.__main__, workers.housekeeping", "workers.beat"])
def test_workers_and_beat_load_neither_celerys_command_line_nor_numpy(modules: str) -> None:
    loaded = packages_loaded_by(modules)
    assert "celery" in loaded
    assert not loaded & {"flower", "prompt_toolkit", "click_repl", "numpy"}


@cache
def packages_loaded_by(modules: str) -> set[str]:
    """The packages that a fresh process has loaded after it imported some modules."""
    script = f"import {modules}, sys; print(*sys.modules, sep='\\n')"
    loading = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **NO_SERVERS},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in loading.stdout.split()}


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
