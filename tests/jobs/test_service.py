"""Submitting, cancelling and retrying, below HTTP."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.database import Database
from app.errors import ConflictError, NotFoundError, UnavailableError
from app.jobs import claims, repository, service
from app.jobs.notifier import JobNotifier, WakeUps
from app.jobs.queue_positions import place_of
from app.jobs.service import Submission
from app.models import Job, JobStatus, Queue
from tests.databases import waiting_for_rows
from tests.executions.factories import store_job
from tests.jobs.helpers import INTERACTIVE, SPEC, claim_this, claimed, queued, read
from tests.stack import wait_until

Cancel = Callable[[UUID], Job]


@pytest.fixture
def cancel(database: Database, wake_ups: WakeUps) -> Cancel:
    """Return a function that cancels in a transaction of its own."""

    def cancel_once(job_id: UUID) -> Job:
        with database.unit_of_work() as unit:
            return service.cancel(unit, wake_ups, job_id)

    return cancel_once


def test_workers_are_notified_once_the_job_is_committed(database: Database, notifier: JobNotifier) -> None:
    job_id = uuid4()
    with database.unit_of_work() as unit:
        submitted = service.submit(unit, notifier, Submission("execute", SPEC, ["t"], "me"), job_id)
        assert (submitted.is_notified, notifier.lengths()[INTERACTIVE]) == (False, 0)
    assert (submitted.is_notified, notifier.lengths()[INTERACTIVE]) == (True, 1)
    row = read(database, job_id)
    assert (row.kind, row.spec, row.tags, row.owner) == ("execute", SPEC, ["t"], "me")
    assert (row.status, row.queue, row.attempt) == (JobStatus.QUEUED, INTERACTIVE, 0)


def test_a_submission_that_is_rolled_back_notifies_nobody(database: Database, notifier: JobNotifier) -> None:
    def submit_and_stumble() -> None:
        with database.unit_of_work() as unit:
            service.submit(unit, notifier, Submission("execute", SPEC), uuid4())
            raise LookupError("rolled back")

    with pytest.raises(LookupError):
        submit_and_stumble()
    assert notifier.lengths()[INTERACTIVE] == 0
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM jobs")) == 0


def test_a_full_queue_admits_nothing_and_says_when_to_come_again(
    database: Database, notifier: JobNotifier
) -> None:
    with database.reading() as session:
        service.check_admission(session, notifier, 2)
        for queue in Queue:
            notifier.notify(queued(database, queue=queue), queue)
        with pytest.raises(UnavailableError, match="2 jobs wait") as refusal:
            service.check_admission(session, notifier, 2)
    assert refusal.value.code == "queue_full"
    assert int(refusal.value.headers["Retry-After"]) > 0


def test_jobs_that_were_cancelled_do_not_fill_the_queue(
    database: Database, notifier: JobNotifier, cancel: Cancel
) -> None:
    for _ in range(2):
        job_id = queued(database)
        notifier.notify(job_id, INTERACTIVE)
        cancel(job_id)
    assert notifier.lengths()[INTERACTIVE] == 2, "the next free slot takes them"
    with database.reading() as session:
        service.check_admission(session, notifier, 2)


def test_a_queued_job_is_cancelled_at_once(database: Database, cancel: Cancel) -> None:
    job = cancel(queued(database))
    assert job.status == JobStatus.CANCELLED
    assert job.finished_at is not None


def test_a_running_job_is_asked_to_stop_and_keeps_its_claim(database: Database, cancel: Cancel) -> None:
    running = claimed(database)
    job = cancel(running.id)
    assert (job.status, job.claim_token, job.finished_at) == (JobStatus.CANCELLING, running.token, None)
    assert cancel(running.id).status == JobStatus.CANCELLING


def test_cancelling_twice_changes_nothing(database: Database, cancel: Cancel) -> None:
    first = cancel(queued(database))
    second = cancel(first.id)
    assert (second.status, second.finished_at) == (JobStatus.CANCELLED, first.finished_at)


@pytest.mark.parametrize("status", [JobStatus.SUCCEEDED, JobStatus.FAILED])
def test_a_job_that_has_ended_otherwise_cannot_be_cancelled(
    database: Database, status: JobStatus, cancel: Cancel
) -> None:
    job_id = store_job(database, status)
    with pytest.raises(ConflictError, match=status):
        cancel(job_id)
    assert read(database, job_id).status == status


def test_a_job_that_is_not_there_cannot_be_cancelled_or_retried(database: Database, cancel: Cancel) -> None:
    with pytest.raises(NotFoundError):
        cancel(uuid4())
    with database.reading() as session, pytest.raises(NotFoundError):
        service.retry_submission(session, uuid4())


def test_a_job_that_is_handed_back_while_it_is_cancelled_ends_cancelled(
    database: Database, cancel: Cancel
) -> None:
    job = claimed(database)
    with ThreadPoolExecutor(1) as pool:
        with database.unit_of_work() as worker:
            assert claims.hand_back(worker.session, job, Queue.HEAVY)
            cancelling = pool.submit(cancel, job.id)
            wait_until(lambda: waiting_for_rows(database), what="the cancel at the locked row")
        assert cancelling.result().status == JobStatus.CANCELLED
    assert read(database, job.id).status == JobStatus.CANCELLED


def test_a_job_that_is_claimed_while_it_is_cancelled_is_asked_to_stop(
    database: Database, cancel: Cancel
) -> None:
    job_id = queued(database)
    with ThreadPoolExecutor(1) as pool:
        with database.unit_of_work() as worker:
            assert claim_this(worker.session, job_id)
            cancelling = pool.submit(cancel, job_id)
            wait_until(lambda: waiting_for_rows(database), what="the cancel at the locked row")
        assert cancelling.result().status == JobStatus.CANCELLING


def test_a_failed_job_is_submitted_again_as_it_was(database: Database) -> None:
    job_id = store_job(database, JobStatus.FAILED, tags=["a"], owner="me", circuit_name="bell")
    with database.reading() as session:
        again = service.retry_submission(session, job_id)
    row = read(database, job_id)
    assert again == Submission("execute", row.spec, ["a"], "me", job_id, circuit_name="bell")


@pytest.mark.parametrize("status", [status for status in JobStatus if status is not JobStatus.FAILED])
def test_only_a_failed_job_can_be_retried(database: Database, status: JobStatus) -> None:
    job_id = store_job(database, status)
    with database.reading() as session, pytest.raises(ConflictError, match=status):
        service.retry_submission(session, job_id)


def test_the_place_in_the_queue_counts_those_before_in_the_same_queue(database: Database) -> None:
    queued(database, queue="heavy")
    job_ids = [queued(database) for _ in range(3)]
    claimed(database)
    with database.reading() as session:
        places = [place_of(session, session.get_one(Job, each)) for each in job_ids]
        running = session.get_one(Job, claimed(database).id)
        assert place_of(session, running) is None
    assert places == [0, 1, 2]


def test_a_row_that_is_gone_cannot_be_made_durable(database: Database) -> None:
    job_id = queued(database)
    with database.unit_of_work() as unit:
        assert repository.make_durable(unit.session, job_id)
        assert not repository.make_durable(unit.session, uuid4())
