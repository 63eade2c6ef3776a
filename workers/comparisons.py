"""Tasks of comparisons."""

from uuid import UUID

from app.comparisons.specs import KIND
from app.jobs.bell import TASK_PREFIX
from workers.app import celery, runtime


@celery.task(name=TASK_PREFIX + KIND)
def compare(job_id: str) -> None:
    """Run the circuit of a job clean and under noise."""
    runtime.current.answer_bell(UUID(job_id), KIND)
