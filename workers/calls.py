"""Tasks of calls, by which the web has work done that a request waits for; jobs are in ``workers.jobs``."""

import logging
from collections.abc import Mapping

from app.entanglement.remote import CALL as ENTANGLE
from app.jobs.notifier import TASK_PREFIX
from app.search.scoring import CALL as SCORE
from workers.app import celery, runtime


class Quiet(logging.Filter):
    """Leaves out Celery's two lines for each scoring: a tenth of what a worker does for it.

    Its events stay on, and not only for Flower: without them a slot that has become free does not wake the
    consumer, which then looks for the next message a second later (Celery 5.7, ``worker_disable_prefetch``).
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line is of another task, or of a fault."""
        is_scoring = isinstance(record.args, Mapping) and record.args.get("name") == score.name
        return record.levelno > logging.INFO or not is_scoring


for _name in ("celery.worker.strategy", "celery.app.trace"):
    logging.getLogger(_name).addFilter(Quiet())


@celery.task(name=TASK_PREFIX + SCORE.task)
def score(call_id: str) -> None:
    """Score the candidates of a waiting query."""
    runtime.current.scoring.respond(call_id)


@celery.task(name=TASK_PREFIX + ENTANGLE.task)
def entangle(call_id: str) -> None:
    """Run the circuit of a group that is being made."""
    runtime.current.entangling.respond(call_id)
