"""Workers that take messages hold a subscription, and hold it again when Redis comes back."""

from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from app.redis.clients import command_client
from app.remote_calls.presence import Presence, channel_of
from embedded.valkey import ValkeyServer
from tests.stack import wait_until


def workers(redis: "Redis", key_prefix: str) -> int:
    """Return how many workers take messages; -1 if Redis does not answer."""
    try:
        ((_, number),) = redis.pubsub_numsub(channel_of(key_prefix))  # type: ignore[no-untyped-call]
    except RedisError:
        return -1
    return int(number)


def test_the_workers_of_a_deployment_are_counted_while_they_take_messages(redis_url: str) -> None:
    redis = command_client(redis_url)
    first, second, foreign = (Presence(redis, prefix) for prefix in ("mine:", "mine:", "another:"))
    for presence in (first, second, foreign):
        presence.start()
    wait_until(lambda: (workers(redis, "mine:"), workers(redis, "another:")) == (2, 1), what="all of them")
    for presence, left in ((first, 1), (second, 0), (foreign, 0)):
        presence.stop()
        wait_until(lambda left=left: workers(redis, "mine:") == left, what="the end of one")
    wait_until(lambda: workers(redis, "another:") == 0, what="the end of the last one")
    redis.close()


@pytest.mark.usefixtures("servers")
def test_a_worker_is_counted_again_when_redis_comes_back(tmp_path: Path) -> None:
    valkey = ValkeyServer(tmp_path / "valkey")
    with valkey as url:
        redis = command_client(url)
        presence = Presence(redis, "mine:")
        presence.start()
        wait_until(lambda: workers(redis, "mine:") == 1, what="the subscription")
        valkey.kill()
        wait_until(lambda: workers(redis, "mine:") == -1, what="the end of Redis")
        valkey.start()
        wait_until(lambda: workers(redis, "mine:") == 1, what="the subscription after the break")
        presence.stop()
        wait_until(lambda: workers(redis, "mine:") == 0, what="the end of the subscription")
        redis.close()
