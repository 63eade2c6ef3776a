"""Tasks of calls, by which the web has work done that a request waits for; jobs are no tasks."""

from app.entanglement.remote import CALL as ENTANGLE
from app.remote_calls.messages import TASK_PREFIX
from app.search.scoring import CALL as SCORE
from workers.app import celery, runtime


@celery.task(name=TASK_PREFIX + SCORE.task)
def score(call_id: str) -> None:
    """Score the candidates of a waiting query."""
    runtime.current.scoring.respond(call_id)


@celery.task(name=TASK_PREFIX + ENTANGLE.task)
def entangle(call_id: str) -> None:
    """Run the circuit of a group that is being made."""
    runtime.current.entangling.respond(call_id)
