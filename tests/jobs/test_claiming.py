"""Which jobs a worker claims next: in turn between callers, and small ones together."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest

from app.database import Database
from app.jobs.claiming import Claim, claim_next
from app.models import JobStatus
from tests.jobs.helpers import DEADLINE, INTERACTIVE, LEASE, change, queued, read, seconds_ago

MOST = 4


def claim(database: Database, most: int = 1, queue: str = INTERACTIVE) -> Claim:
    """Claim what is next, in a transaction of its own."""
    with database.unit_of_work() as unit:
        return claim_next(unit.session, queue, "w", LEASE, DEADLINE, most)


def ids(claimed: Claim) -> list[UUID]:
    """Return the ids of what was claimed, in order."""
    return [job.id for job in claimed.jobs]


def queue_up(database: Database, caller: str, number: int, age: float, **values: object) -> list[UUID]:
    """Queue jobs of a caller, the oldest first, the first of them ``age`` seconds old."""
    return [
        queued(database, caller=caller, queued_at=seconds_ago(age - each / 100), **values)
        for each in range(number)
    ]


def test_an_empty_queue_has_nothing(database: Database) -> None:
    queued(database, queue="heavy")
    assert claim(database) == Claim([], are_more=False)


def test_of_one_callers_jobs_the_oldest_is_next(database: Database) -> None:
    job_ids = queue_up(database, "a", 3, age=9)
    assert [ids(claim(database)) for _ in range(4)] == [[job_ids[0]], [job_ids[1]], [job_ids[2]], []]


def test_it_says_whether_others_wait(database: Database) -> None:
    queue_up(database, "a", 2, age=9)
    assert [claim(database).are_more for _ in range(3)] == [True, False, False]


def test_the_caller_with_the_fewest_running_jobs_is_next(database: Database) -> None:
    many = queue_up(database, "many", 50, age=90)
    few = queue_up(database, "few", 2, age=5)
    assert ids(claim(database)) == [many[0]], "nobody has any: the oldest is first"
    assert [ids(claim(database))[0] for _ in range(4)] == [few[0], many[1], few[1], many[2]]


def test_running_jobs_of_other_queues_count_too(database: Database) -> None:
    busy = queue_up(database, "busy", 1, age=90)
    queue_up(database, "busy", 1, age=99, queue="heavy")
    assert len(ids(claim(database, queue="heavy"))) == 1
    fresh = queue_up(database, "fresh", 1, age=1)
    assert [ids(claim(database)) for _ in range(2)] == [fresh, busy]


def test_jobs_that_have_ended_do_not_count(database: Database) -> None:
    first, second = queue_up(database, "a", 2, age=90)
    other = queue_up(database, "b", 1, age=5)
    assert ids(claim(database)) == [first]
    change(database, first, status=JobStatus.SUCCEEDED)
    assert [ids(claim(database)) for _ in range(2)] == [[second], other]


def test_small_jobs_are_claimed_together_in_turn_between_callers(database: Database) -> None:
    many = queue_up(database, "many", 50, age=90, is_small=True)
    few = queue_up(database, "few", 2, age=5, is_small=True)
    assert ids(claim(database, MOST)) == [many[0], few[0], many[1], few[1]]
    assert ids(claim(database, MOST)) == many[2:6]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([False, True, True], [[0], [1, 2], []]),
        ([True, False, True], [[0, 2], [1], []]),
        ([True, True, False], [[0, 1], [2], []]),
        ([False, False, True], [[0], [1], [2]]),
    ],
)
def test_a_job_that_is_not_small_is_claimed_alone(
    database: Database, sizes: Sequence[bool], expected: list[list[int]]
) -> None:
    job_ids = [
        queue_up(database, "a", 1, age=9 - number, is_small=is_small)[0]
        for number, is_small in enumerate(sizes)
    ]
    claims = [ids(claim(database, MOST)) for _ in expected]
    assert claims == [[job_ids[number] for number in group] for group in expected]


@pytest.mark.parametrize("is_small", [True, False])
def test_a_job_that_another_worker_is_claiming_is_passed_over(database: Database, is_small: bool) -> None:
    first, second = queue_up(database, "a", 2, age=9, is_small=is_small)
    with database.unit_of_work() as other:
        held = claim_next(other.session, INTERACTIVE, "other", LEASE, DEADLINE)
        assert ids(held) == [first]
        assert ids(claim(database, MOST)) == [second]
        assert claim(database, MOST) == Claim([], are_more=True), "the other may not commit"
    assert claim(database, MOST) == Claim([], are_more=False)


def test_workers_that_claim_at_the_same_time_share_the_jobs(database: Database) -> None:
    job_ids = [
        job_id
        for caller in ("a", "b", "c")
        for job_id in queue_up(database, caller, 20, age=9, is_small=caller != "b")
    ]
    workers = 8
    start = Barrier(workers)

    def work(_: int) -> list[UUID]:
        start.wait(60)
        mine: list[UUID] = []
        while (claimed := claim(database, MOST)).jobs or claimed.are_more:
            mine += ids(claimed)
        return mine

    with ThreadPoolExecutor(workers) as pool:
        shares = list(pool.map(work, range(workers)))
    assert sorted(job_id for share in shares for job_id in share) == sorted(job_ids)
    rows = [read(database, job_id) for job_id in job_ids]
    assert {(row.status, row.attempt) for row in rows} == {(JobStatus.RUNNING, 1)}
    assert len({row.claim_token for row in rows}) == len(job_ids)
