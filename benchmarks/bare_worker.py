"""The baseline of the queue benchmark: a default Celery worker whose only task replies by ``RPUSH``."""

import os

from celery import Celery
from redis import Redis

TASK = "bare.reply"
QUEUE = "bare"

celery = Celery("bare", broker=os.environ["REDIS_URL"])
celery.conf.update(broker_transport_options={"global_keyprefix": "bare:"}, task_ignore_result=True)
redis = Redis.from_url(os.environ["REDIS_URL"])


@celery.task(name=TASK)
def reply(key: str) -> None:
    """Do nothing and tell the caller."""
    redis.rpush(key, 1)
