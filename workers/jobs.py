"""Tasks of jobs, one for each kind; each ends for Celery, and so in Flower, as its job did."""

import logging
from uuid import UUID

from celery import Task
from celery.exceptions import Ignore
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from app.database import Database
from app.errors import UnavailableError
from app.jobs import repository
from app.jobs.kinds import declared_kinds
from app.jobs.notifier import TASK_PREFIX
from app.models import JobStatus
from app.telemetry.metrics import JobOutcome
from workers.app import celery, runtime

logger = logging.getLogger(__name__)


class JobFailedError(Exception):
    """The job ended FAILED; the message is that of its error."""


def _register(kind: str) -> None:
    # Celery logs an error of ``throws`` as one line, without a trace
    @celery.task(name=TASK_PREFIX + kind, bind=True, throws=(JobFailedError,))
    def run(self: Task, job_id: str) -> None:
        current = runtime.current
        if current.engine.run_if_queued(UUID(job_id), kind) is not JobOutcome.SUCCEEDED:
            _end_as_the_job_did(self, current.connections.database, UUID(job_id))


def _end_as_the_job_did(task: Task, database: Database, job_id: UUID) -> None:
    """End the task as the row says: a job may have several messages, and only its row knows how it ended.

    For Celery a task never comes back from SUCCESS, FAILURE or REVOKED. So a message after which the job
    waits or runs elsewhere must not end the task.

    Raises:
        JobFailedError: the job failed.
        Ignore: the job has not ended, or was cancelled, of which Celery is told by an event.
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
        _send_cancelled(task)
    else:
        status = job.status if job else "gone"
        logger.info("A message for job %s ended nothing: the job is %s", job_id, status)
    raise Ignore


def _send_cancelled(task: Task) -> None:
    """Send the event by which Celery shows a task as REVOKED: no exception does that."""
    try:
        task.send_event("task-revoked", retry=False, terminated=True, signum=None, expired=False)
    except (BrokerError, RedisError, OSError) as error:
        logger.warning("The event that job %s was cancelled was not sent: %s", task.request.id, error)


for _kind in declared_kinds():
    _register(_kind)
