"""An operator's cancel: whoever waits is woken once the job has ended, and not before."""

from collections.abc import Iterator

import pytest

from app import operations
from app.database import Database
from app.extensions import Extensions
from app.models import JobStatus
from app.settings import Settings
from tests.jobs.helpers import claimed, queued


@pytest.fixture
def extensions(settings: Settings) -> Iterator[Extensions]:
    """The connections of a command line."""
    made = Extensions(settings)
    yield made
    made.database.close()
    made.redis.close()


def test_a_queued_job_ends_at_once_and_its_waiters_are_woken(
    database: Database, extensions: Extensions
) -> None:
    job_id = queued(database)
    assert operations.cancel(extensions, job_id) == JobStatus.CANCELLED
    assert extensions.wake_ups.wait(job_id, 0.1)


def test_a_running_job_is_asked_to_stop_and_its_waiters_wait_on(
    database: Database, extensions: Extensions
) -> None:
    job = claimed(database)
    assert operations.cancel(extensions, job.id) == JobStatus.CANCELLING
    assert not extensions.wake_ups.wait(job.id, 0.1)
