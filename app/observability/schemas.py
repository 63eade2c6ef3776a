"""The answers of health and metrics, each declared once: code makes them, OpenAPI describes them."""

from enum import StrEnum
from typing import Annotated, Any

from msgspec import UNSET, Struct, UnsetType

from app.observability.repository import QueueService
from app.rest.struct_schemas import DateTime, described


class Status(StrEnum):
    """How a component is: it works, it works in part, or it does not."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


def _status(description: str) -> Any:
    return described(description, enum=list(Status))


class Components(Struct, forbid_unknown_fields=True, kw_only=True):
    classical_backend: Annotated[
        str,
        _status("PostgreSQL with this version's schema; it stores everything and answers classical queries."),
    ]
    quantum_backend: Annotated[
        str,
        _status(
            "Live workers with simulators on the queues search and interactive, and Redis, by which they are "
            "reached; degraded when one of the queues has no worker."
        ),
    ]
    cache: Annotated[str, _status("Redis.")]
    postgres: Annotated[str, _status("PostgreSQL, whatever its schema.")]
    workers: Annotated[str, _status("Live workers on every queue; degraded when a queue has none.")]
    graph: (
        Annotated[str, _status("Whether Neo4j answers Bolt; left out where none is configured.")] | UnsetType
    ) = UNSET
    webhooks: (
        Annotated[
            str,
            _status(
                "Live workers that send webhooks, those of the queues heavy and search; without one, events "
                "wait. Left out while no webhook is enabled."
            ),
        ]
        | UnsetType
    ) = UNSET


class Health(Struct, forbid_unknown_fields=True):
    status: Annotated[
        str,
        _status(
            "unhealthy (and 503): nothing can be served; degraded: some component is not healthy, and "
            "whatever does not need it works."
        ),
    ]
    components: Components
    workers: Annotated[dict[str, QueueService], described("By queue.")]
    timestamp: DateTime


class WorkerProcess(Struct, forbid_unknown_fields=True, frozen=True):
    """One live worker process."""

    name: str
    queue: str
    slots: Annotated[int, described("How many jobs it runs at once.")]
    slots_in_use: Annotated[int, described("How many of these run a job.")]
    started_at: DateTime
    last_seen_at: Annotated[DateTime, described("Its last heartbeat.")]


class QueueState(Struct, forbid_unknown_fields=True, frozen=True):
    """One queue: its jobs that wait, and what works on them."""

    queue: str
    waiting_jobs: Annotated[int, described("Accepted jobs that no worker has claimed yet.")]
    oldest_wait_seconds: Annotated[float, described("How long the job that waits longest has waited.")]
    workers: Annotated[int, described("Live worker processes; 0: the jobs wait until one starts.")]
    slots: int
    slots_in_use: int


class Workers(Struct, forbid_unknown_fields=True, frozen=True):
    """The live workers by name, and every queue."""

    workers: list[WorkerProcess]
    queues: list[QueueState]


class Alive(Struct, forbid_unknown_fields=True):
    status: str


class Metrics(Struct, forbid_unknown_fields=True, kw_only=True):
    queries_per_second: Annotated[
        float, described("Answered vector queries per second; each query of a batch counts.")
    ]
    quantum_utilization: Annotated[
        float,
        described(
            "The share of queries of which a circuit scored at least one result, now or when the answer was "
            "cached; 0 without queries."
        ),
    ]
    cache_hit_rate: Annotated[float, described("The share of queries from the cache; 0 without queries.")]
    avg_query_latency_ms: Annotated[
        float, described("The mean time from a query's arrival to its answer; 0 without queries.")
    ]
    active_quantum_states: Annotated[
        int, described("Vectors whose quantum state is coherent now; exact up to 100,000.")
    ]
    active_quantum_states_is_estimate: Annotated[bool, described("Whether that is PostgreSQL's estimate.")]
    coherence_violations_per_hour: Annotated[
        float,
        described(
            "Queries for quantum scores of which a candidate had lost coherence, and was scored classically "
            "instead; the rate in the window, as an hour would have it."
        ),
    ]
    queries: Annotated[int, described("Answered in the window.")]
    window_seconds: Annotated[
        float, described("What the figures cover: the requested window and up to ten seconds more.")
    ]
    timestamp: DateTime
