"""The doorbell: one small message by task name, or a line in the log."""

import base64
import json
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from redis import Redis

from app.errors import UnavailableError
from app.jobs.notifier import JobNotifier
from app.redis.clients import command_client
from app.settings import Settings

DEAD_REDIS = "redis://127.0.0.1:1/0"


@pytest.fixture
def dead_notifier(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> JobNotifier:
    """A bell whose Redis is away."""
    configure = Celery.config_from_object

    def configure_without_redis(celery: Celery, module: str) -> None:
        configure(celery, module)
        celery.conf.broker_url = DEAD_REDIS

    monkeypatch.setattr(Celery, "config_from_object", configure_without_redis)
    return JobNotifier(command_client(DEAD_REDIS), settings.redis_key_prefix)


def messages(redis: "Redis", queue: str) -> list[dict[str, Any]]:
    """What waits in a queue, as Celery wrote it."""
    return [json.loads(raw) for raw in redis.lrange(f"qloom:{queue}", 0, -1)]  # type: ignore[union-attr]


def test_a_message_names_the_task_and_carries_the_id_only(notifier: JobNotifier, redis: "Redis") -> None:
    job_id = uuid4()
    assert notifier.notify(job_id, "execute", "heavy")
    [message] = messages(redis, "heavy")
    arguments, options, _ = json.loads(base64.b64decode(message["body"]))
    assert (arguments, options) == ([str(job_id)], {})
    assert message["headers"]["task"] == "qloom.execute"
    assert message["headers"]["argsrepr"] == f"({job_id})"


def test_queues_are_counted_apart(notifier: JobNotifier) -> None:
    assert notifier.lengths() == {"interactive": 0, "heavy": 0, "search": 0}
    for _ in range(3):
        notifier.notify(uuid4(), "execute", "interactive")
    assert notifier.lengths() == {"interactive": 3, "heavy": 0, "search": 0}


def test_a_bell_that_redis_does_not_take_is_no_error(
    dead_notifier: JobNotifier, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = uuid4()
    assert not dead_notifier.notify(job_id, "execute", "interactive")
    assert f"The bell for job {job_id} was not taken" in caplog.text


def test_a_queue_that_cannot_be_asked_is_unavailable(dead_notifier: JobNotifier) -> None:
    with pytest.raises(UnavailableError, match="queue does not answer"):
        dead_notifier.lengths()
