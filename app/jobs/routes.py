"""``/api/jobs``: look at jobs, wait for them, cancel them, run failed ones again."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any
from uuid import UUID

from flask import Response, request

from app import models
from app.jobs import repository, responses, results, service, waiting
from app.jobs.kinds import open_kinds
from app.jobs.presenter import job_document, keeps_result
from app.jobs.queue_positions import place_of, places_of
from app.jobs.schemas import Job, JobList, JobListQuery, WaitQuery
from app.jobs.service import JobServices
from app.rest.blueprint import Blueprint
from app.rest.contracts import contract_of
from app.rest.headers import IDEMPOTENCY_KEY
from app.rest.json import json_response
from app.rest.page_request import PageRequest
from app.rest.pagination import fetch_page
from app.rest.principal import current_principal
from app.rest.wiring import current_connections, provided

blueprint = Blueprint(
    "jobs",
    __name__,
    url_prefix="/api/jobs",
    description="Work that was accepted: wait for it, cancel it, run it again.",
)


@blueprint.get("")
@blueprint.arguments(JobListQuery, location="query")
@blueprint.response(200, JobList)
def list_jobs(query: dict[str, Any]) -> Response:
    """List jobs, newest first.

    Callers without a key see those of kinds that need none.
    """
    page_request = PageRequest.of_query("jobs", query)
    statement = repository.matching(
        status=query.get("status", ()),
        kind=query.get("kind"),
        kinds=open_kinds() if _has_no_key() else None,
        tags=query.get("tag", ()),
    )
    with current_connections().database.reading() as session:
        page = fetch_page(session, statement, page_request, (models.Job.created_at, models.Job.id))
        positions = places_of(session, [row[0] for row in page.rows])
    documents = [_document(row[0], positions.get(row[0].id)) for row in page.rows]
    return json_response(JobList(**page.envelope(page_request), jobs=documents))


@blueprint.get("/<uuid:job_id>")
@blueprint.arguments(WaitQuery, location="query")
@blueprint.response(200, Job)
@blueprint.errors(404)
def get_job(query: dict[str, Any], job_id: UUID) -> Response:
    """Get one job; with ``wait``, once it has ended or the time is up.

    Of one caller `max_waiting_requests_per_key` requests may wait at once; one more is a 429.
    """
    connections = current_connections()
    # counted first: a request that may not wait must not ask PostgreSQL either
    with responses.admit_waiting() if query["wait"] else nullcontext():
        _require_key(job_id)
        if query["wait"]:
            waiting.long_poll(
                connections.database,
                provided(JobServices).wake_ups,
                connections.settings,
                job_id,
                query["wait"],
            )
    return _job(job_id)


@blueprint.delete("/<uuid:job_id>")
@blueprint.response(200, Job)
@blueprint.errors(404, 409)
def cancel_job(job_id: UUID) -> Response:
    """Cancel a queued or a running job; cancelling it twice is harmless.

    A running one is CANCELLING until its worker has stopped it, a second or two later. A job that has ended
    otherwise is a conflict.
    """
    connections = current_connections()
    _require_key(job_id)
    with connections.database.unit_of_work() as unit:
        job = service.cancel(unit, provided(JobServices).wake_ups, job_id)
    return json_response(_document(job))


@blueprint.post("/<uuid:job_id>/retry", parameters=[IDEMPOTENCY_KEY])
@blueprint.response(202, Job)
@blueprint.errors(404, 409)
def retry_job(job_id: UUID) -> Response:
    """Run a failed job again, as a new job."""
    _require_key(job_id)
    with current_connections().database.reading() as session:
        submission = service.retry_submission(session, job_id)
    return responses.accepted_response(submission)


def _has_no_key() -> bool:
    return current_principal().key_id is None


def _require_key(job_id: UUID) -> None:
    """Refuse callers without a key what needs one; raises as ``service.require_open``."""
    if _has_no_key():
        with current_connections().database.reading() as session:
            service.require_open(session, job_id)


def _job(job_id: UUID) -> Response:
    with current_connections().database.reading() as session:
        job = service.get(session, job_id)
        position = place_of(session, job)
    result = results.read(current_connections().database, job_id) if keeps_result(job) else None
    if isinstance(result, Iterator):
        return json_response(results.in_document(_document(job, position), result))
    return json_response(_document(job, position, None if result is None else result.decode()))


def _document(row: models.Job, queue_position: int | None = None, result: str | None = None) -> Job:
    return job_document(row, contract_of(request.path), queue_position, result)
