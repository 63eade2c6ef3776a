"""A host forks the simulator processes of workers; they share its memory, and are each worker's own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.simulators.host import SOCKET
from tests.environment import NO_SERVERS
from tests.stack import PROJECT, wait_until

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="workers elsewhere have their own"),
    pytest.mark.slow,  # each test loads Qiskit into a new host
]

WORKER = """
import sys, time
from app.circuits.spec import ExecutionSpec, RunLimits
from app.settings import MIB
from app.simulators.errors import ProcessLostError
from app.simulators.pool import SimulatorPool
from app.simulators.process import run_circuit

pool = SimulatorPool(2, 6 * 1024 * MIB, jobs_per_process=10)
pool.start()
print("ready", flush=True)
for line in sys.stdin:
    with pool.acquire() as simulator:
        try:
            if line == "sleep\\n":
                simulator.call(time.sleep, 600, timeout_seconds=900)
            spec = ExecutionSpec("bell", shots=100, seed=1)
            result = simulator.call(run_circuit, spec, RunLimits(), None, timeout_seconds=60)
            print("ran", sum(result["counts"].values()), flush=True)
        except ProcessLostError:
            print("lost", flush=True)
pool.stop()
"""


class Worker:
    """A process with two simulators, which does what it is told by lines."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER],
            cwd=PROJECT,
            env={**NO_SERVERS, "QLOOM_DATA_DIR": str(folder), "OMP_NUM_THREADS": "2"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == "ready"

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def run(self) -> str:
        self.tell("run")
        return self._line()

    def forkservers(self) -> list[psutil.Process]:
        return [each for each in psutil.Process(self._process.pid).children() if is_forkserver(each)]

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def is_forkserver(process: psutil.Process) -> bool:
    return "multiprocessing.forkserver" in " ".join(process.cmdline())


def has_ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def host(tmp_path: Path) -> Iterator[psutil.Process]:
    """A host that listens in the test's folder."""
    command = [sys.executable, "-m", "workers.simulators"]
    process = subprocess.Popen(command, cwd=PROJECT, env={**NO_SERVERS, "QLOOM_DATA_DIR": str(tmp_path)})
    wait_until((tmp_path / SOCKET).is_socket, what="the host")
    yield psutil.Process(process.pid)
    process.kill()
    process.wait()


@pytest.fixture
def worker(host: psutil.Process, tmp_path: Path) -> Iterator[Worker]:
    """A worker that finds the host."""
    made = Worker(tmp_path)
    yield made
    made.kill()


def test_simulators_come_from_the_host_and_replace_each_other(host: psutil.Process, worker: Worker) -> None:
    [forkserver] = host.children()
    first = forkserver.children()
    assert len(first) == 2
    assert not worker.forkservers()
    assert not {"API_KEY_PEPPER", "DATABASE_URL"} & host.environ().keys()
    assert worker.run() == "ran 100"
    if (os.cpu_count() or 1) > 1:  # the main one, that of Aer's job, and another one of two that compute
        assert max(simulator.num_threads() for simulator in first) == 3
    for simulator in first:
        simulator.kill()
    wait_until(lambda: worker.run() == "ran 100", what="a run")
    assert host.children() == [forkserver]


def test_a_forkserver_that_is_killed_is_replaced(host: psutil.Process, worker: Worker) -> None:
    [forkserver] = host.children()
    simulators = forkserver.children()
    forkserver.kill()
    wait_until(lambda: all(map(has_ended, simulators)), what="the end of its simulators")
    wait_until(lambda: worker.run() == "ran 100", what="a run")
    assert host.children() != [forkserver]


def test_simulators_at_work_end_with_their_worker_and_others_go_on(
    host: psutil.Process, worker: Worker, tmp_path: Path
) -> None:
    forkservers = host.children()
    other = Worker(tmp_path)
    try:
        doomed = [*forkservers, *forkservers[0].children()]
        worker.tell("sleep")
        worker.kill()
        wait_until(lambda: all(map(has_ended, doomed)), what="the end of its processes")
        assert other.run() == "ran 100"
    finally:
        other.kill()


def test_a_worker_goes_on_without_the_host(host: psutil.Process, worker: Worker, tmp_path: Path) -> None:
    """Its forkserver stays; a later worker, which finds a socket where nobody listens, starts its own."""
    [forkserver] = host.children()
    host.kill()
    assert worker.run() == "ran 100"
    later = Worker(tmp_path)
    try:
        assert len(later.forkservers()) == 1
        assert later.run() == "ran 100"
        assert not has_ended(forkserver)
    finally:
        later.kill()
