"""Tasks of vector queries."""

from uuid import UUID

from app.jobs.bell import TASK_PREFIX
from app.search.remote import TASK
from app.search.specs import KIND
from workers.app import celery, runtime


@celery.task(name=TASK_PREFIX + TASK)
def score(scoring_id: str) -> None:
    """Score the candidates of a waiting query."""
    runtime.current.desk.answer(scoring_id)


@celery.task(name=TASK_PREFIX + KIND)
def query(job_id: str) -> None:
    """Answer the queries of a job."""
    runtime.current.answer_bell(UUID(job_id), KIND)
