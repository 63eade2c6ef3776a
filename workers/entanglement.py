"""Tasks of entanglement."""

from app.entanglement.remote import TASK
from app.jobs.notifier import TASK_PREFIX
from workers.app import celery, runtime


@celery.task(name=TASK_PREFIX + TASK)
def entangle(request_id: str) -> None:
    """Run the circuit of a group that is being made."""
    runtime.current.entangling_responder.answer(request_id)
