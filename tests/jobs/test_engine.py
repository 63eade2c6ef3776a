"""The engine: what one notification does to a job, however its work ends."""

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from threading import Event
from typing import Any, NoReturn

import pytest
from sqlalchemy.orm import Session

from app.errors import InvalidProgramError, LimitExceededError
from app.jobs.claiming import ClaimedJob
from app.jobs.kinds import TooCostlyError
from app.jobs.running import CancelReason, RunningJob
from app.models import Job, JobStatus
from app.simulators.errors import ProcessLostError
from tests.jobs.helpers import (
    INTERACTIVE,
    change,
    claim,
    let_lease_run_out,
    queued,
    read,
    reap,
)
from tests.jobs.slot import Slot, executions


def raising(error: Exception) -> Callable[[ClaimedJob, RunningJob], NoReturn]:
    """Return work that ends with this error."""

    def work(job: ClaimedJob, running: RunningJob) -> NoReturn:
        raise error

    return work


def stopped_for(reason: CancelReason) -> Callable[[ClaimedJob, RunningJob], NoReturn]:
    """Return work that is stopped while it runs."""

    def work(job: ClaimedJob, running: RunningJob) -> NoReturn:
        running.stop(reason)
        raise CancelledError

    return work


def test_a_job_that_succeeds_is_stored_announced_and_its_waiters_woken(slot: Slot) -> None:
    job_id = queued(slot.database)
    slot.run_next()
    row = read(slot.database, job_id)
    assert (row.status, row.progress, row.error) == (JobStatus.SUCCEEDED, 1.0, None)
    assert slot.kind.announced == [(job_id, "result", "stored")]
    assert slot.was_woken(job_id)
    assert slot.running.snapshot() == []


def test_a_second_notification_finds_nothing_to_claim(slot: Slot) -> None:
    job_id = queued(slot.database)
    slot.run_next()
    slot.run_next()
    assert slot.kind.ran == [job_id]
    assert executions(slot.database) == 1


def test_notifications_at_the_same_time_run_the_job_once(slot: Slot) -> None:
    job_id = queued(slot.database)
    with ThreadPoolExecutor(10) as pool:
        for done in [pool.submit(slot.run_next) for _ in range(10)]:
            done.result()
    assert (slot.kind.ran, slot.kind.stored) == ([job_id], [job_id])


@pytest.mark.parametrize(
    ("error", "document"),
    [
        (
            InvalidProgramError("line 2, column 1: no", 2, 1),
            {
                "code": "invalid_program",
                "message": "line 2, column 1: no",
                "details": {"line": 2, "column": 1},
            },
        ),
        (
            LimitExceededError("too much", "max_shots"),
            {"code": "limit_exceeded", "message": "too much", "details": {"limit": "max_shots"}},
        ),
    ],
)
def test_an_error_of_the_work_fails_the_job_with_its_code_and_sentence(
    slot: Slot, error: Exception, document: dict[str, Any]
) -> None:
    slot.kind.work = raising(error)
    job_id = queued(slot.database)
    slot.run_next()
    row = read(slot.database, job_id)
    assert (row.status, row.error) == (JobStatus.FAILED, document)
    assert slot.was_woken(job_id)
    assert executions(slot.database) == 0


def test_an_error_that_nobody_foresaw_is_logged_and_not_shown(
    slot: Slot, caplog: pytest.LogCaptureFixture
) -> None:
    slot.kind.work = raising(RuntimeError("/secret/path"))
    job_id = queued(slot.database)
    slot.run_next()
    row = read(slot.database, job_id)
    assert row.status == JobStatus.FAILED
    assert row.error is not None
    assert row.error["code"] == "internal_error"
    assert "secret" not in str(row.error)
    assert "/secret/path" in caplog.text


