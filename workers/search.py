"""The task of scoring, which answers a waiting query; query jobs are in ``workers.jobs``."""

import logging
from collections.abc import Mapping

from app.jobs.notifier import TASK_PREFIX
from app.search.remote import TASK
from workers.app import celery, runtime

SCORE = TASK_PREFIX + TASK


class Quiet(logging.Filter):
    """Leaves out Celery's two lines for each scoring: a tenth of what a worker does for it.

    Its events stay on, and not only for Flower: without them a slot that has become free does not wake the
    consumer, which then looks for the next message a second later (Celery 5.7, ``worker_disable_prefetch``).
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is of another task, or of a fault."""
        is_scoring = isinstance(record.args, Mapping) and record.args.get("name") == SCORE
        return record.levelno > logging.INFO or not is_scoring


for _name in ("celery.worker.strategy", "celery.app.trace"):
    logging.getLogger(_name).addFilter(Quiet())


@celery.task(name=SCORE)
def score(scoring_id: str) -> None:
    """Score the candidates of a waiting query."""
    runtime.current.responder.answer(scoring_id)
