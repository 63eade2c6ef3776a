"""Tasks of executions."""

from uuid import UUID

from app.executions.specs import KIND
from app.jobs.bell import TASK_PREFIX
from workers.app import celery, runtime


@celery.task(name=TASK_PREFIX + KIND)
def execute(job_id: str) -> None:
    """Run the circuit of a job."""
    runtime.current.answer_bell(UUID(job_id), KIND)
