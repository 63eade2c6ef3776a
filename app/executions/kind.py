"""The job kind ``execute``: one circuit, run by a simulator, stored as one execution with its graph."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from app.circuits.result import OverCeiling, RunResult
from app.circuits.spec import ExecutionSpec, Phase, RunLimits
from app.database import Database
from app.devices import service as devices
from app.errors import AppError, LimitExceededError
from app.executions import storage
from app.executions.graph_writer import AwaitedCommit
from app.executions.parser_faults import fault_of_program, parsing_took_too_long
from app.executions.projector import Projection, Projector
from app.executions.repository import StoredExecution
from app.executions.responses import render_execution
from app.executions.storage import NewExecution
from app.graphstore.executions import ExecutionGraph
from app.jobs.claiming import ClaimedJob
from app.jobs.kinds import TooCostlyError, tried_again_while_away
from app.jobs.running import RunningJob
from app.models import GraphStatus, Queue
from app.simulators.errors import ProcessLostError
from app.simulators.pool import Simulator, SimulatorPool
from app.simulators.process import run_circuit, run_circuits

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

SMALL_COST = 4e6
"""The most that a circuit may cost that is run in one go with others: 15 ms (``circuits.methods.cost``)."""

TOGETHER_SECONDS = 10.0
"""How long small circuits may take together before they are run one by one: far more than they take."""

STEPS_OF_A_RUN = 3
"""Parse, simulate, store: the progress of a job is the part of these that is done."""


@dataclass(frozen=True)
class RunBounds:
    """How much work a slot takes on.

    Attributes:
        cost_ceiling: the cost above which a job of the interactive queue moves to the heavy one, in bytes
            touched (``app.circuits.methods.cost``).
        interactive_seconds: how long a simulation of the interactive queue may take. A longer one moves to
            the heavy queue: a cost is only an estimate, and short jobs of the same queue would wait.
        seconds: how long any simulation may take.
        limits: the published limits of circuits.
    """

    cost_ceiling: float
    interactive_seconds: float
    seconds: float
    limits: RunLimits

    def of_queue(self, queue: str) -> tuple[float | None, float]:
        """Return the cost ceiling, if there is one, and the seconds for a job of this queue."""
        if queue == Queue.INTERACTIVE:
            return self.cost_ceiling, min(self.interactive_seconds, self.seconds)
        return None, self.seconds


Stored: TypeAlias = tuple[Projection, AwaitedCommit | None]
"""The graph of an execution that is stored, and the commit that its write waits for, if that has begun."""


@dataclass(frozen=True)
class ExecuteKind:
    """Runs and stores executions, and has their graphs written."""

    simulators: SimulatorPool
    projector: Projector
    bounds: RunBounds
    database: Database

    def run(self, job: ClaimedJob, running: RunningJob) -> RunResult:
        """Run the circuit in a simulator process."""
        ceiling, seconds = self.bounds.of_queue(job.queue)
        spec = prepared(spec_of(job), self.database)
        with self.simulators.acquire() as simulator:
            return simulate(simulator, spec, self.bounds.limits, ceiling, seconds, running)

    def run_together(self, jobs: Sequence[ClaimedJob]) -> Sequence[RunResult | AppError | None]:
        """Run small circuits in one call of a simulator process.

        If the process is lost, each is run alone: then it shows which of them is to blame.
        """
        specs = [spec_of(job) for job in jobs]
        try:
            with self.simulators.acquire() as simulator:
                return simulator.call(
                    run_circuits, specs, self.bounds.limits, SMALL_COST, timeout_seconds=TOGETHER_SECONDS
                )
        except (TimeoutError, ProcessLostError, CancelledError, RuntimeError) as error:
            logger.warning("%d jobs are run one by one: %s", len(jobs), error)
            return [None] * len(jobs)

    def end(self, session: Session, done: Sequence[tuple[ClaimedJob, RunResult]]) -> dict[UUID, Stored]:
        """Insert the executions and end their jobs; begin to write their graphs while that is committed."""
        new = {job.id: new_execution(job, result) for job, result in done}
        created_at = storage.end_with_results(session, list(new.values()))
        projections = {job_id: projection_of(new[job_id], at) for job_id, at in created_at.items()}
        commit = self.projector.begin(list(projections.values()))
        return {job_id: (projection, commit) for job_id, projection in projections.items()}

    def announce(self, job: ClaimedJob, result: RunResult, stored: Stored) -> bool:
        """Have the graph written to Neo4j; the waiters are woken when that was tried, with the response."""
        projection, commit = stored
        if commit is None or not commit.done():
            self.projector.submit(projection)
        return False


def spec_of(job: ClaimedJob) -> ExecutionSpec:
    """Return the spec of a job of this kind."""
    return msgspec.convert(job.spec, ExecutionSpec)


def prepared(spec: ExecutionSpec, database: Database) -> ExecutionSpec:
    """Return a spec as a simulator takes it: with the calibration of its device, if it names one.

    Raises:
        ProcessLostError: PostgreSQL is away, which has the calibration; another attempt may succeed.
    """
    if spec.device is None:
        return spec
    with tried_again_while_away():
        return spec.with_device(devices.with_content(database, spec.device))


def new_execution(job: ClaimedJob, result: RunResult) -> NewExecution:
    """Return the execution that a job of this kind becomes; it has the job's id."""
    return NewExecution(job.id, job, spec_of(job), result)


