"""Which workers take calls now: each holds a subscription in Redis while it takes messages.

A heartbeat says that a worker process is alive. It is alive too while it starts and while it stops, when it
takes nothing. When a process dies, Redis ends its subscription at once.
"""

import logging

from redis import Redis
from redis.exceptions import RedisError

from app.background import Background

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
"""How long the subscription lives on after ``stop``, and how soon a lost one is made again."""


def channel_of(key_prefix: str) -> str:
    """Return the channel to which the workers that take calls subscribe; nothing is published there.

    Workers that took calls as Celery messages had another one.
    """
    return f"{key_prefix}takes-calls-from-list"


class Presence(Background):
    """Holds the subscription of one worker process, in a thread."""

    def __init__(self, redis: "Redis", key_prefix: str) -> None:
        super().__init__("presence")
        self._redis = redis
        self._channel = channel_of(key_prefix)

    def stop(self) -> None:
        """End the subscription, within ``POLL_SECONDS``."""
        self._stopping.set()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self._hold()
            except RedisError as error:
                logger.debug("The subscription of this worker was lost: %s", error)
                self._stopping.wait(POLL_SECONDS)

    def _hold(self) -> None:
        pubsub = self._redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        with pubsub as subscription:
            subscription.subscribe(self._channel)
            while not self._stopping.is_set():
                subscription.get_message(timeout=POLL_SECONDS)
