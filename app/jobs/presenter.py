"""A job as clients see it, and the error that a failed or cancelled job stands for."""

from typing import Any

import msgspec

from app.errors import (
    AppError,
    ConflictError,
    InvalidInputError,
    InvalidProgramError,
    LimitExceededError,
    NotFoundError,
    UnavailableError,
)
from app.jobs.kinds import declaration_of
from app.models import Job, JobStatus
from app.rest.contracts import Contract

WORKER_LOST_RETRY_SECONDS = 10

UNAVAILABLE = (UnavailableError.code, "out_of_time", "quantum_unavailable")
"""Codes of jobs that found something busy or down: the same request may succeed later."""


def job_document(
    job: Job, contract: Contract, queue_position: int | None = None, result: str | None = None
) -> dict[str, Any]:
    """Return the document of a job as one half of the API shows it.

    ``queue_position`` is the number of jobs before a queued one. ``result`` is the JSON text of a result that
    the job itself keeps; without it the document says where the result is shown.
    """
    write_time = contract.write_time
    return {
        "job_id": job.id,
        "kind": job.kind,
        "status": job.status,
        "progress": job.progress,
        "queue": job.queue,
        "queue_position": queue_position,
        "attempt": job.attempt,
        "max_attempts": job.max_attempts,
        "tags": job.tags,
        "retry_of": job.retry_of,
        "created_at": write_time(job.created_at),
        "queued_at": write_time(job.queued_at),
        "started_at": job.started_at and write_time(job.started_at),
        "finished_at": job.finished_at and write_time(job.finished_at),
        "error": job.error,
        "result": result_url(job, contract) if result is None else msgspec.Raw(result.encode()),
    }


def result_url(job: Job, contract: Contract) -> str | None:
    """Return where the result of a succeeded job is shown."""
    if job.status != JobStatus.SUCCEEDED:
        return None
    result_path = declaration_of(job.kind).result_path
    return contract.job_url(job.id) if result_path is None else result_path(job.id)


def keeps_result(job: Job) -> bool:
    """Return whether the job's own row keeps its result."""
    return declaration_of(job.kind).result_path is None


def error_of(job: Job, contract: Contract) -> AppError:
    """Return the error that a synchronous caller gets when its job ended FAILED or CANCELLED."""
    if job.status == JobStatus.CANCELLED:
        return ConflictError("The job was cancelled.", code="cancelled", location=contract.job_url(job.id))
    error = job.error or {}
    code, message, details = error.get("code"), error.get("message", ""), error.get("details", {})
    if code == InvalidProgramError.code:
        return InvalidProgramError(message, details.get("line"), details.get("column"))
    if code == LimitExceededError.code:
        return LimitExceededError(message, details.get("limit", ""))
    if code == InvalidInputError.code:
        return InvalidInputError(message)
    if code == NotFoundError.code:
        return NotFoundError(message)
    if code == "worker_lost":
        return UnavailableError(message, WORKER_LOST_RETRY_SECONDS, code="worker_lost")
    if code in UNAVAILABLE:
        return UnavailableError(message, code=code)
    return AppError(message)