def test_a_result_that_cannot_be_stored_fails_the_job_at_once(
    slot: Slot, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store(session: Session, done: Sequence[tuple[ClaimedJob, Any]]) -> None:
        raise ValueError("not a column's value")

    monkeypatch.setattr(slot.kind, "store", store)
    job_id = queued(slot.database)
    slot.run_next()
    row = read(slot.database, job_id)
    assert (row.status, row.attempt) == (JobStatus.FAILED, 1)
    assert row.error is not None
    assert row.error["code"] == "internal_error"
    assert "not a column's value" in caplog.text
    assert slot.was_woken(job_id)


def test_a_job_that_is_too_costly_goes_to_the_heavy_queue_at_no_cost(slot: Slot) -> None:
    slot.kind.work = raising(TooCostlyError(1e12))
    job_id = queued(slot.database)
    slot.run_next()
    row = read(slot.database, job_id)
    assert (row.status, row.queue, row.attempt) == (JobStatus.QUEUED, "heavy", 0)
    assert (slot.notifier.lengths()["heavy"], slot.notifier.lengths()[INTERACTIVE]) == (1, 0)
    assert not slot.was_woken(job_id)


def test_a_lost_process_is_tried_again_until_the_last_attempt(slot: Slot) -> None:
    slot.kind.work = raising(ProcessLostError("exit code -9"))
    job_id = queued(slot.database, max_attempts=2)
    slot.run_next()
    row = read(slot.database, job_id)
    assert (row.status, row.attempt, row.error) == (JobStatus.QUEUED, 1, None)
    assert slot.notifier.lengths()[INTERACTIVE] == 1
    slot.run_next()
    row = read(slot.database, job_id)
    assert (row.status, row.attempt) == (JobStatus.FAILED, 2)
    assert row.error is not None
    assert row.error["code"] == "worker_lost"
    assert slot.was_woken(job_id)


def test_a_stopping_worker_hands_its_job_back_at_no_cost(slot: Slot) -> None:
    slot.kind.work = stopped_for(CancelReason.SHUTDOWN)
    job_id = queued(slot.database)
    slot.run_next()
    row = read(slot.database, job_id)
    assert (row.status, row.queue, row.attempt) == (JobStatus.QUEUED, INTERACTIVE, 0)
    assert slot.notifier.lengths()[INTERACTIVE] == 1


def test_a_cancelled_job_ends_cancelled_and_its_waiters_are_woken(slot: Slot) -> None:
    def work(job: ClaimedJob, running: RunningJob) -> NoReturn:
        change(slot.database, job.id, status=JobStatus.CANCELLING)
        return stopped_for(CancelReason.ASKED)(job, running)

    slot.kind.work = work
    job_id = queued(slot.database)
    slot.run_next()
    assert read(slot.database, job_id).status == JobStatus.CANCELLED
    assert slot.was_woken(job_id)


@pytest.mark.parametrize(
    "end",
    [
        None,
        TooCostlyError(1e12),
        ProcessLostError("exit code -9"),
        InvalidProgramError("no"),
    ],
)
def test_a_cancel_that_comes_as_the_work_ends_wins_and_wakes(slot: Slot, end: Exception | None) -> None:
    def work(job: ClaimedJob, running: RunningJob) -> str:
        change(slot.database, job.id, status=JobStatus.CANCELLING)
        if end is not None:
            raise end
        return "result"

    slot.kind.work = work
    job_id = queued(slot.database)
    slot.run_next()
    assert read(slot.database, job_id).status == JobStatus.CANCELLED
    assert slot.was_woken(job_id)
    assert executions(slot.database) == 0
    assert not any(slot.notifier.lengths().values())


def test_a_result_that_comes_after_the_claim_was_lost_is_dropped(
    slot: Slot, caplog: pytest.LogCaptureFixture
) -> None:
    def work(job: ClaimedJob, running: RunningJob) -> str:
        let_lease_run_out(slot.database, job)
        assert reap(slot.database) == {job.id: JobStatus.QUEUED}
        assert claim(slot.database, job.id, worker="other") is not None
        return "late result"

    slot.kind.work = work
    job_id = queued(slot.database)
    slot.run_next()
    row = read(slot.database, job_id)
    assert (row.status, row.worker, row.attempt) == (JobStatus.RUNNING, "other", 2)
    assert (slot.kind.stored, slot.kind.announced) == ([], [])
    assert executions(slot.database) == 0
    assert "its result is dropped" in caplog.text


@pytest.mark.parametrize("trouble", ["lost_commits", "lost_answers"])
def test_a_result_is_stored_exactly_once_through_an_outage_of_postgres(slot: Slot, trouble: str) -> None:
    def work(job: ClaimedJob, running: RunningJob) -> str:
        setattr(slot.database, trouble, 1)
        return "result"

    slot.kind.work = work
    job_id = queued(slot.database)
    slot.run_next()
    assert read(slot.database, job_id).status == JobStatus.SUCCEEDED
    assert executions(slot.database) == 1
    assert slot.kind.announced == [(job_id, "result", "stored")]
    assert slot.was_woken(job_id)


def test_a_cancel_whose_commit_is_answered_late_ends_the_job_and_wakes(slot: Slot) -> None:
    def work(job: ClaimedJob, running: RunningJob) -> str:
        change(slot.database, job.id, status=JobStatus.CANCELLING)
        slot.database.lost_answers = 1
        return "result"

    slot.kind.work = work
    job_id = queued(slot.database)
    slot.run_next()
    assert read(slot.database, job_id).status == JobStatus.CANCELLED
    assert slot.kind.announced == []
    assert slot.was_woken(job_id)


def test_while_draining_nothing_is_claimed(slot: Slot) -> None:
    slot.running.drain(grace_seconds=0)
    job_id = queued(slot.database)
    assert slot.run_next() == []
    assert slot.kind.ran == []
    assert read(slot.database, job_id).status == JobStatus.QUEUED


def test_draining_lets_a_job_end_within_the_grace(slot: Slot) -> None:
    is_running, may_end = Event(), Event()

    def work(job: ClaimedJob, running: RunningJob) -> str:
        is_running.set()
        assert may_end.wait(60)
        return "result"

    slot.kind.work = work
    job_id = queued(slot.database)
    with ThreadPoolExecutor(2) as pool:
        answered = pool.submit(slot.run_next)
        assert is_running.wait(60)
        drained = pool.submit(slot.running.drain, 60.0)
        may_end.set()
        answered.result()
        drained.result()
    assert read(slot.database, job_id).status == JobStatus.SUCCEEDED


def test_the_row_shows_who_runs_the_job(slot: Slot) -> None:
    seen: list[Job] = []

    def work(job: ClaimedJob, running: RunningJob) -> str:
        seen.append(read(slot.database, job.id))
        return "result"

    slot.kind.work = work
    queued(slot.database)
    slot.run_next()
    [row] = seen
    assert (row.status, row.worker) == (JobStatus.RUNNING, "me")
    assert row.lease_expires_at is not None


def test_a_result_that_cannot_be_stored_costs_no_attempt(slot: Slot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.jobs.engine.STORE_PATIENCE_SECONDS", 0)
    job_id = queued(slot.database)
    slot.database.lost_commits = 1  # as on a full disk, where a small row may still find room
    slot.run_next()
    row = read(slot.database, job_id)
    assert (row.status, row.attempt) == (JobStatus.QUEUED, 0)
    slot.run_next()
    assert read(slot.database, job_id).status == JobStatus.SUCCEEDED
