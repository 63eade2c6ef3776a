"""A job as clients see it, and the error that a failed or cancelled job stands for."""

from typing import cast

import msgspec

from app import models
from app.errors import AppError, ConflictError, restored_error
from app.jobs.kinds import declaration_of
from app.jobs.schemas import Job, JobError
from app.models import JobStatus
from app.rest.contracts import Contract


def job_document(
    row: models.Job, contract: Contract, queue_position: int | None = None, result: str | None = None
) -> Job:
    """Return the document of a job as one half of the API shows it.

    ``queue_position`` is the number of jobs before a queued one. ``result`` is the JSON text of a result that
    the job itself keeps; without it the document says where the result is shown.
    """
    write_time = contract.write_time
    return Job(
        job_id=row.id,
        kind=row.kind,
        circuit_name=row.circuit_name,
        status=JobStatus(row.status),
        progress=row.progress,
        queue=row.queue,
        queue_position=queue_position,
        attempt=row.attempt,
        max_attempts=row.max_attempts,
        worker=row.worker,
        lease_expires_at=write_time(row.lease_expires_at) if row.lease_expires_at else None,
        tags=row.tags,
        retry_of=row.retry_of,
        request_id=row.request_id,
        created_at=write_time(row.created_at),
        queued_at=write_time(row.queued_at),
        started_at=write_time(row.started_at) if row.started_at else None,
        finished_at=write_time(row.finished_at) if row.finished_at else None,
        error=cast("JobError | None", row.error),
        result=result_url(row, contract) if result is None else msgspec.Raw(result.encode()),
    )


def result_url(job: models.Job, contract: Contract) -> str | None:
    """Return where the result of a succeeded job is shown."""
    if job.status != JobStatus.SUCCEEDED:
        return None
    result_path = declaration_of(job.kind).result_path
    return contract.job_url(job.id) if result_path is None else result_path(job.id)


def keeps_result(job: models.Job) -> bool:
    """Return whether the job's own row keeps its result."""
    return declaration_of(job.kind).result_path is None


def error_of(job: models.Job, contract: Contract) -> AppError:
    """Return the error that a synchronous caller gets when its job ended FAILED or CANCELLED."""
    if job.status == JobStatus.CANCELLED:
        return ConflictError("The job was cancelled.", code="cancelled", location=contract.job_url(job.id))
    error = job.error or {}
    return restored_error(error.get("code"), error.get("message", ""), error.get("details", {}))
