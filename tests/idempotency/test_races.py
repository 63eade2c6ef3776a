"""Repeats of one idempotent request that come at the same moment make one job."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, insert, select, update

from app.database import Database
from app.errors import ConflictError
from app.idempotency import keys as idempotency
from app.idempotency.keys import IdempotentRequest
from app.models import IdempotencyKey, Job, JobStatus
from tests.databases import waiting_for_rows
from tests.executions.factories import job_values
from tests.jobs.helpers import change, seconds_ago
from tests.stack import wait_until

RIVALS = 4
KEPT = timedelta(hours=24)
REQUEST = IdempotentRequest("anonymous", "k", b"fingerprint")


def submit(database: Database) -> bool:
    """Do what a request with the key does in its transaction; return whether it made a job."""
    job_id = uuid4()
    try:
        with database.unit_of_work() as unit:
            assert idempotency.claim_key(unit.session, REQUEST, job_id) is None
            unit.session.execute(insert(Job).values(job_values(JobStatus.QUEUED, id=job_id)))
    except ConflictError:
        return False  # another one with the same key is in flight
    return True


def first_job(database: Database) -> UUID:
    """Return the id of the first request's job."""
    assert submit(database)
    with database.reading() as session:
        return session.scalars(select(Job.id)).one()


@pytest.mark.parametrize("past", ["cancelled", "expired"])
def test_repeats_that_wait_for_each_other_make_one_job(database: Database, past: str) -> None:
    change(database, first_job(database), status=JobStatus.CANCELLED)
    if past == "expired":
        with database.unit_of_work() as unit:
            unit.session.execute(update(IdempotencyKey).values(created_at=seconds_ago(25 * 3600)))
    with ThreadPoolExecutor(RIVALS) as pool:
        with database.unit_of_work() as unit:
            unit.session.execute(select(IdempotencyKey).with_for_update())
            rivals = [pool.submit(submit, database) for _ in range(RIVALS)]
            wait_until(lambda: waiting_for_rows(database) == RIVALS, what="the rivals at the locked key")
        assert sorted(rival.result() for rival in rivals) == [False] * (RIVALS - 1) + [True]
    with database.reading() as session:
        in_flight = select(func.count()).select_from(Job).where(Job.status == JobStatus.QUEUED)
        assert session.scalar(in_flight) == 1
