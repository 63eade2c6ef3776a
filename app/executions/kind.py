"""The job kind ``execute``: one circuit, run by a simulator, stored as one execution with its graph."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from app.circuits.result import RunResult
from app.circuits.spec import ExecutionSpec, RunLimits
from app.executions import storage
from app.executions.projector import Projection, Projector
from app.executions.simulation import simulate
from app.graphstore.executions import ExecutionGraph
from app.jobs.claims import ClaimedJob
from app.jobs.running import RunningJob
from app.models import Queue
from app.simulators.pool import SimulatorPool


@dataclass(frozen=True)
class RunBounds:
    """How much work a slot takes on.

    Attributes:
        cost_ceiling: the cost above which a job of the interactive queue belongs on the heavy one (bytes
            touched, see ``app.circuits.methods.cost``).
        interactive_seconds: how long a simulation of the interactive queue may take before it is moved to
            the heavy one all the same: a cost is an estimate, and short jobs of the same queue would wait.
        seconds: how long a simulation may take at all.
        limits: what a circuit may be.
    """

    cost_ceiling: float
    interactive_seconds: float
    seconds: float
    limits: RunLimits

    def of_queue(self, queue: str) -> tuple[float | None, float]:
        """The cost ceiling, if there is one, and the seconds for a job of this queue."""
        if queue == Queue.INTERACTIVE:
            return self.cost_ceiling, min(self.interactive_seconds, self.seconds)
        return None, self.seconds


@dataclass(frozen=True)
class ExecuteKind:
    """Runs, stores and projects one execution."""

    simulators: SimulatorPool
    projector: Projector
    bounds: RunBounds

    def run(self, job: ClaimedJob, running: RunningJob) -> RunResult:
        """Run the circuit in a simulator process."""
        spec = msgspec.convert(job.spec, ExecutionSpec)
        ceiling, seconds = self.bounds.of_queue(job.queue)
        with self.simulators.acquire() as simulator:
            return simulate(simulator, spec, self.bounds.limits, ceiling, seconds, running)

    def store(self, session: Session, job: ClaimedJob, result: RunResult) -> datetime:
        """Insert the execution; the time of its creation."""
        return storage.store_result(session, job, msgspec.convert(job.spec, ExecutionSpec), result)

    def announce(
        self, job: ClaimedJob, result: RunResult, created_at: datetime, wake: Callable[[], None]
    ) -> None:
        """Have the graph projected; the waiters are woken when that was tried."""
        self.projector.submit(Projection(graph_of(job.id, result, created_at), wake))


def graph_of(execution_id: UUID, result: RunResult, created_at: datetime) -> ExecutionGraph:
    """The event graph of an execution that has just been stored."""
    return ExecutionGraph(
        execution_id=str(execution_id),
        circuit_name=result["circuit_name"],
        created_at=created_at,
        is_noisy=result["noise_config"] is not None,
        num_events=result["num_events"],
        events=msgspec.json.decode(result["events"]),
        edges=result["edges"],
    )
