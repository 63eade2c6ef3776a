"""No slot waits for ever for a simulator process that does not answer."""

import os
import signal
from collections.abc import Iterator

import psutil
import pytest

from app.circuits.spec import ExecutionSpec, RunLimits
from app.database import Database
from app.executions.kind import simulate
from app.jobs.running import RunningJob
from app.settings import MIB
from app.simulators import pool as simulators
from app.simulators.errors import ProcessLostError
from app.simulators.pool import Simulator, SimulatorPool
from tests.jobs.helpers import claimed
from tests.stack import wait_until

BELL = ExecutionSpec("bell", shots=10, seed=1)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A warm simulator."""
    made = Simulator(6 * 1024 * MIB, jobs_per_process=10, niceness=0)
    made.start().result(60)
    yield made
    made.stop()


def simulator_pids() -> list[int]:
    """Return the children of this process's forkserver."""
    servers = [each for each in psutil.Process().children() if "forkserver" in " ".join(each.cmdline())]
    return [child.pid for server in servers for child in server.children()]


def test_a_process_that_hangs_before_it_takes_the_job_is_replaced(
    simulator: Simulator, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    [pid] = simulator_pids()
    monkeypatch.setattr(simulators, "START_SECONDS", 0.5)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(ProcessLostError):
        simulate(simulator, BELL, RunLimits(), None, 0.5, RunningJob(claimed(database)))
    monkeypatch.undo()
    result = simulate(simulator, BELL, RunLimits(), None, 60, RunningJob(claimed(database)))
    assert sum(result["counts"].values()) == 10
    wait_until(lambda: not psutil.pid_exists(pid), what="the end of the process that hung")


def test_a_simulator_that_failed_is_used_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process of such a simulator may be starting, which takes longer than most jobs."""
    monkeypatch.setattr(simulators, "_start_children_without_our_main_module", lambda: None)
    pool = SimulatorPool(2, 6 * 1024 * MIB, jobs_per_process=10)
    with pool.acquire() as first:
        pass
    with pool.acquire() as again:
        assert again is first, "the warmest"
    with pytest.raises(TimeoutError), pool.acquire() as late:
        raise TimeoutError
    with pool.acquire() as other, pool.acquire() as last:
        assert other is not late
        assert last is late
    pool.stop()
