"""Small jobs that are claimed together: each ends as if it had been run alone."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import InvalidProgramError
from app.jobs.claiming import ClaimedJob
from app.models import JobStatus
from tests.jobs.helpers import (
    INTERACTIVE,
    ScriptedKind,
    change,
    claim,
    let_lease_run_out,
    queued,
    read,
    reap,
    seconds_ago,
)
from tests.jobs.slot import Slot, executions


class TogetherKind(ScriptedKind):
    """A kind that runs its small jobs together; their results are scripted too."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[list[UUID]] = []
        self.result_of: Callable[[ClaimedJob], Any] = lambda job: "together"

    def run_together(self, jobs: Sequence[ClaimedJob]) -> list[Any]:
        """Do the test's work."""
        self.groups.append([job.id for job in jobs])
        return [self.result_of(job) for job in jobs]


@pytest.fixture
def together(slot: Slot) -> TogetherKind:
    """The slot's kind, which runs small jobs together."""
    kind = TogetherKind()
    slot.engine.kinds["execute"] = kind  # type: ignore[index]  # the test's own mapping
    return kind


def small_jobs(database: Database, number: int = 4) -> list[UUID]:
    """Queue small jobs."""
    return [queued(database, is_small=True, queued_at=seconds_ago(60 - each)) for each in range(number)]


def statuses(database: Database, job_ids: Sequence[UUID]) -> list[str]:
    """Return the statuses of jobs."""
    return [read(database, job_id).status for job_id in job_ids]


def test_small_jobs_are_run_in_one_go_and_each_is_stored_once(slot: Slot, together: TogetherKind) -> None:
    job_ids = small_jobs(slot.database)
    slot.notifier.notify(job_ids[0], INTERACTIVE)
    slot.notifier.notify(job_ids[1], INTERACTIVE)
    assert slot.run_next() == job_ids
    assert together.groups == [job_ids]
    assert together.announced == [(job_id, "together", "stored") for job_id in job_ids]
    assert statuses(slot.database, job_ids) == [JobStatus.SUCCEEDED] * 4
    assert all(slot.was_woken(job_id) for job_id in job_ids)
    assert executions(slot.database) == 4
    assert slot.running.snapshot() == []
    assert slot.notifier.lengths()[INTERACTIVE] == 0, "the notifications of the others are taken too"


def test_of_small_jobs_each_ends_as_it_did(slot: Slot, together: TogetherKind) -> None:
    good, bad, alone, cancelled = job_ids = small_jobs(slot.database)

    def result_of(job: ClaimedJob) -> Any:
        if job.id == cancelled:
            change(slot.database, job.id, status=JobStatus.CANCELLING)
        return {bad: InvalidProgramError("no"), alone: None}.get(job.id, "together")

    together.result_of = result_of
    slot.run_next()
    assert statuses(slot.database, job_ids) == ["SUCCEEDED", "FAILED", "SUCCEEDED", "CANCELLED"]
    assert together.ran == [alone], "as if it had been claimed alone"
    assert [job_id for job_id, _, _ in together.announced] == [good, alone]
    assert all(slot.was_woken(job_id) for job_id in job_ids)
    assert executions(slot.database) == 2


def test_a_small_job_that_was_claimed_by_another_meanwhile_is_left_to_it(
    slot: Slot, together: TogetherKind
) -> None:
    lost, kept = job_ids = small_jobs(slot.database, 2)

    def result_of(job: ClaimedJob) -> str:
        if job.id == lost:
            let_lease_run_out(slot.database, job)
            reap(slot.database)
            assert claim(slot.database, lost, worker="other") is not None
        return "together"

    together.result_of = result_of
    slot.run_next()
    assert statuses(slot.database, job_ids) == ["RUNNING", "SUCCEEDED"]
    assert (together.stored, read(slot.database, lost).worker) == ([kept], "other")


def test_one_result_that_cannot_be_stored_spoils_no_other(
    slot: Slot, together: TogetherKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad, also_good = job_ids = small_jobs(slot.database, 3)
    store = together.store

    def store_unless_bad(session: Session, done: Sequence[tuple[ClaimedJob, Any]]) -> list[str]:
        if bad in [job.id for job, _ in done]:
            raise ValueError("not a column's value")
        return store(session, done)

    monkeypatch.setattr(together, "store", store_unless_bad)
    slot.run_next()
    assert statuses(slot.database, job_ids) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    assert [job_id for job_id, _, _ in together.announced] == [good, also_good]


@pytest.mark.parametrize("trouble", ["lost_commits", "lost_answers"])
def test_results_of_small_jobs_are_stored_once_through_an_outage(
    slot: Slot, together: TogetherKind, trouble: str
) -> None:
    job_ids = small_jobs(slot.database)

    def result_of(job: ClaimedJob) -> str:
        setattr(slot.database, trouble, 1)
        return "together"

    together.result_of = result_of
    slot.run_next()
    assert statuses(slot.database, job_ids) == [JobStatus.SUCCEEDED] * 4
    assert [job_id for job_id, _, _ in together.announced] == job_ids
    assert executions(slot.database) == 4


def test_small_jobs_of_a_kind_that_runs_each_alone_are_run_so(slot: Slot) -> None:
    job_ids = small_jobs(slot.database)
    while slot.run_next():
        continue
    assert slot.kind.ran == job_ids
    assert statuses(slot.database, job_ids) == [JobStatus.SUCCEEDED] * 4


def test_of_jobs_that_are_not_small_after_all_one_is_run_and_the_others_are_left_to_free_slots(
    slot: Slot, together: TogetherKind
) -> None:
    together.result_of = lambda job: None
    job_ids = small_jobs(slot.database)
    assert slot.run_next() == job_ids
    assert together.ran == job_ids[:1]
    rows = [read(slot.database, job_id) for job_id in job_ids[1:]]
    assert {(row.status, row.attempt, row.is_small) for row in rows} == {(JobStatus.QUEUED, 0, False)}
    another = queued(slot.database, caller="another", is_small=True)
    assert slot.run_next() == job_ids[1:2], "nobody has a running job: the oldest"
    assert another in [job_id for _ in range(3) for job_id in slot.run_next()]
