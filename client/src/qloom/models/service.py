"""How the service describes itself."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class About:
    """The name, the version and the links of a server."""

    name: str
    version: str
    description: str
    links: dict[str, str]
    oldest_client: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """Whether the web is up, and which of its servers answer."""

    up: bool
    parts: dict[str, str]


@dataclass(frozen=True, slots=True)
class HealthComponents:
    """The health of each component: healthy, degraded or unhealthy.

    Attributes:
        classical_backend: PostgreSQL with this version's schema; it stores everything and answers
            classical queries.
        quantum_backend: Live workers with simulators on the queues search and interactive, and
            Redis, by which they are reached; degraded when one of the queues has no worker.
        cache: Redis.
        postgres: PostgreSQL, whatever its schema.
        workers: Live workers on every queue; degraded when a queue has none.
        graph: Whether Neo4j answers Bolt; left out where none is configured.
        webhooks: Live workers that send webhooks, those of the queues heavy and search; without
            one, events wait. Left out while no webhook is enabled.
    """

    classical_backend: str
    quantum_backend: str
    cache: str
    postgres: str
    workers: str
    graph: str | None = None
    webhooks: str | None = None


@dataclass(frozen=True, slots=True)
class QueueService:
    """The workers of one queue.

    Attributes:
        workers: Live worker processes.
        slots: How many jobs they run at once.
        slots_in_use: How many of these run a job.
    """

    workers: int
    slots: int
    slots_in_use: int


@dataclass(frozen=True, slots=True)
class Health:
    """The health of Qloom and its components.

    Attributes:
        status: unhealthy (and 503): nothing can be served; degraded: some component is not healthy,
            and whatever does not need it works.
        workers: By queue.
    """

    status: str
    components: HealthComponents
    workers: dict[str, QueueService]
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A live worker process.

    Attributes:
        slots: How many jobs it runs at once.
        slots_in_use: How many of these run a job.
        last_seen_at: Its last heartbeat.
    """

    name: str
    queue: str
    slots: int
    slots_in_use: int
    started_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue with the jobs that wait.

    Attributes:
        waiting_jobs: Accepted jobs that no worker has claimed yet.
        oldest_wait_seconds: How long the job that waits longest has waited.
        workers: Live worker processes; 0: the jobs wait until one starts.
    """

    queue: str
    waiting_jobs: int
    oldest_wait_seconds: float
    workers: int
    slots: int
    slots_in_use: int


@dataclass(frozen=True, slots=True)
class Workers:
    """The live worker processes, and every queue."""

    workers: list[WorkerProcess]
    queues: list[QueueState]


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures of vector queries over a sliding window.

    Attributes:
        queries_per_second: Answered vector queries per second; each query of a batch counts.
        quantum_utilization: The share of queries of which a circuit scored at least one result, now
            or when the answer was cached; 0 without queries.
        cache_hit_rate: The share of queries from the cache; 0 without queries.
        avg_query_latency_ms: The mean time from a query's arrival to its answer; 0 without queries.
        active_quantum_states: Vectors whose quantum state is coherent now; exact up to 100,000.
        active_quantum_states_is_estimate: Whether that is PostgreSQL's estimate.
        coherence_violations_per_hour: Queries for quantum scores of which a candidate had lost
            coherence, and was scored classically instead; the rate in the window, as an hour would
            have it.
        queries: Answered in the window.
        window_seconds: What the figures cover: the requested window and up to ten seconds more.
    """

    queries_per_second: float
    quantum_utilization: float
    cache_hit_rate: float
    avg_query_latency_ms: float
    active_quantum_states: int
    active_quantum_states_is_estimate: bool
    coherence_violations_per_hour: float
    queries: int
    window_seconds: float
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class CircuitParameter:
    """A parameter of a circuit of the library."""

    name: str
    default: int
    minimum: int
    maximum: int
    description: str


@dataclass(frozen=True, slots=True)
class LibraryCircuit:
    """A circuit of the library."""

    name: str
    description: str
    num_qubits: int
    parameters: list[CircuitParameter]
