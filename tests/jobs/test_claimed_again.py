"""A worker may lose a job and claim it again before it notices."""

from collections.abc import Iterator
from threading import Event

import pytest

from app.database import Database
from app.jobs.claiming import ClaimedJob
from app.jobs.engine import JobEngine
from app.jobs.leases import LeaseKeeper
from app.jobs.notifier import JobNotifier, WakeUps
from app.jobs.running import CancelReason, RunningJobs
from app.models import JobStatus
from app.redis.clients import blocking_client, command_client
from app.settings import Settings
from tests.jobs.helpers import INTERACTIVE, change, claim, claimed, let_lease_run_out, read, reap, seconds_ago


@pytest.fixture
def running() -> RunningJobs:
    """The jobs of one worker process."""
    return RunningJobs()


@pytest.fixture
def keeper(settings: Settings, database: Database, running: RunningJobs) -> Iterator[LeaseKeeper]:
    """The lease keeper of the process, ticked by the test."""
    redis, blocking = command_client(settings.redis_url), blocking_client(settings.redis_url)
    notifier = JobNotifier(redis, settings.redis_key_prefix)
    wake_ups = WakeUps(redis, blocking, settings.redis_key_prefix)
    engine = JobEngine(settings, database, notifier, wake_ups, running, {}, INTERACTIVE, "me")
    yield LeaseKeeper(engine, slots=2)
    redis.close()
    blocking.close()


def claimed_twice(database: Database) -> tuple[ClaimedJob, ClaimedJob]:
    """Return a claim whose lease ran out, and the next claim of the same job."""
    first = claimed(database)
    let_lease_run_out(database, first)
    assert reap(database) == {first.id: JobStatus.QUEUED}
    second = claim(database, first.id)
    assert second is not None
    return first, second


def test_the_old_run_is_stopped_and_the_new_one_keeps_its_lease(
    database: Database, running: RunningJobs, keeper: LeaseKeeper
) -> None:
    first, second = claimed_twice(database)
    stopped = Event()
    with running.track(first) as old, running.track(second) as new:
        old.on_stop(stopped.set)
        old.read_progress, new.read_progress = lambda: 0.75, lambda: 0.25
        keeper.tick()
        assert (old.reason, new.reason) == (CancelReason.CLAIM_LOST, None)
        assert stopped.is_set()
    assert read(database, first.id).progress == 0.25


def test_the_end_of_the_old_run_leaves_the_new_one_its_lease(
    database: Database, running: RunningJobs, keeper: LeaseKeeper
) -> None:
    first, second = claimed_twice(database)
    old = running.track(first)
    old.__enter__()
    with running.track(second) as new:
        old.__exit__(None, None, None)
        assert running.snapshot() == [new]
        change(database, second.id, lease_expires_at=seconds_ago(1))
        keeper.tick()
    assert running.snapshot() == []
    assert reap(database) == {}, "its lease was extended"
