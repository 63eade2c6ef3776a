"""Leases are extended up to a deadline and reaped once; workers are notified again of lost messages' jobs."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Event
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select

from app.database import Database
from app.jobs import claims, heartbeats
from app.jobs.engine import JobEngine
from app.jobs.leases import LeaseKeeper
from app.jobs.notifier import JobNotifier, WakeUps
from app.jobs.running import CancelReason, RunningJob, RunningJobs
from app.models import Job, JobStatus, Worker
from app.redis.clients import blocking_client, command_client
from app.settings import Settings
from tests.hanging import hanging
from tests.jobs.helpers import (
    INTERACTIVE,
    LEASE,
    change,
    claimed,
    let_lease_run_out,
    longest_wait_seconds,
    read,
    reap,
    seconds_ago,
)
from tests.stack import wait_until

WAITED = timedelta(seconds=2)
SHORT_LEASE_SECONDS = 0.5


def test_a_lease_is_extended_and_its_progress_kept(database: Database) -> None:
    first, second = claimed(database), claimed(database)
    progress = {(first.id, first.token): 0.25, (second.id, second.token): 0.75}
    before = read(database, first.id).lease_expires_at
    assert before is not None
    with database.unit_of_work() as unit:
        standing = claims.extend_leases(unit.session, progress, LEASE + timedelta(seconds=20))
    assert standing == {first.token: JobStatus.RUNNING, second.token: JobStatus.RUNNING}
    after = read(database, first.id).lease_expires_at
    assert after is not None
    assert after > before + timedelta(seconds=19)
    assert (read(database, first.id).progress, read(database, second.id).progress) == (0.25, 0.75)


def test_a_lease_never_passes_the_deadline(database: Database) -> None:
    job = claimed(database)
    with database.unit_of_work() as unit:
        claims.extend_leases(unit.session, {(job.id, job.token): 0.0}, timedelta(hours=1))
    row = read(database, job.id)
    assert row.lease_expires_at == row.deadline_at
    change(database, job.id, deadline_at=seconds_ago(1))
    with database.unit_of_work() as unit:
        claims.extend_leases(unit.session, {(job.id, job.token): 0.0}, timedelta(hours=1))
    assert reap(database) == {job.id: JobStatus.QUEUED}


def test_extending_says_who_was_cancelled_and_who_lost_the_claim(database: Database) -> None:
    cancelled, lost = claimed(database), claimed(database)
    change(database, cancelled.id, status=JobStatus.CANCELLING)
    change(database, lost.id, claim_token=None, status=JobStatus.QUEUED)
    progress = {(job.id, job.token): 0.0 for job in (cancelled, lost)}
    with database.unit_of_work() as unit:
        assert claims.extend_leases(unit.session, progress, WAITED) == {cancelled.token: JobStatus.CANCELLING}
        assert claims.extend_leases(unit.session, {}, WAITED) == {}


def test_a_reaped_job_goes_where_it_belongs(database: Database) -> None:
    running, cancelling, used_up = claimed(database), claimed(database), claimed(database, max_attempts=1)
    healthy = claimed(database)
    change(database, cancelling.id, status=JobStatus.CANCELLING)
    for job in (running, cancelling, used_up):
        let_lease_run_out(database, job)
    assert reap(database) == {
        running.id: JobStatus.QUEUED,
        cancelling.id: JobStatus.CANCELLED,
        used_up.id: JobStatus.FAILED,
    }
    rows = [read(database, job.id) for job in (running, cancelling, used_up, healthy)]
    assert [row.finished_at is not None for row in rows] == [False, True, True, False]
    assert [row.error and row.error["code"] for row in rows] == [None, None, "worker_lost", None]
    assert [row.attempt for row in rows] == [1, 1, 1, 1]
    assert rows[3].status == JobStatus.RUNNING
    assert reap(database) == {}


def test_a_cancelled_job_with_no_attempts_left_ends_cancelled(database: Database) -> None:
    job = claimed(database, max_attempts=1)
    change(database, job.id, status=JobStatus.CANCELLING)
    let_lease_run_out(database, job)
    assert reap(database) == {job.id: JobStatus.CANCELLED}
    assert read(database, job.id).error is None


def test_only_one_process_reaps_at_a_time(database: Database) -> None:
    with database.unit_of_work() as first:
        assert claims.take_reaper_lock(first.session)
        with database.unit_of_work() as second:
            assert not claims.take_reaper_lock(second.session)
    with database.unit_of_work() as third:
        assert claims.take_reaper_lock(third.session)


class Keeper:
    """A lease keeper on real servers, ticked by the test, with its notifier and its running jobs."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.redis = command_client(settings.redis_url)
        self.redis.flushdb()
        self.blocking = blocking_client(settings.redis_url)
        self.notifier = JobNotifier(self.redis, settings.redis_key_prefix)
        self.wake_ups = WakeUps(self.redis, self.blocking, settings.redis_key_prefix)
        self.running = RunningJobs()
        fast = replace(settings, lease_seconds=SHORT_LEASE_SECONDS)
        engine = JobEngine(fast, database, self.notifier, self.wake_ups, self.running, {}, INTERACTIVE, "me")
        self.keeper = LeaseKeeper(engine, slots=2)

    def tick_until_it_reaps(self, database: Database, job_id: UUID) -> Job:
        """Tick until a job is no longer RUNNING or CANCELLING; return its row."""

        def is_reaped() -> Job | None:
            self.keeper.tick()
            row = read(database, job_id)
            return row if row.lease_expires_at is None else None

        row: Job = wait_until(is_reaped, what="the reaping")
        return row

    def has_turn(self) -> bool:
        """Tick; return whether it has now ticked for a whole lease, so that this tick tried to reap."""
        self.keeper.tick()
        now = self.keeper._ticked_at
        return now is not None and now - self.keeper._ticking_since >= self.keeper._lease

    def messages(self) -> int:
        """Return how many messages wait in the interactive queue."""
        return self.notifier.lengths()[INTERACTIVE]


