"""One worker gets a claim, and a worker that has lost its claim changes nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.database import Database
from app.jobs import claims, repository
from app.jobs.claiming import ClaimedJob
from app.models import Job, JobStatus, Queue
from tests.executions.factories import store_job
from tests.jobs.helpers import DEADLINE, LEASE, change, claim, claimed, let_lease_run_out, queued, read, reap

RIVALS = 20
ERROR = {"code": "invalid_program", "message": "wrong", "details": {}}

WRITES: dict[str, Callable[[Session, ClaimedJob], bool]] = {
    "succeed": lambda session, job: claims.succeed(session, [job]) == {job.id},
    "fail": lambda session, job: claims.fail(session, job, ERROR),
    "end_cancelled": claims.end_cancelled,
    "hand_back": claims.hand_back,
    "hand_over": lambda session, job: claims.hand_back(session, job, Queue.HEAVY),
    "try_again": claims.try_again,
    "extend_lease": lambda session, job: bool(
        claims.extend_leases(session, {(job.id, job.token): 0.5}, timedelta(seconds=60))
    ),
}
ENDS = {"succeed": JobStatus.SUCCEEDED, "fail": JobStatus.FAILED, "end_cancelled": JobStatus.CANCELLED}


def write(database: Database, job: ClaimedJob, name: str) -> bool:
    """Do one of the writes in a transaction of its own; return whether it changed the row."""
    with database.unit_of_work() as unit:
        return WRITES[name](unit.session, job)


def columns(job: Job) -> dict[str, Any]:
    """Return all columns of a row that are read with it."""
    return {
        column.name: vars(job)[column.name] for column in Job.__table__.columns if column.name in vars(job)
    }


def test_of_twenty_workers_one_claims_the_job(database: Database) -> None:
    job_id = queued(database)
    start = Barrier(RIVALS)

    def race(index: int) -> ClaimedJob | None:
        start.wait()
        return claim(database, job_id, worker=f"worker-{index}")

    with ThreadPoolExecutor(RIVALS) as pool:
        won = [(index, job) for index, job in enumerate(pool.map(race, range(RIVALS))) if job is not None]
    [(winner, job)] = won
    row = read(database, job_id)
    assert (row.status, row.attempt, row.worker) == (JobStatus.RUNNING, 1, f"worker-{winner}")
    assert row.claim_token == job.token


def test_a_claim_carries_what_the_worker_needs_and_starts_its_lease(database: Database) -> None:
    job = claimed(database, tags=["a"], owner="key-1", max_attempts=2)
    assert (job.kind, job.queue, job.tags, job.owner) == ("execute", "interactive", ["a"], "key-1")
    assert (job.attempt, job.max_attempts, job.is_last_attempt) == (1, 2, False)
    assert job.spec["circuit"] == "bell"
    row = read(database, job.id)
    assert row.started_at is not None
    assert row.lease_expires_at == row.started_at + LEASE
    assert row.deadline_at == row.started_at + DEADLINE


def test_a_job_of_another_queue_is_left_alone(database: Database) -> None:
    job_id = queued(database, queue="heavy")
    assert claim(database, job_id, queue="interactive") is None
    assert read(database, job_id).status == JobStatus.QUEUED
    assert claim(database, job_id, queue="heavy") is not None


@pytest.mark.parametrize("status", [status for status in JobStatus if status is not JobStatus.QUEUED])
def test_only_a_queued_job_can_be_claimed(database: Database, status: JobStatus) -> None:
    job_id = store_job(database, status)
    assert claim(database, job_id) is None
    assert read(database, job_id).status == status


@pytest.mark.parametrize(("queue", "expected"), [(None, "interactive"), (Queue.HEAVY, "heavy")])
def test_handing_back_costs_no_attempt(database: Database, queue: Queue | None, expected: str) -> None:
    job = claimed(database)
    before = read(database, job.id)
    with database.unit_of_work() as unit:
        assert claims.hand_back(unit.session, job, queue)
    row = read(database, job.id)
    assert (row.status, row.attempt, row.queue) == (JobStatus.QUEUED, 0, expected)
    assert (row.claim_token, row.lease_expires_at, row.progress) == (None, None, 0.0)
    assert row.queued_at > before.queued_at
    again = claim(database, job.id, queue=expected)
    assert again is not None
    assert again.attempt == 1


def test_trying_again_counts_the_attempt(database: Database) -> None:
    job = claimed(database, max_attempts=2)
    assert write(database, job, "try_again")
    assert read(database, job.id).attempt == 1
    second = claim(database, job.id)
    assert second is not None
    assert second.is_last_attempt


@pytest.mark.parametrize("name", WRITES)
def test_a_write_after_a_lost_claim_changes_nothing(database: Database, name: str) -> None:
    lost = claimed(database)
    let_lease_run_out(database, lost)
    assert reap(database) == {lost.id: JobStatus.QUEUED}
    before = columns(read(database, lost.id))
    assert not write(database, lost, name)
    assert columns(read(database, lost.id)) == before
    holder = claim(database, lost.id)
    assert holder is not None
    before = columns(read(database, lost.id))
    assert not write(database, lost, name)
    assert columns(read(database, lost.id)) == before


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("end", ENDS)
def test_a_terminal_state_is_written_once(database: Database, end: str, name: str) -> None:
    job = claimed(database)
    if end == "end_cancelled":
        change(database, job.id, status=JobStatus.CANCELLING)
    assert write(database, job, end)
    ended = columns(read(database, job.id))
    assert (ended["status"], ended["lease_expires_at"]) == (ENDS[end], None)
    assert ended["finished_at"] is not None
    assert not write(database, job, name)
    with database.unit_of_work() as unit:
        assert not repository.ask_to_cancel(unit.session, job.id)
    assert claim(database, job.id) is None
    assert reap(database) == {}
    assert columns(read(database, job.id)) == ended


@pytest.mark.parametrize("name", ["succeed", "fail", "hand_back", "try_again"])
def test_a_cancel_that_was_asked_wins_over_every_other_end(database: Database, name: str) -> None:
    job = claimed(database)
    change(database, job.id, status=JobStatus.CANCELLING)
    assert not write(database, job, name)
    assert write(database, job, "end_cancelled")
    assert read(database, job.id).status == JobStatus.CANCELLED


def test_a_job_that_nobody_cancelled_does_not_end_cancelled(database: Database) -> None:
    job = claimed(database)
    assert not write(database, job, "end_cancelled")
    assert read(database, job.id).status == JobStatus.RUNNING


def test_a_failed_job_keeps_its_error_and_a_succeeded_one_has_none(database: Database) -> None:
    failed, succeeded = claimed(database), claimed(database)
    assert write(database, failed, "fail")
    assert write(database, succeeded, "succeed")
    assert read(database, failed.id).error == ERROR
    assert (read(database, succeeded.id).error, read(database, succeeded.id).progress) == (None, 1.0)


def test_a_claim_knows_whether_the_job_ended_under_it(database: Database) -> None:
    job = claimed(database)
    other = ClaimedJob(**{**vars(job), "token": job.id})
    with database.reading() as session:
        assert not claims.was_ended_by(session, job)
    assert write(database, job, "succeed")
    with database.reading() as session:
        assert claims.was_ended_by(session, job)
        assert not claims.was_ended_by(session, other)
