"""Tasks of jobs, one for each kind; each ends for Celery, and so in Flower, as its job did."""

import logging
from uuid import UUID

from celery import Task
from celery.exceptions import Ignore
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from app.comparisons.specs import KIND as COMPARE
from app.database import Database
from app.errors import UnavailableError
from app.executions.specs import KIND as EXECUTE
from app.jobs import repository
from app.jobs.notifier import TASK_PREFIX
from app.models import JobStatus
from app.search.specs import KIND as QUERY
from app.telemetry.metrics import JobOutcome
from app.vectors.imports.specs import KIND as IMPORT
from workers.app import celery, runtime

logger = logging.getLogger(__name__)


class JobFailedError(Exception):
    """The job ended FAILED; the message is its sentence."""


def _register(kind: str) -> None:
    # an error among ``throws`` is one line of the log, without a trace
    @celery.task(name=TASK_PREFIX + kind, bind=True, throws=(JobFailedError,))
    def run(self: Task, job_id: str) -> None:
        current = runtime.current
        if current.run_if_queued(UUID(job_id), kind) is not JobOutcome.SUCCEEDED:
            _end_as_the_job_did(self, current.connections.database, UUID(job_id))


def _end_as_the_job_did(task: Task, database: Database, job_id: UUID) -> None:
    """End the task as the row says; a job may have several messages, and only its row knows how it ended.

    Celery's state of a task goes from RECEIVED and STARTED to SUCCESS, FAILURE or REVOKED, never back. So a
    message that ended nothing (the job waits, or runs elsewhere) must tell Celery of no end.

    Raises:
        JobFailedError: the job failed.
        Ignore: the job was cancelled, of which the event has been sent, or has not ended.
    """
    try:
        with database.reading() as session:
            job = repository.get(session, job_id)
    except UnavailableError as error:
        raise Ignore from error
    if job is not None and job.status == JobStatus.SUCCEEDED:
        return
    if job is not None and job.status == JobStatus.FAILED:
        raise JobFailedError(job.error["message"] if job.error else "The job failed.")
    if job is not None and job.status == JobStatus.CANCELLED:
        _tell_of_cancelling(task)
    else:
        logger.info(
            "A message for job %s ended nothing: the job is %s", job_id, job.status if job else "gone"
        )
    raise Ignore


def _tell_of_cancelling(task: Task) -> None:
    """Send the event by which Celery shows a task as REVOKED: it has no exception that does."""
    try:
        task.send_event("task-revoked", retry=False, terminated=True, signum=None, expired=False)
    except (BrokerError, RedisError, OSError) as error:
        logger.warning("That job %s was cancelled could not be told to Flower: %s", task.request.id, error)


for _kind in (EXECUTE, COMPARE, QUERY, IMPORT):
    _register(_kind)
