"""A Redis that hangs delays nobody for long: a notification is given up, and sent again later."""

from uuid import uuid4

import pytest

from app.jobs.notifier import JobNotifier
from app.redis.clients import command_client
from app.settings import Settings
from tests.hanging import hanging
from tests.jobs.helpers import INTERACTIVE, longest_wait_seconds

LESS_THAN_A_LEASE_SECONDS = 3.0


@pytest.mark.usefixtures("usual_redis_clients")
def test_a_notification_is_given_up_long_before_a_lease_runs_out(settings: Settings) -> None:
    redis = command_client(settings.redis_url)
    notifier = JobNotifier(redis, settings.redis_key_prefix)
    assert notifier.notify(uuid4(), INTERACTIVE)
    with hanging(int(redis.info()["process_id"])):
        assert not notifier.notify(uuid4(), INTERACTIVE)
    assert longest_wait_seconds(redis) < LESS_THAN_A_LEASE_SECONDS
    assert notifier.notify(uuid4(), INTERACTIVE)
    redis.close()
