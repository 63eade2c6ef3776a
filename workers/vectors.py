"""Tasks of vectors."""

from uuid import UUID

from app.jobs.bell import TASK_PREFIX
from app.vectors.imports.specs import KIND
from workers.app import celery, runtime


@celery.task(name=TASK_PREFIX + KIND)
def import_vectors(job_id: str) -> None:
    """Store the vectors of an upload."""
    runtime.current.answer_bell(UUID(job_id), KIND)
