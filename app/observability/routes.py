"""Health, readiness and metrics: for orchestrators, operators and Prometheus."""

from hmac import compare_digest
from typing import Any

from apispec import APISpec
from flask import Response, request

from app.api_keys import guard as auth
from app.errors import UnavailableError
from app.jobs.service import JobServices
from app.models import Role
from app.observability import exposition, schemas, service
from app.observability.health import health, is_ready
from app.rest.blueprint import Blueprint, View
from app.rest.json import JSON, json_response
from app.rest.struct_schemas import reference_to
from app.rest.validation import QueryInteger, Range, Schema
from app.rest.wiring import current_connections, provided
from app.search.figures import BUCKET_SECONDS, MAX_WINDOW_SECONDS
from app.search.wiring import SearchServices

DEFAULT_WINDOW_SECONDS = 300
RETRY_AFTER_SECONDS = 5
HEALTH_BY_503 = "health_by_503"
EXAMPLE = '# TYPE qloom_up gauge\nqloom_up{server="postgres"} 1.0\nqloom_up{server="redis"} 1.0\n'
EXPOSITION = exposition.CONTENT_TYPE_LATEST.partition(";")[0]


class WindowSchema(Schema):
    window = QueryInteger(
        load_default=DEFAULT_WINDOW_SECONDS,
        validate=Range(min=BUCKET_SECONDS, max=MAX_WINDOW_SECONDS),
        metadata={"description": "Seconds to look back; rounded up to whole tens."},
    )


def _tells_health_by_503(view: View) -> View:
    """Describe a 503 of this route as having the document of its 200."""
    view._apidoc = {HEALTH_BY_503: True}  # type: ignore[attr-defined]
    return view


def _describe_unhealthy(
    doc: dict[str, Any], doc_info: dict[str, Any], *, spec: APISpec, **_context: Any
) -> dict[str, Any]:
    if doc_info.get(HEALTH_BY_503):
        doc["responses"][503]["content"][JSON] = {"schema": reference_to(schemas.Health)}
    return doc


blueprint = Blueprint("observability", __name__, description="Health and metrics.")
blueprint._prepare_doc_cbks.append(_describe_unhealthy)


@blueprint.route("/v2/health")
@blueprint.response(200, schemas.Health)
@_tells_health_by_503
def check_health() -> Response:
    """Get the health of Qloom and its components.

    This answers within a second, also when a component hangs. It is 503 when nothing can be served. While
    PostgreSQL is away keys cannot be looked up, and any well-formed key is accepted.
    """
    found = health(current_connections())
    auth.require_key(current_connections(), can_look_up=found.components.postgres == schemas.Status.HEALTHY)
    if found.status == schemas.Status.UNHEALTHY:
        return json_response(found, 503, {"Retry-After": str(RETRY_AFTER_SECONDS)})
    return json_response(found)


@blueprint.route("/healthz")
@blueprint.response(200, schemas.Alive)
def alive() -> Response:
    """Get whether this process is alive; no server is asked."""
    return json_response({"status": "alive"})


@blueprint.route("/readyz")
@blueprint.response(200, schemas.Alive)
def ready() -> Response:
    """Get whether this process can serve: PostgreSQL answers, and its schema is up to date; else 503."""
    if not is_ready(current_connections()):
        raise UnavailableError(
            "PostgreSQL does not answer, or its schema is not up to date (python -m app.cli migrate).",
            RETRY_AFTER_SECONDS,
            code="not_ready",
        )
    return json_response({"status": "ready"})


@blueprint.route("/api/workers")
@blueprint.response(200, schemas.Workers)
def list_workers() -> Response:
    """List the live worker processes with their slots, and every queue with the jobs that wait."""
    return json_response(service.workers_document(current_connections()))


@blueprint.route("/v2/metrics")
@blueprint.requires(Role.ADMIN)
@blueprint.arguments(WindowSchema, location="query")
@blueprint.response(200, schemas.Metrics)
@blueprint.errors(400)
def read_metrics(query: dict[str, Any]) -> Response:
    """Get figures of vector queries over a sliding window; needs an admin key."""
    return json_response(
        service.metrics_document(current_connections(), provided(SearchServices).figures, query["window"])
    )


@blueprint.route("/metrics")
@blueprint.response(200, {"type": "string"}, content_type=EXPOSITION, example=EXAMPLE)
@blueprint.errors(401, 403)
def scrape() -> Response:
    """Get all metrics of the web in Prometheus' text format.

    Outside the development profile this needs `Authorization: Bearer` with `METRICS_TOKEN` or an admin key.
    """
    _check_scraper()
    return Response(exposition.exposition(provided(JobServices)), content_type=exposition.CONTENT_TYPE_LATEST)


def _check_scraper() -> None:
    """Refuse a scraper without the token or an admin key; raises as ``auth.guard``."""
    settings = current_connections().settings
    if settings.is_development:
        return
    token = auth.bearer_token(request.headers.get("Authorization"))
    if settings.metrics_token and compare_digest(token.encode(), settings.metrics_token.encode()):
        return
    auth.authorize(auth.principal_of_key(current_connections(), token), Role.ADMIN)
