"""The answers of health and metrics, for OpenAPI, and the query of metrics."""

from marshmallow import fields

from app.observability.health import Status
from app.rest.validation import OneOf, QueryInteger, Range, Schema
from app.search.figures import BUCKET_SECONDS, MAX_WINDOW_SECONDS

DEFAULT_WINDOW_SECONDS = 300


def _status(description: str, *, required: bool = True) -> fields.String:
    return fields.String(
        required=required, validate=OneOf(list(Status)), metadata={"description": description}
    )


class ComponentsSchema(Schema):
    """Each component is ``healthy``, ``degraded`` (it works in part) or ``unhealthy``."""

    classical_backend = _status(
        "PostgreSQL with this version's schema; it stores everything and answers classical queries."
    )
    quantum_backend = _status(
        "Live workers with simulators on the queues search and interactive, and Redis, by which they are "
        "reached; degraded when one of the queues has no worker."
    )
    cache = _status("Redis.")
    postgres = _status("PostgreSQL, whatever its schema.")
    graph = _status("Whether Neo4j answers Bolt; left out where none is configured.", required=False)
    workers = _status("Live workers on every queue; degraded when a queue has none.")


class QueueServiceSchema(Schema):
    workers = fields.Integer(required=True, metadata={"description": "Live worker processes."})
    slots = fields.Integer(required=True, metadata={"description": "How many jobs they run at once."})
    slots_in_use = fields.Integer(required=True, metadata={"description": "How many of these run a job."})


class HealthSchema(Schema):
    status = _status(
        "unhealthy (and 503): nothing can be served; degraded: some component is not healthy, and whatever "
        "does not need it works."
    )
    components = fields.Nested(ComponentsSchema, required=True)
    workers = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(QueueServiceSchema),
        required=True,
        metadata={"description": "By queue."},
    )
    timestamp = fields.DateTime(required=True)


class AliveSchema(Schema):
    status = fields.String(required=True)


class WindowSchema(Schema):
    window = QueryInteger(
        load_default=DEFAULT_WINDOW_SECONDS,
        validate=Range(min=BUCKET_SECONDS, max=MAX_WINDOW_SECONDS),
        metadata={"description": "Seconds to look back; rounded up to whole tens."},
    )


class MetricsSchema(Schema):
    queries_per_second = fields.Float(
        required=True,
        metadata={"description": "Answered vector queries per second; each query of a batch counts."},
    )
    quantum_utilization = fields.Float(
        required=True,
        metadata={
            "description": "The share of queries of which a circuit scored at least one result, now or when "
            "the answer was cached; 0 without queries."
        },
    )
    cache_hit_rate = fields.Float(
        required=True,
        metadata={"description": "The share of queries that the cache answered; 0 without any."},
    )
    avg_query_latency_ms = fields.Float(
        required=True,
        metadata={"description": "The mean time from a query's arrival to its answer; 0 without queries."},
    )
    active_quantum_states = fields.Integer(
        required=True,
        metadata={"description": "Vectors whose quantum state is coherent now; exact up to 100,000."},
    )
    active_quantum_states_is_estimate = fields.Boolean(
        required=True, metadata={"description": "Whether that is PostgreSQL's estimate."}
    )
    coherence_violations_per_hour = fields.Float(
        required=True,
        metadata={
            "description": "Queries for quantum scores of which a candidate had lost coherence, and was "
            "scored classically instead; the rate in the window, as an hour would have it."
        },
    )
    queries = fields.Integer(required=True, metadata={"description": "Answered in the window."})
    window_seconds = fields.Float(
        required=True,
        metadata={"description": "What the figures cover: the requested window and up to ten seconds more."},
    )
    timestamp = fields.DateTime(required=True)