@pytest.fixture
def keeper(settings: Settings, database: Database, usual_redis_clients: None) -> Iterator[Keeper]:
    """A keeper that does not tick by itself."""
    made = Keeper(settings, database)
    yield made
    made.redis.close()
    made.blocking.close()


def test_a_tick_keeps_the_leases_of_this_process_and_its_heartbeat(
    database: Database, keeper: Keeper
) -> None:
    job = claimed(database)
    change(database, job.id, lease_expires_at=seconds_ago(100))
    with database.reading() as session:
        before = session.scalars(select(func.now())).one()
    with keeper.running.track(job) as running:
        running.read_progress = lambda: 0.5
        keeper.keeper.tick()
        with database.reading() as session:
            [worker] = heartbeats.live_workers(session, timedelta(minutes=1))
    row = read(database, job.id)
    assert row.progress == 0.5
    assert row.lease_expires_at is not None
    assert row.lease_expires_at > before
    assert (worker.name, worker.queue, worker.slots, worker.slots_in_use) == ("me", INTERACTIVE, 2, 1)
    assert running.reason is None


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"status": JobStatus.CANCELLING}, CancelReason.ASKED),
        ({"status": JobStatus.QUEUED, "claim_token": None}, CancelReason.CLAIM_LOST),
    ],
)
def test_a_tick_stops_what_was_cancelled_or_taken_away(
    database: Database, keeper: Keeper, values: dict[str, object], reason: CancelReason
) -> None:
    job, stopped = claimed(database), Event()
    change(database, job.id, **values)
    with keeper.running.track(job) as running:
        running.on_stop(stopped.set)
        keeper.keeper.tick()
        assert running.reason is reason
    assert stopped.is_set()


def test_a_dead_workers_job_is_queued_and_notified_of_at_once(database: Database, keeper: Keeper) -> None:
    job = claimed(database)
    let_lease_run_out(database, job)
    row = keeper.tick_until_it_reaps(database, job.id)
    assert row.status == JobStatus.QUEUED
    assert keeper.messages() == 1


def test_whoever_waits_for_a_reaped_job_is_woken(database: Database, keeper: Keeper) -> None:
    job = claimed(database, max_attempts=1)
    let_lease_run_out(database, job)
    assert keeper.tick_until_it_reaps(database, job.id).status == JobStatus.FAILED
    assert keeper.wake_ups.wait(job.id, 60)
    assert keeper.messages() == 0