def projection_of(new: NewExecution, created_at: datetime) -> Projection:
    """Return the graph to be written of an execution, and how its waiters are responded to."""

    def respond(time_ms: float) -> bytes:
        return render_execution(as_stored(new, created_at, time_ms))

    graph = graph_of(new.id, new.result, created_at)
    return Projection(graph, new.id, respond if new.job.is_awaited else None)


def as_stored(new: NewExecution, created_at: datetime, time_ms: float) -> StoredExecution:
    """Return an execution whose graph was written in ``time_ms``, as ``repository.find`` would read it."""
    result = new.result
    return StoredExecution(
        id=new.id,
        circuit_name=result["circuit_name"],
        is_noisy=new.spec.noise is not None,
        noise_config=result["noise_config"],
        num_qubits=result["num_qubits"],
        num_gates=result["num_gates"],
        num_events=result["num_events"],
        shots=new.spec.shots,
        seed=new.spec.seed,
        method=result["method"],
        method_reason=result["method_reason"],
        requested_method=new.spec.method,
        parameters=new.spec.library_parameters,
        versions=result["versions"],
        tags=new.job.tags,
        parse_time_ms=result["parse_time_ms"],
        transpile_time_ms=result["transpile_time_ms"],
        simulation_time_ms=result["simulation_time_ms"],
        event_extraction_time_ms=result["event_extraction_time_ms"],
        in_memory_graph_time_ms=result["in_memory_graph_time_ms"],
        neo4j_persistence_time_ms=time_ms,
        graph_status=GraphStatus.STORED,
        created_at=created_at,
        counts=msgspec.json.encode(result["counts"], order="sorted").decode(),
        counts_incomplete=False,
        events=result["events"].decode(),
        layout=result["layout"],
        transpiled_program=result["transpiled_program"],
        notes=result["notes"],
        mitigated=msgspec.json.encode(result["mitigated"], order="sorted").decode()
        if result["mitigated"]
        else None,
    )


def graph_of(execution_id: UUID, result: RunResult, created_at: datetime) -> ExecutionGraph:
    """Return the event graph of an execution that has just been stored."""
    return ExecutionGraph(
        execution_id=str(execution_id),
        circuit_name=result["circuit_name"],
        created_at=created_at,
        is_noisy=result["noise_config"] is not None,
        num_events=result["num_events"],
        events=msgspec.json.decode(result["events"]),
        edges=result["edges"],
    )


def simulate(
    simulator: Simulator,
    spec: ExecutionSpec,
    limits: RunLimits,
    cost_ceiling: float | None,
    timeout_seconds: float,
    running: RunningJob,
) -> RunResult:
    """Run one circuit in a simulator process.

    Raises:
        AppError: the program is bad, or over a limit.
        TooCostlyError: it costs more than the ceiling, or took too long where there is a ceiling.
        ProcessLostError: the process died, and the program is not to blame.
        CancelledError: the run was stopped through ``running``.
    """

    result: RunResult | OverCeiling = call_simulator(
        simulator,
        run_circuit,
        (spec, limits, cost_ceiling),
        SimulatorBounds(limits, timeout_seconds, may_move=cost_ceiling is not None),
        is_program=spec.program is not None,
        running=running,
    )
    if "over_ceiling" in result:
        raise TooCostlyError(result["over_ceiling"])
    return result


@dataclass(frozen=True)
class SimulatorBounds:
    """How long a call may take, and whether the job may move to the heavy queue if it takes longer."""

    limits: RunLimits
    timeout_seconds: float
    may_move: bool


def call_simulator(
    simulator: Simulator,
    function: Callable[..., Result],
    args: tuple[object, ...],
    bounds: SimulatorBounds,
    *,
    is_program: bool,
    running: RunningJob,
) -> Result:
    """Call a function that parses a program, if it ``is_program``, and simulates its circuit.

    Raises:
        AppError: the program is bad, or over a limit; or what the function raises.
        TooCostlyError: it took too long, and may move.
        ProcessLostError: the process died, and the program is not to blame.
        CancelledError: the call was stopped through ``running``.
    """
    limits, timeout_seconds = bounds.limits, bounds.timeout_seconds

    def begin(stop: Callable[[], object]) -> None:
        running.read_progress = lambda: (simulator.phase == Phase.SIMULATING) / STEPS_OF_A_RUN
        running.on_stop(stop)

    try:
        return simulator.call(function, *args, timeout_seconds=timeout_seconds, on_stop=begin)
    except TimeoutError as error:
        if simulator.phase == Phase.PARSING:
            raise parsing_took_too_long(limits) from error
        if bounds.may_move:
            raise TooCostlyError(f"over {timeout_seconds:g} s") from error
        message = f"The simulation did not end within {timeout_seconds:g} s (max_job_seconds)."
        raise LimitExceededError(message, "max_job_seconds") from error
    except ProcessLostError as error:
        parses_program = is_program and simulator.phase == Phase.PARSING
        if not parses_program or (fault := fault_of_program(error.exit_code, limits)) is None:
            raise
        raise fault from error
