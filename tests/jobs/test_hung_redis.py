"""A Redis that hangs delays nobody for long: a notification is given up, and sent again later."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from app.jobs.notifier import JobNotifier
from app.redis.clients import command_client
from app.settings import Settings
from tests.jobs.helpers import INTERACTIVE
from tests.stack import wait_until

LESS_THAN_A_LEASE_SECONDS = 3.0


def test_a_notification_is_given_up_long_before_a_lease_runs_out(settings: Settings) -> None:
    redis = command_client(settings.redis_url)
    notifier = JobNotifier(redis, settings.redis_key_prefix)
    assert notifier.notify(uuid4(), INTERACTIVE)
    server = int(redis.info()["process_id"])
    with ThreadPoolExecutor(1) as pool:
        os.kill(server, signal.SIGSTOP)
        try:
            submitted = pool.submit(notifier.notify, uuid4(), INTERACTIVE)
            wait_until(submitted.done, LESS_THAN_A_LEASE_SECONDS, "the end of the notification")
            assert not submitted.result()
        finally:
            os.kill(server, signal.SIGCONT)
    assert notifier.notify(uuid4(), INTERACTIVE)
    redis.close()
