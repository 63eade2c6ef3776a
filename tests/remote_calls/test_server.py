"""A worker takes calls from the list, in order, and goes on whatever becomes of one."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from redis import Redis

from app.redis.bounded import BoundedRedis
from app.redis.clients import blocking_client, command_client
from app.remote_calls.caller import CallMessages, calls_list
from app.remote_calls.presence import Presence
from app.remote_calls.server import CallServer
from tests.stack import wait_until

SECONDS = 5.0
PUT = ("SET", "a request that nobody reads", b"", "PX", 1)


@pytest.fixture
def prefix() -> str:
    """What the keys of a test begin with."""
    return f"{uuid4()}:"


@pytest.fixture
def messages(redis_url: str, prefix: str) -> Iterator[CallMessages]:
    """What sends calls."""
    redis = BoundedRedis(redis_url)
    yield CallMessages(redis, prefix)
    redis.close()


def waiting(redis_url: str, prefix: str) -> int:
    """Return how many calls wait."""
    redis: Redis = command_client(redis_url)
    with redis:
        return int(redis.llen(calls_list(prefix)))  # type: ignore[arg-type]


def test_calls_are_carried_out_in_order_and_a_bad_one_stops_nothing(
    redis_url: str, prefix: str, messages: CallMessages
) -> None:
    done: list[str] = []
    presence = Presence(command_client(redis_url), prefix)
    server = CallServer(blocking_client(redis_url), prefix, {"score": done.append}, 1, presence)
    ids = [UUID(int=number) for number in range(3)]
    messages.send(ids[0], "score", PUT, SECONDS)
    messages.send(ids[1], "a call of a later version", PUT, SECONDS)
    messages.send(ids[2], "score", PUT, SECONDS)
    server.start()
    wait_until(lambda: done == [str(ids[0]), str(ids[2])], what="the calls")
    server.stop()
    messages.send(ids[0], "score", PUT, SECONDS)
    assert waiting(redis_url, prefix) == 1, "it takes no more"


def test_a_message_is_taken_back(redis_url: str, prefix: str, messages: CallMessages) -> None:
    first, second = uuid4(), uuid4()
    assert messages.send(first, "score", PUT, SECONDS) == 0
    assert messages.send(second, "score", PUT, SECONDS) == 1
    messages.take_back(first, "score", SECONDS)
    assert waiting(redis_url, prefix) == 1
    messages.take_back(second, "entangle", SECONDS)
    assert waiting(redis_url, prefix) == 1
