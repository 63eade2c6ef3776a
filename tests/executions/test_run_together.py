"""Small circuits that are run in one call of a simulator process: each gives what it gives alone."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import msgspec
import pytest

from app.circuits.spec import ExecutionSpec, NoiseSpec, RunLimits
from app.database import Database
from app.errors import InvalidProgramError
from app.executions import repository, storage
from app.executions.kind import ExecuteKind, RunBounds, as_stored, new_execution
from app.executions.projector import Projector
from app.executions.responses import render_execution
from app.jobs.claiming import ClaimedJob
from app.jobs.running import RunningJob
from app.settings import MIB
from app.simulators import pool as simulators
from app.simulators.pool import SimulatorPool
from tests.jobs.helpers import claimed
from tests.simulators.test_pool import simulator_pids
from tests.stack import wait_until

BELL = ExecutionSpec("bell", shots=100, seed=1)
NOISY = ExecutionSpec("bell", shots=100, seed=2, noise=NoiseSpec("thermal", "high"))
LARGE = ExecutionSpec("ghz", shots=1, seed=3, parameters={"num_qubits": 20}, method="statevector")
BAD = ExecutionSpec("bad", shots=1, seed=4, program="OPENQASM 2.0; nonsense;")
HANGING_PROGRAM = 'OPENQASM 3.0; include "stdgates.inc"; qubit[1] q;\n' + "h q[0];\n" * 3_000
HANGING = ExecutionSpec("slow", shots=1, seed=5, program=HANGING_PROGRAM, measure="all")
"""Its parser takes a second, in which the process can be killed."""


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch, database: Database) -> Iterator[ExecuteKind]:
    """The kind with one real simulator; nobody writes graphs."""
    monkeypatch.setattr(simulators, "_start_children_without_our_main_module", lambda: None)
    pool = SimulatorPool(1, 6 * 1024 * MIB, jobs_per_process=10)
    pool.start()
    yield ExecuteKind(pool, cast(Projector, None), RunBounds(1e12, 60.0, 60.0, RunLimits()), database)
    pool.stop()


def job(database: Database, spec: ExecutionSpec) -> ClaimedJob:
    """Return a claimed job that runs this."""
    return claimed(database, spec=msgspec.to_builtins(spec))


def plain(result: Any) -> dict[str, Any]:
    """Return what a result says of the run, without its times."""
    return {name: value for name, value in result.items() if not name.endswith("_ms")}


def test_each_gives_what_it_gives_alone(kind: ExecuteKind, database: Database) -> None:
    jobs = [job(database, spec) for spec in (BELL, BAD, NOISY, LARGE, BELL)]

    def together() -> list[Any]:
        """Run them; nothing if a busy machine left some of the small ones to be run alone."""
        results = kind.run_together(jobs)
        return results if all(results[index] is not None for index in (0, 1, 2, 4)) else []

    first, bad, noisy, large, again = wait_until(together, what="a call in which all fit")
    alone = [kind.run(each, RunningJob(each)) for each in (jobs[0], jobs[2])]
    assert [plain(first), plain(noisy), plain(again)] == [plain(alone[0]), plain(alone[1]), plain(alone[0])]
    assert isinstance(bad, InvalidProgramError)
    assert large is None, "it is not small, and is to be run alone"


def test_if_the_process_dies_each_is_to_be_run_alone(kind: ExecuteKind, database: Database) -> None:
    jobs = [job(database, spec) for spec in (BELL, HANGING, BELL)]
    [pid] = simulator_pids()
    with ThreadPoolExecutor(1) as slot:
        running = slot.submit(kind.run_together, jobs)
        wait_until(lambda: kind.simulators._simulators[0].phase == 1, what="the parser")
        os.kill(pid, signal.SIGKILL)
        assert running.result() == [None, None, None]
    assert kind.run(jobs[0], RunningJob(jobs[0]))["counts"], "the next process works"


@pytest.mark.parametrize("spec", [BELL, NOISY])
def test_the_response_that_is_sent_is_the_one_that_would_be_read(
    kind: ExecuteKind, database: Database, spec: ExecutionSpec
) -> None:
    claimed_job = job(database, spec)
    [result] = kind.run_together([claimed_job])
    assert isinstance(result, dict)
    with database.unit_of_work() as unit:
        [created_at] = storage.end_with_results(unit.session, [new_execution(claimed_job, result)]).values()
        storage.set_graphs_stored(unit.session, [claimed_job.id], 1.25)
    sent = render_execution(as_stored(new_execution(claimed_job, result), created_at, 1.25))
    with database.reading() as session:
        row = repository.find(session, claimed_job.id)
    assert row is not None
    assert msgspec.json.decode(sent) == msgspec.json.decode(render_execution(row))
