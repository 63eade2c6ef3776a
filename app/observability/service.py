"""The figures of ``/v2/metrics``, and the workers."""

from datetime import UTC, datetime, timedelta

from app.connections import Connections
from app.jobs import heartbeats
from app.models import Queue
from app.observability import repository
from app.observability.repository import NOT_SERVED, QueueBacklog, QueueService
from app.observability.schemas import Metrics, QueueState, WorkerProcess, Workers
from app.search.figures import QueryFigures
from app.timestamps import iso8601, iso8601_with_offset


def metrics_document(connections: Connections, figures: QueryFigures, window_seconds: int) -> Metrics:
    """Return the contract's six figures over a sliding window; ``docs/metrics.md`` defines each.

    Raises:
        UnavailableError: Redis or PostgreSQL does not answer.
    """
    totals = figures.read(window_seconds)
    with connections.database.reading() as session:
        states, is_estimate = repository.coherent_states(session)
    return Metrics(
        queries_per_second=round(totals.queries_per_second, 3),
        quantum_utilization=round(totals.quantum_utilization, 4),
        cache_hit_rate=round(totals.cache_hit_rate, 4),
        avg_query_latency_ms=round(totals.mean_latency_ms, 3),
        active_quantum_states=states,
        active_quantum_states_is_estimate=is_estimate,
        coherence_violations_per_hour=round(totals.violations_per_hour, 3),
        queries=totals.queries,
        window_seconds=round(totals.seconds, 3),
        timestamp=iso8601(datetime.now(UTC)),
    )


def workers_document(connections: Connections) -> Workers:
    """Return the live workers and the state of every queue.

    Raises:
        UnavailableError: PostgreSQL does not answer.
    """
    seen_within = timedelta(seconds=connections.settings.lease_seconds)
    with connections.database.reading() as session:
        live = [
            WorkerProcess(
                name=worker.name,
                queue=worker.queue,
                slots=worker.slots,
                slots_in_use=worker.slots_in_use,
                started_at=iso8601_with_offset(worker.started_at),
                last_seen_at=iso8601_with_offset(worker.last_seen_at),
            )
            for worker in heartbeats.live_workers(session, seen_within)
        ]
        served, waiting = repository.queues_served(session, seen_within), repository.waiting_jobs(session)
    return Workers(
        workers=live,
        queues=[
            _queue_state(queue, served.get(queue, NOT_SERVED), waiting.get(queue, QueueBacklog()))
            for queue in Queue
        ],
    )


def _queue_state(queue: Queue, served: QueueService, backlog: QueueBacklog) -> QueueState:
    return QueueState(
        queue=queue,
        waiting_jobs=backlog.jobs,
        oldest_wait_seconds=round(backlog.oldest_seconds, 3),
        workers=served.workers,
        slots=served.slots,
        slots_in_use=served.slots_in_use,
    )
