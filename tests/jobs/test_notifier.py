"""Notifications are elements of lists, one for each queued job, or a line in the log."""

from uuid import uuid4

import pytest
from redis import Redis

from app.errors import UnavailableError
from app.jobs.notifier import JobNotifier, Notifications
from app.redis.clients import blocking_client, command_client
from app.settings import Settings

DEAD_REDIS = "redis://127.0.0.1:1/0"


@pytest.fixture
def dead_notifier(settings: Settings) -> JobNotifier:
    """A notifier whose Redis is away."""
    return JobNotifier(command_client(DEAD_REDIS), settings.redis_key_prefix)


def test_a_notification_is_the_id_in_the_list_of_the_queue(notifier: JobNotifier, redis: "Redis") -> None:
    job_id = uuid4()
    assert notifier.notify(job_id, "heavy")
    assert redis.lrange("qloom:jobs:heavy", 0, -1) == [str(job_id).encode()]


def test_queues_are_counted_apart(notifier: JobNotifier) -> None:
    assert notifier.lengths() == {"interactive": 0, "heavy": 0, "search": 0}
    for _ in range(3):
        notifier.notify(uuid4(), "interactive")
    assert notifier.lengths() == {"interactive": 3, "heavy": 0, "search": 0}


def test_notifications_are_taken_in_their_order_and_once(
    notifier: JobNotifier, redis: "Redis", settings: Settings
) -> None:
    first, *others = job_ids = [uuid4() for _ in range(3)]
    for job_id in job_ids:
        notifier.notify(job_id, "search")
    waiting = Notifications(blocking_client(settings.redis_url), settings.redis_key_prefix, "search")
    assert waiting.wait() == first
    assert notifier.take("search", 5) == others
    assert notifier.take("search", 5) == []
    assert waiting.wait() is None


def test_a_notification_that_redis_does_not_take_is_no_error(
    dead_notifier: JobNotifier, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = uuid4()
    assert not dead_notifier.notify(job_id, "interactive")
    assert f"The notification of job {job_id} was not sent" in caplog.text
    assert dead_notifier.take("interactive", 1) == []


def test_a_queue_that_cannot_be_asked_is_unavailable(dead_notifier: JobNotifier) -> None:
    with pytest.raises(UnavailableError, match="queue does not answer"):
        dead_notifier.lengths()
