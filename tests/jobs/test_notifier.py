"""A notification is one small message by task name, or a line in the log."""

import base64
import json
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from redis import Redis

from app.errors import UnavailableError
from app.jobs.notifier import JOB, SEPARATOR, JobNotifier
from app.redis.clients import command_client
from app.settings import Settings

DEAD_REDIS = "redis://127.0.0.1:1/0"


@pytest.fixture
def dead_notifier(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> JobNotifier:
    """A notifier whose Redis is away."""
    configure = Celery.config_from_object

    def configure_without_redis(celery: Celery, module: str) -> None:
        configure(celery, module)
        celery.conf.broker_url = DEAD_REDIS

    monkeypatch.setattr(Celery, "config_from_object", configure_without_redis)
    return JobNotifier(command_client(DEAD_REDIS), settings.redis_key_prefix)


def messages(redis: "Redis", queue: str) -> list[dict[str, Any]]:
    """Return the messages of jobs in a queue, as Celery wrote them."""
    return [json.loads(raw) for raw in redis.lrange(f"qloom:{queue}{SEPARATOR}{JOB}", 0, -1)]  # type: ignore[union-attr]


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


def test_what_a_request_waits_for_goes_before_all_jobs(notifier: JobNotifier) -> None:
    jobs, awaited = [uuid4(), uuid4()], uuid4()
    for job_id in jobs:
        notifier.notify(job_id, "query", "search")
    notifier.notify(awaited, "score", "search", is_awaited=True)
    assert notifier.lengths()["search"] == 3
    celery = Celery("worker")
    celery.config_from_object("celeryconfig")
    with celery.connection_for_read() as connection, connection.SimpleQueue("search") as queue:
        taken = []
        for _ in range(3):
            message = queue.get(timeout=5)
            message.ack()
            taken.append(message.headers["id"])
    assert taken == [str(each) for each in (awaited, *jobs)]
    assert notifier.lengths()["search"] == 0


def test_a_notification_that_redis_does_not_take_is_no_error(
    dead_notifier: JobNotifier, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = uuid4()
    assert not dead_notifier.notify(job_id, "execute", "interactive")
    assert f"The notification of job {job_id} was not sent" in caplog.text


def test_a_queue_that_cannot_be_asked_is_unavailable(dead_notifier: JobNotifier) -> None:
    with pytest.raises(UnavailableError, match="queue does not answer"):
        dead_notifier.lengths()
