"""A wait for an accepted job goes on while PostgreSQL is away."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import UnavailableError
from app.jobs import waiting
from app.jobs.notifier import WakeUps
from app.models import JobStatus
from app.redis.clients import blocking_client, command_client
from app.settings import Settings
from tests.executions.factories import store_job
from tests.jobs.helpers import queued

OUTAGE_READS = 3


class AwayDatabase(Database):
    """A database whose next reads fail."""

    failures = 0

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Fail for a while, then read."""
        if self.failures:
            self.failures -= 1
            raise UnavailableError("away")
        with super().reading() as session:
            yield session


@pytest.fixture
def away(settings: Settings, database: Database) -> Iterator[AwayDatabase]:
    """A database that is away for some reads."""
    made = AwayDatabase(settings.database_url)
    made.failures = OUTAGE_READS
    yield made
    made.close()


@pytest.fixture
def wake_ups(settings: Settings) -> Iterator[WakeUps]:
    """Wake-ups on the real Valkey."""
    redis, blocking = command_client(settings.redis_url), blocking_client(settings.redis_url)
    yield WakeUps(redis, blocking, settings.redis_key_prefix)
    redis.close()
    blocking.close()


def test_a_waiter_outlives_an_outage(away: AwayDatabase, wake_ups: WakeUps) -> None:
    job_id = store_job(away, JobStatus.SUCCEEDED)
    wake_ups.wake([job_id])
    assert waiting.wait_for_end(away, wake_ups, job_id, 30.0).has_ended
    assert away.failures == 0


def test_a_wait_ends_in_time_all_the_same(away: AwayDatabase, wake_ups: WakeUps) -> None:
    job_id = queued(away)
    away.failures = 1_000
    assert not waiting.wait_for_end(away, wake_ups, job_id, 0.1).has_ended
    assert away.failures < 1_000
