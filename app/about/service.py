"""The documents by which the service describes itself."""

import msgspec

from app.circuits.states.limits import LIMITS as STATE_LIMITS
from app.connections import Connections
from app.entanglement.limits import LIMITS as ENTANGLEMENT_LIMITS
from app.errors import UnavailableError
from app.executions.specs import MAX_NAME_CHARACTERS, MAX_NOISY_GATES, MAX_TAG_CHARACTERS, MAX_TAGS
from app.observability import health
from app.rest.body_sizes import limits_of as body_limits_of
from app.rest.page_request import MAX_COUNTED_ROWS
from app.rest.pagination import MAX_LIMIT
from app.search.query import LIMITS as QUERY_LIMITS
from app.vectors import repository as vectors
from app.vectors.limits import LIMITS as VECTOR_LIMITS
from app.version import OLDEST_CLIENT, VERSION
from app.webhooks.service import MAX_WEBHOOKS


def about() -> dict[str, object]:
    return {
        "name": "Qloom",
        "version": VERSION,
        "oldest_client": OLDEST_CLIENT,
        "description": "A task-queue execution backend for quantum work.",
        "links": {
            "openapi": "/openapi.json",
            "console": "/console/",
            "docs": "/docs",
            "redoc": "/redoc",
            "circuits": "/api/circuits",
            "limits": "/api/limits",
            "execute": "/api/execute",
            "estimate": "/api/estimate",
            "executions": "/api/executions",
            "jobs": "/api/jobs",
            "workers": "/api/workers",
            "status": "/status",
        },
    }


def status(connections: Connections) -> dict[str, object]:
    """Return which servers answer this web; all are asked at once."""
    found = connections.prober.ask(
        {"postgres": lambda: health.ask_database(connections), "redis": lambda: health.ask_redis(connections)}
    )
    is_up = {"postgresql": found.get("postgres") is not None, "redis": found.get("redis") is True}
    return {"up": True, "parts": {name: "up" if up else "down" for name, up in is_up.items()}}


def limits(connections: Connections) -> dict[str, object]:
    """Return every published limit by the name that errors use; sizes in bytes, times in seconds.

    ``vector_dimension`` is ``None`` while there are no vectors and no setting names it. It and
    ``indexed_metadata_fields`` (those whose range indexes are in use) are left out while PostgreSQL is away.
    """
    settings = connections.settings
    return {
        **_store(connections),
        **VECTOR_LIMITS,
        **ENTANGLEMENT_LIMITS,
        "max_import_bytes": settings.max_import_bytes,
        **msgspec.to_builtins(settings.run_limits),
        **STATE_LIMITS,
        "max_job_seconds": settings.max_job_seconds,
        **body_limits_of(settings),
        "max_wait_seconds": settings.max_wait_seconds,
        "max_queued_jobs": settings.max_queued_jobs,
        "max_waiting_queries": settings.max_waiting_queries,
        **QUERY_LIMITS,
        "max_streams": settings.max_streams,
        "max_waiting_requests": settings.max_waiting_requests,
        "max_waiting_requests_per_key": settings.max_waiting_requests_per_key,
        "rate_limit_per_minute": settings.rate_limit_per_minute,
        "rate_limit_per_second": settings.rate_limit_per_second,
        "max_active_jobs_per_key": settings.max_active_jobs_per_key,
        "max_simulator_seconds_per_hour": settings.max_simulator_seconds_per_hour,
        "max_noisy_gate_count": MAX_NOISY_GATES,
        "max_tags": MAX_TAGS,
        "max_webhooks": MAX_WEBHOOKS,
        "max_tag_characters": MAX_TAG_CHARACTERS,
        "max_name_characters": MAX_NAME_CHARACTERS,
        "max_page_limit": MAX_LIMIT,
        "max_paged_rows": MAX_COUNTED_ROWS,
    }


def _store(connections: Connections) -> dict[str, object]:
    try:
        with connections.database.reading() as session:
            dimension, fields = vectors.dimension_in_use(session), vectors.ordered_fields(session)
    except UnavailableError:
        return {}
    return {
        "vector_dimension": dimension or connections.settings.vector_dimension,
        "indexed_metadata_fields": fields,
    }
