"""The job kind ``compare``: one circuit, run clean and then noisy, stored as two executions with graphs."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.circuits.result import RunResult
from app.circuits.spec import ExecutionSpec
from app.comparisons.specs import execution_ids, specs_of
from app.database import Database
from app.errors import LimitExceededError
from app.executions import storage
from app.executions.kind import RunBounds, graph_of, prepared, simulate
from app.executions.projector import Projection, Projector
from app.executions.storage import NewExecution
from app.jobs.claiming import ClaimedJob
from app.jobs.running import RunningJob
from app.simulators.pool import Simulator, SimulatorPool

SHORTEST_TIMEOUT_SECONDS = 0.1
"""The least time of the second run."""

TIME_LIMIT = "max_job_seconds"


class _Part(RunningJob):
    """One of the two runs of a job: it is half of the job's progress, and what stops it stops the job."""

    def __init__(self, whole: RunningJob, index: int) -> None:
        super().__init__(whole.job)
        self._whole = whole
        whole.read_progress = lambda: (index + self.read_progress()) / 2

    def on_stop(self, stop: Callable[[], object]) -> None:
        """Set what stops the work; it is called at once if the job was stopped already."""
        self._whole.on_stop(stop)


@dataclass(frozen=True)
class CompareKind:
    """Runs, stores and projects a clean and a noisy execution, which share the job's seconds."""

    simulators: SimulatorPool
    projector: Projector
    bounds: RunBounds
    database: Database

    def run(self, job: ClaimedJob, running: RunningJob) -> list[RunResult]:
        """Run the circuit twice in a simulator process, clean first."""
        ceiling, seconds = self.bounds.of_queue(job.queue)
        deadline = time.monotonic() + seconds
        specs = [prepared(spec, self.database) for spec in specs_of(job.spec)]
        with self.simulators.acquire() as simulator:
            return [
                self._run_part(simulator, spec, ceiling, deadline, _Part(running, index))
                for index, spec in enumerate(specs)
            ]

    def store(
        self, session: Session, done: Sequence[tuple[ClaimedJob, list[RunResult]]]
    ) -> list[list[datetime]]:
        """Insert both executions of each job and return the times of their creation."""
        return [
            storage.store_results(
                session,
                [
                    NewExecution(execution_id, job, spec, result)
                    for execution_id, spec, result in zip(
                        execution_ids(job.id), specs_of(job.spec), results, strict=True
                    )
                ],
            )
            for job, results in done
        ]

    def announce(self, job: ClaimedJob, results: list[RunResult], stored: list[datetime]) -> bool:
        """Have both graphs projected. The projector keeps their order: after the second one both are done."""
        clean, noisy = (
            graph_of(execution_id, result, created_at)
            for execution_id, result, created_at in zip(execution_ids(job.id), results, stored, strict=True)
        )
        self.projector.submit(Projection(clean, None))
        self.projector.submit(Projection(noisy, job.id))
        return False

    def _run_part(
        self,
        simulator: Simulator,
        spec: ExecutionSpec,
        ceiling: float | None,
        deadline: float,
        part: RunningJob,
    ) -> RunResult:
        left = max(deadline - time.monotonic(), SHORTEST_TIMEOUT_SECONDS)
        try:
            return simulate(simulator, spec, self.bounds.limits, ceiling, left, part)
        except LimitExceededError as error:
            if error.limit != TIME_LIMIT:
                raise
            message = f"The two simulations did not end within {self.bounds.seconds:g} s ({TIME_LIMIT})."
            raise LimitExceededError(message, TIME_LIMIT) from error
