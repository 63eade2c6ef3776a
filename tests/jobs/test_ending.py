"""Jobs of kind ``execute`` end with their executions in one statement, and their graphs are written once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest

from app.circuits.result import RunResult
from app.circuits.spec import RunLimits
from app.executions.graph_writer import GraphWriter
from app.executions.kind import ExecuteKind, RunBounds
from app.executions.projector import Projector
from app.jobs.claiming import ClaimedJob
from app.jobs.running import RunningJob
from app.models import JobStatus
from app.simulators.pool import SimulatorPool
from tests.executions.factories import execution_values
from tests.executions.test_projector import ScriptedWriter, Waiters
from tests.jobs.helpers import change, claim, let_lease_run_out, queued, read, reap
from tests.jobs.slot import FlakyDatabase, Slot, executions
from tests.stack import wait_until

NO_DEVICE = dict.fromkeys(("mitigated", "layout", "transpiled_program", "transpiled_events", "notes"))
RESULT = cast(RunResult, {**NO_DEVICE, **execution_values(), "events": b"[]", "edges": []})
LIMITS = RunBounds(1e12, 60.0, 60.0, RunLimits())
SPEC = {"circuit": "bell", "shots": 1024, "seed": 7}

Meanwhile = Callable[[FlakyDatabase, ClaimedJob], object]


@dataclass(frozen=True)
class EndingKind(ExecuteKind):
    """The kind ``execute`` without a simulator: each run gives the same result."""

    meanwhile: Meanwhile = lambda database, job: None

    def run(self, job: ClaimedJob, running: RunningJob) -> RunResult:
        """Let the test do something while the job runs."""
        self.meanwhile(cast(FlakyDatabase, self.database), job)
        return RESULT


class Written:
    """A projector whose writer notes the graphs, and those whom it wakes."""

    def __init__(self) -> None:
        self.writer, self.waiters = ScriptedWriter(), Waiters()
        self.projector = Projector(cast(GraphWriter, self.writer), self.waiters.wake)
        self.projector.start()

    def run_next(self, slot: Slot, meanwhile: Meanwhile) -> None:
        """Have a slot run what is next, while ``meanwhile`` happens."""
        kind = EndingKind(cast(SimulatorPool, None), self.projector, LIMITS, slot.database, meanwhile)
        cast(dict[str, Any], slot.engine.kinds)["execute"] = kind
        slot.run_next()


@pytest.fixture
def written() -> Iterator[Written]:
    """A projector that runs."""
    made = Written()
    yield made
    made.projector.stop()


def lose_commit(database: FlakyDatabase, job: ClaimedJob) -> None:
    """Let PostgreSQL go away before the next commit."""
    database.lost_commits = 1


def lose_answer(database: FlakyDatabase, job: ClaimedJob) -> None:
    """Let PostgreSQL go away after the next commit."""
    database.lost_answers = 1


def cancel(database: FlakyDatabase, job: ClaimedJob) -> None:
    """Ask for the end of the job."""
    change(database, job.id, status=JobStatus.CANCELLING)


def lose_claim(database: FlakyDatabase, job: ClaimedJob) -> None:
    """Let another worker claim the job."""
    let_lease_run_out(database, job)
    assert reap(database) == {job.id: JobStatus.QUEUED}
    assert claim(database, job.id, worker="other") is not None


@pytest.mark.parametrize("meanwhile", [lambda database, job: None, lose_commit, lose_answer])
def test_a_result_is_stored_and_its_graph_written_once(
    slot: Slot, written: Written, meanwhile: Meanwhile
) -> None:
    job_id = queued(slot.database, spec=SPEC, is_awaited=True)
    written.run_next(slot, meanwhile)
    wait_until(lambda: job_id in written.waiters.woken, what="the wake-up")
    assert read(slot.database, job_id).status == JobStatus.SUCCEEDED
    assert executions(slot.database) == 1
    assert written.writer.written == [str(job_id)]
    assert written.waiters.woken[job_id], "the response"


@pytest.mark.parametrize(
    ("meanwhile", "status"), [(cancel, JobStatus.CANCELLED), (lose_claim, JobStatus.RUNNING)]
)
def test_of_a_job_that_is_not_its_own_any_more_nothing_is_stored(
    slot: Slot, written: Written, meanwhile: Meanwhile, status: JobStatus
) -> None:
    job_id = queued(slot.database, spec=SPEC)
    written.run_next(slot, meanwhile)
    assert read(slot.database, job_id).status == status
    assert executions(slot.database) == 0
    written.projector.stop()
    assert written.writer.written == []
