"""The parts of a worker process outside Celery: connections, simulators, slots, and background threads."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from celery import Celery

from app.background import Background
from app.comparisons.kind import CompareKind
from app.comparisons.specs import KIND as COMPARE
from app.connections import Connections
from app.entanglement import process as entangling_process
from app.entanglement import remote as entangling
from app.entanglement import wiring as entanglement
from app.entanglement.projector import GroupProjector
from app.estimates import process as estimating_process
from app.estimates import remote as estimating
from app.executions.graph_writer import GraphWriter
from app.executions.kind import ExecuteKind, RunBounds
from app.executions.projector import Projector
from app.executions.specs import KIND as EXECUTE
from app.jobs.engine import JobEngine
from app.jobs.kinds import JobKind
from app.jobs.leases import LeaseKeeper
from app.jobs.notifier import Notifications
from app.jobs.reports import JobReports
from app.jobs.running import RunningJobs
from app.jobs.service import JobServices
from app.jobs.slots import Slots
from app.models import Queue
from app.redis.clients import blocking_client
from app.remote_calls.presence import Presence
from app.remote_calls.server import CallServer, Responder
from app.search import scoring
from app.search.kind import QueryKind
from app.search.quantum import process as scoring_process
from app.search.service import Searcher
from app.search.specs import KIND as QUERY
from app.search.wiring import SearchServices
from app.settings import Settings, SettingsError
from app.simulators.pool import NO_WARM_UP, SimulatorPool
from app.states.kind import StatesKind
from app.states.specs import KIND as STATES
from app.sweeps.kind import PartRunner, ShardKind, SweepKind
from app.sweeps.specs import KIND as SWEEP
from app.sweeps.specs import SHARD_KIND as SWEEP_SHARD
from app.vectors.imports.kind import ImportKind
from app.vectors.imports.specs import KIND as IMPORT
from app.vectors.indexer import Indexer
from app.vectors.start import check_dimension
from app.webhooks.deliveries import SENDING_QUEUES
from app.webhooks.sender import WebhookSender
from workers.task_events import TaskEvents

HEAVY_NICENESS = 10
"""The niceness of the heavy queue: its long simulations yield to interactive ones on the same machine."""

RUNS_PER_PROCESS = 1_000
"""A simulator process is replaced after so many runs, so that leaked memory is freed."""

SCORINGS_PER_PROCESS = 100_000
"""How many scorings a process does before it is replaced: each leaves 0.1 kB behind, and queries wait two
seconds for a new process."""


@dataclass(frozen=True, kw_only=True)
class WorkerRuntime:
    """The parts of one worker process.

    Attributes:
        parts: started in this order and stopped in reverse, the lease keeper last.
        webhook_sender: one of the parts; the interactive queue's workers have none.
        calls: carries out what requests wait for; workers of the search queue only.
    """

    connections: Connections
    simulators: SimulatorPool
    calls: CallServer | None
    search: SearchServices
    engine: JobEngine
    slots: Slots
    parts: Sequence[Background]
    webhook_sender: WebhookSender | None

    @classmethod
    def from_env(
        cls, celery: Celery, name: str, queue: str, slots: int, environ: Mapping[str, str]
    ) -> "WorkerRuntime":
        """Make the parts; nothing connects or starts yet.

        Raises:
            SettingsError: a setting is wrong, or ``queue`` is not one of ours.
        """
        if queue not in list(Queue):
            raise SettingsError(f"A worker serves one queue, {' or '.join(Queue)} (-Q); not {queue!r}.")
        settings = Settings.from_env(environ)
        entanglement.connect()
        connections = Connections(settings)
        jobs = JobServices(connections)
        search = SearchServices(connections)
        simulators = _simulators(settings, queue, slots)
        projector = Projector(GraphWriter(connections.database, connections.graph_store), jobs.wake_ups.wake)
        task_events = TaskEvents(celery, name, connections.database)
        kinds = _kinds(connections, simulators, projector, search.searcher, jobs.wake_ups.wake)
        engine = _engine(jobs, kinds, queue, name, task_events)
        sender = WebhookSender(connections.database, settings) if queue in SENDING_QUEUES else None
        indexer = Indexer(connections.database, settings.indexed_metadata_fields)
        blocking, prefix = blocking_client(settings.redis_url), settings.redis_key_prefix
        return cls(
            connections=connections,
            simulators=simulators,
            calls=_calls(connections, simulators, slots) if queue == Queue.SEARCH else None,
            search=search,
            engine=engine,
            slots=Slots(engine, Notifications(blocking, prefix, queue), slots),
            parts=[
                LeaseKeeper(engine, slots),
                task_events,
                projector,
                GroupProjector(connections.database, connections.graph_store),
                *([sender] if sender is not None else []),
                *([indexer] if queue == Queue.SEARCH else []),
            ],
            webhook_sender=sender,
        )

    def start(self) -> None:
        """Warm the simulators up and start the threads.

        Raises:
            SettingsError: the simulators do not start, or the stored vectors have another dimension.
        """
        check_dimension(self.connections.database, self.connections.settings.vector_dimension)
        self.simulators.start()
        for part in self.parts:
            part.start()

    def begin(self) -> None:
        """Take jobs, and say that this worker takes messages from now on."""
        self.slots.start()
        if self.calls is not None:
            self.calls.start()

    def drain(self) -> None:
        """Claim no more; let short jobs end and hand long ones back."""
        if self.calls is not None:
            self.calls.stop_taking()
        if self.webhook_sender is not None:
            self.webhook_sender.stop_claiming()
        self.engine.running.drain(self.connections.settings.worker_grace_seconds)

    def stop(self) -> None:
        """Stop the threads and the simulators; the slots are empty when they have stopped."""
        self.slots.stop()
        if self.calls is not None:
            self.calls.stop()
        self.simulators.stop()
        for part in reversed(self.parts):
            part.stop()
        self.search.close()
        self.connections.close()


def _engine(
    jobs: JobServices,
    kinds: Mapping[str, JobKind],
    queue: str,
    name: str,
    reports: JobReports,
) -> JobEngine:
    return JobEngine(
        settings=jobs.connections.settings,
        database=jobs.connections.database,
        notifier=jobs.notifier,
        wake_ups=jobs.wake_ups,
        running=RunningJobs(),
        kinds=kinds,
        queue=queue,
        worker=name,
        reports=reports,
    )


def _calls(connections: Connections, simulators: SimulatorPool, slots: int) -> CallServer:
    """Return the server of remote calls (queries, new groups, estimates); it runs ``slots`` at once."""
    redis, prefix = connections.redis, connections.settings.redis_key_prefix
    score = Responder(scoring.CALL, scoring_process.score, redis, prefix, simulators)
    entangle = Responder(entangling.CALL, entangling_process.entangle, redis, prefix, simulators)
    estimate = Responder(estimating.CALL, estimating_process.estimate, redis, prefix, simulators)
    respond = {
        scoring.CALL.name: score.respond,
        entangling.CALL.name: entangle.respond,
        estimating.CALL.name: estimate.respond,
    }
    blocking = blocking_client(connections.settings.redis_url)
    return CallServer(blocking, prefix, respond, slots, Presence(redis, prefix))


def _kinds(
    connections: Connections,
    simulators: SimulatorPool,
    projector: Projector,
    searcher: Searcher,
    wake: Callable[[Iterable[UUID]], None],
) -> dict[str, JobKind]:
    """Return the job kinds by their names; ``wake`` wakes the requests that wait for jobs."""
    settings = connections.settings
    bounds = RunBounds(
        cost_ceiling=settings.heavy_cost_bytes,
        interactive_seconds=settings.max_interactive_seconds,
        seconds=settings.max_job_seconds,
        limits=settings.run_limits,
    )
    database = connections.database
    parts = PartRunner(simulators, database, bounds)
    return {
        EXECUTE: ExecuteKind(simulators, projector, bounds, database),
        COMPARE: CompareKind(simulators, projector, bounds, database),
        QUERY: QueryKind(simulators, searcher),
        STATES: StatesKind(database, simulators, bounds),
        IMPORT: ImportKind(database, settings.vector_dimension),
        SWEEP: SweepKind(parts),
        SWEEP_SHARD: ShardKind(parts, wake),
    }


def _simulators(settings: Settings, queue: str, slots: int) -> SimulatorPool:
    """Return a simulator for each slot, as the queue's work needs them."""
    _limit_numeric_threads(slots, queue == Queue.HEAVY)
    is_search = queue == Queue.SEARCH
    return SimulatorPool(
        size=slots,
        memory_bytes=settings.simulator_memory_bytes,
        jobs_per_process=SCORINGS_PER_PROCESS if is_search else RUNS_PER_PROCESS,
        niceness=HEAVY_NICENESS if queue == Queue.HEAVY else 0,
        warm_up=scoring_process.WARM_UP if is_search else NO_WARM_UP,
    )


def _limit_numeric_threads(slots: int, is_heavy: bool) -> None:
    """Set how many threads a simulation uses, before any simulator process loads numpy.

    A short run is slower with several threads. A long one uses its share of the cores.
    """
    share = max(1, (os.cpu_count() or 1) // slots) if is_heavy else 1
    os.environ["OMP_NUM_THREADS"] = str(share)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
