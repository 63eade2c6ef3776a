"""What a worker process consists of, outside Celery: connections, simulators, the engine, two threads."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.comparisons.kind import CompareKind
from app.comparisons.specs import KIND as COMPARE
from app.connections import Connections
from app.entanglement.projector import GroupProjector, GroupWriter
from app.entanglement.remote import EntanglingDesk
from app.executions.graph_writer import GraphWriter
from app.executions.kind import ExecuteKind, RunBounds
from app.executions.projector import Projector
from app.executions.specs import KIND as EXECUTE
from app.jobs.engine import JobEngine, JobKind
from app.jobs.leases import LeaseKeeper
from app.jobs.running import RunningJobs
from app.jobs.wiring import JobServices
from app.models import Queue
from app.search.kind import QueryKind
from app.search.responder import ScoringDesk
from app.search.specs import KIND as QUERY
from app.search.wiring import SearchServices
from app.settings import Settings, SettingsError
from app.simulators.pool import SimulatorBench
from app.telemetry.metrics import JobOutcome
from app.vectors.imports.kind import ImportKind
from app.vectors.imports.specs import KIND as IMPORT
from app.vectors.indexer import Indexer
from app.webhooks.sender import WebhookSender

HEAVY_NICENESS = 10
"""Long simulations yield the processor to interactive ones on the same machine."""

SCORINGS_PER_PROCESS = 100_000
"""Scoring runs no program of a user's and leaves 0.1 kB behind; a new process keeps queries waiting for two
seconds."""


@dataclass(frozen=True)
class WorkerRuntime:
    """The parts of one worker process."""

    name: str
    queue: str
    connections: Connections
    bench: SimulatorBench
    desk: ScoringDesk
    projector: Projector
    group_projector: GroupProjector
    running: RunningJobs
    engine: JobEngine
    lease_keeper: LeaseKeeper
    webhook_sender: WebhookSender | None
    indexer: Indexer | None

    @classmethod
    def from_env(cls, name: str, queue: str, slots: int, environ: Mapping[str, str]) -> "WorkerRuntime":
        """Make the parts; nothing connects or starts yet.

        Raises:
            SettingsError: a setting is wrong, or ``queue`` is not one of ours.
        """
        if queue not in list(Queue):
            raise SettingsError(f"A worker serves one queue, {' or '.join(Queue)} (-Q); not {queue!r}.")
        settings = Settings.from_env(environ)
        connections = Connections(settings)
        jobs = JobServices(connections)
        search = SearchServices(connections, jobs)
        database, notifier, wake_ups = connections.database, jobs.notifier, jobs.wake_ups
        _limit_numeric_threads(slots, queue == Queue.HEAVY)
        bench = _bench(settings, queue, slots)
        desk = ScoringDesk(connections.redis, settings.redis_key_prefix, bench)
        projector = Projector(GraphWriter(database, connections.graph_store))
        groups = GroupProjector(GroupWriter(database, connections.graph_store))
        bounds = RunBounds(
            settings.heavy_cost_bytes, settings.max_interactive_seconds, settings.max_job_seconds
        )
        kinds: dict[str, JobKind] = {
            EXECUTE: ExecuteKind(bench, projector, bounds),
            COMPARE: CompareKind(bench, projector, bounds),
            QUERY: QueryKind(bench, search.searcher),
            IMPORT: ImportKind(database, settings.vector_dimension),
        }
        running = RunningJobs()
        engine = JobEngine(settings, database, notifier, wake_ups, running, kinds)
        keeper = LeaseKeeper(settings, database, notifier, wake_ups, running, name, queue, slots)
        sends = queue != Queue.INTERACTIVE  # whose bells wait for nobody
        sender = WebhookSender.of(database, settings.webhooks) if sends else None
        fields = settings.indexed_metadata_fields
        indexer = Indexer(database, fields) if queue == Queue.SEARCH else None
        return cls(
            name, queue, connections, bench, desk, projector, groups, running, engine, keeper, sender, indexer
        )

    def start(self) -> None:
        """Warm the simulators up and start the threads.

        Raises:
            SettingsError: the simulators do not start.
        """
        self.bench.start()
        self.projector.start()
        self.group_projector.start()
        self.lease_keeper.start()
        if self.webhook_sender is not None:
            self.webhook_sender.start()
        if self.indexer is not None:
            self.indexer.start()

    @property
    def entangling_desk(self) -> EntanglingDesk:
        """Answers the messages that ask for circuits of groups."""
        connections = self.connections
        return EntanglingDesk(connections.redis, connections.settings.redis_key_prefix, self.bench)

    def run_if_queued(self, job_id: UUID, kind: str) -> JobOutcome | None:
        """Run a job of this worker's queue, if it is there to be claimed; how it left its slot."""
        return self.engine.run_if_queued(job_id, kind, self.queue, self.name)

    def drain(self) -> None:
        """Claim no more; let short jobs end and hand long ones back."""
        if self.webhook_sender is not None:
            self.webhook_sender.stop_claiming()
        self.running.drain(self.connections.settings.worker_grace_seconds)

    def stop(self) -> None:
        """Stop the threads and the simulators; the slots are empty by now."""
        self.bench.stop()
        if self.webhook_sender is not None:
            self.webhook_sender.stop()
        if self.indexer is not None:
            self.indexer.stop()
        self.group_projector.stop()
        self.projector.stop()
        self.lease_keeper.stop()
        self.connections.close()


def _bench(settings: Settings, queue: str, slots: int) -> SimulatorBench:
    """A simulator for each slot, as the queue's work needs them."""
    is_search = queue == Queue.SEARCH
    return SimulatorBench(
        slots,
        settings.run_limits,
        settings.simulator_memory_bytes,
        SCORINGS_PER_PROCESS if is_search else settings.simulator_jobs_per_process,
        HEAVY_NICENESS if queue == Queue.HEAVY else 0,
        scores=is_search,
    )


def _limit_numeric_threads(slots: int, is_heavy: bool) -> None:
    """Set how many threads a simulation uses, before any simulator process loads numpy.

    A short run is slower with more than one; a long one takes its share of the cores.
    """
    share = max(1, (os.cpu_count() or 1) // slots) if is_heavy else 1
    os.environ["OMP_NUM_THREADS"] = str(share)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
