"""The figures of ``/v2/metrics``."""

from datetime import UTC, datetime

from app.connections import Connections
from app.observability import repository
from app.observability.schemas import Metrics
from app.search.figures import QueryFigures
from app.timestamps import iso8601


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
