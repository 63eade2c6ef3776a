"""An operator's cancel wakes the waiters of a job that has ended, and of no other job."""

from collections.abc import Iterator

import pytest

from app import operations
from app.connections import Connections
from app.database import Database
from app.jobs.service import JobServices
from app.models import JobStatus
from app.settings import Settings
from tests.jobs.helpers import claimed, queued


@pytest.fixture
def connections(settings: Settings) -> Iterator[Connections]:
    """The connections of the command line."""
    made = Connections(settings)
    yield made
    made.database.close()
    made.redis.close()


def test_a_queued_job_ends_at_once_and_its_waiters_are_woken(
    database: Database, connections: Connections
) -> None:
    job_id = queued(database)
    assert operations.cancel(connections, job_id) == JobStatus.CANCELLED
    assert JobServices(connections).wake_ups.wait(job_id, 0.1)


def test_a_running_job_is_asked_to_stop_and_its_waiters_wait_on(
    database: Database, connections: Connections
) -> None:
    job = claimed(database)
    assert operations.cancel(connections, job.id) == JobStatus.CANCELLING
    assert not JobServices(connections).wake_ups.wait(job.id, 0.1)