def test_nobody_reaps_before_ticking_for_a_whole_lease(database: Database, keeper: Keeper) -> None:
    job = claimed(database)
    let_lease_run_out(database, job)
    keeper.keeper.tick()
    assert read(database, job.id).status == JobStatus.RUNNING, "its worker may come back after an outage"


def test_after_a_break_of_half_a_lease_nobody_reaps_at_once(database: Database, keeper: Keeper) -> None:
    first, second = claimed(database), claimed(database)
    let_lease_run_out(database, first)
    keeper.tick_until_it_reaps(database, first.id)
    let_lease_run_out(database, second)
    resumes_at = time.monotonic() + SHORT_LEASE_SECONDS / 2 + 0.1
    wait_until(lambda: time.monotonic() > resumes_at, what="the end of the break")
    keeper.keeper.tick()
    assert read(database, second.id).status == JobStatus.RUNNING, "its worker may have had the same break"
    keeper.tick_until_it_reaps(database, second.id)


def test_while_another_process_reaps_a_tick_leaves_the_jobs_to_it(database: Database, keeper: Keeper) -> None:
    job = claimed(database)
    let_lease_run_out(database, job)
    with database.unit_of_work() as other:
        assert claims.take_reaper_lock(other.session)
        wait_until(keeper.has_turn, what="a tick that tries to reap")
        assert read(database, job.id).status == JobStatus.RUNNING
    assert keeper.tick_until_it_reaps(database, job.id).status == JobStatus.QUEUED


def test_while_redis_hangs_a_tick_reaps_and_ends_before_a_lease_runs_out(
    database: Database, keeper: Keeper, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    job = claimed(database, max_attempts=1)
    let_lease_run_out(database, job)
    with hanging(int(keeper.redis.info()["process_id"])):
        row = keeper.tick_until_it_reaps(database, job.id)
    assert row.status == JobStatus.FAILED
    assert caplog.text.count("Timeout") == 1, "it waited once for Redis"
    assert longest_wait_seconds(keeper.redis) < settings.lease_seconds


def test_the_keepers_thread_takes_its_heartbeat_back_when_it_stops(
    database: Database, keeper: Keeper
) -> None:
    def names() -> list[str]:
        with database.reading() as session:
            return [worker.name for worker in heartbeats.live_workers(session, timedelta(minutes=1))]

    keeper.keeper.start()
    wait_until(lambda: names() == ["me"], what="the heartbeat")
    keeper.keeper.stop()
    assert names() == []


def test_workers_that_were_silent_for_long_are_forgotten(database: Database) -> None:
    with database.unit_of_work() as unit:
        for name, seconds in (("gone", 7200), ("here", 1)):
            values = {"name": name, "queue": INTERACTIVE, "slots": 1, "slots_in_use": 0}
            unit.session.execute(insert(Worker).values(**values, last_seen_at=seconds_ago(seconds)))
        heartbeats.forget_workers(unit.session, timedelta(hours=1))
    with database.reading() as session:
        assert [worker.name for worker in heartbeats.live_workers(session, timedelta(days=1))] == ["here"]


def test_a_running_job_is_stopped_once_and_keeps_its_first_reason(database: Database) -> None:
    running, stops = RunningJob(claimed(database)), []
    running.stop(CancelReason.ASKED)
    running.on_stop(lambda: stops.append("late"))
    assert stops == ["late"], "stopped before there was anything to stop"
    running.stop(CancelReason.SHUTDOWN)
    assert running.reason is CancelReason.ASKED


def test_a_job_claimed_while_the_worker_drains_is_stopped_too(database: Database) -> None:
    running = RunningJobs()
    running.drain(grace_seconds=0)
    with running.track(claimed(database)) as late:
        assert late.reason is CancelReason.SHUTDOWN


def test_draining_waits_for_what_ends_and_stops_the_rest(database: Database) -> None:
    jobs = RunningJobs()
    with jobs.track(claimed(database)) as running:
        jobs.drain(grace_seconds=0.05)
        assert running.reason is CancelReason.SHUTDOWN
    assert jobs.snapshot() == []
