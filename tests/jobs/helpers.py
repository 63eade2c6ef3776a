"""Shared by the tests of jobs: rows in any state, claims, and a kind whose work is scripted."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from redis import Redis
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session, undefer

from app.database import Database
from app.jobs import claims
from app.jobs.claiming import ClaimedJob, claim_next
from app.jobs.running import RunningJob
from app.models import Execution, Job, JobStatus
from tests.executions.factories import execution_values, store_job

LEASE = timedelta(seconds=30)
DEADLINE = timedelta(seconds=60)
INTERACTIVE = "interactive"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
"""An id that no job has. It is fixed, since each process of pytest-xdist must have tests of the same
names."""
SPEC = {"circuit": "bell", "shots": 1024, "seed": 7}


def queued(database: Database, **values: Any) -> UUID:
    """Insert a job that waits for a worker."""
    return store_job(database, JobStatus.QUEUED, **values)


def claim(database: Database, job_id: UUID, queue: str = INTERACTIVE, worker: str = "w") -> ClaimedJob | None:
    """Try to claim a job in a transaction of its own; return ``None`` if it is not next in its queue."""
    with database.unit_of_work() as unit:
        return claim_this(unit.session, job_id, queue, worker)


def claim_this(
    session: Session, job_id: UUID, queue: str = INTERACTIVE, worker: str = "w"
) -> ClaimedJob | None:
    """Claim a job, which is made the first one in its queue for it; ``None`` if it is not queued there."""
    job = session.get(Job, job_id, with_for_update=True, populate_existing=True)
    if job is None or job.status != JobStatus.QUEUED:
        return None
    before = {"caller": job.caller, "queued_at": job.queued_at}
    session.execute(
        update(Job).where(Job.id == job_id).values(caller=f"!{job_id}", queued_at=text("'-infinity'"))
    )
    jobs = claim_next(session, queue, worker, LEASE, DEADLINE).jobs
    session.execute(update(Job).where(Job.id == job_id).values(before))
    return next((job for job in jobs if job.id == job_id), None)


def claimed(database: Database, **values: Any) -> ClaimedJob:
    """Insert a job and claim it."""
    job = claim(database, queued(database, **values))
    assert job is not None
    return job


def read(database: Database, job_id: UUID) -> Job:
    """Return the present row of a job."""
    with database.reading() as session:
        return session.scalars(select(Job).where(Job.id == job_id).options(undefer(Job.spec))).one()


def change(database: Database, job_id: UUID, **values: Any) -> None:
    """Set columns of a job; values may be SQL."""
    with database.unit_of_work() as unit:
        unit.session.execute(update(Job).where(Job.id == job_id).values(**values))


def seconds_ago(seconds: float) -> Any:
    """Return a past moment of PostgreSQL's clock."""
    return text(f"now() - interval '{seconds} seconds'")


def let_lease_run_out(database: Database, job: ClaimedJob) -> None:
    """Make the lease of a claim older than now."""
    change(database, job.id, lease_expires_at=seconds_ago(1))


def longest_wait_seconds(redis: "Redis") -> float:
    """Return how long one command of this client may wait for a Redis that hangs."""
    options = redis.connection_pool.connection_kwargs
    tries = 1 + options["retry"].get_retries()
    return float(tries * (options["socket_connect_timeout"] + options["socket_timeout"]))


def reap(database: Database) -> dict[UUID, JobStatus]:
    """Reap once; return the new status of each job."""
    with database.unit_of_work() as unit:
        return {each.id: each.status for each in claims.reap_expired(unit.session)}


class ScriptedKind:
    """A kind of job whose work is a function of the test; it stores an execution of ``bell``."""

    def __init__(self, work: Callable[[ClaimedJob, RunningJob], Any] | None = None) -> None:
        self.work = work or (lambda job, running: "result")
        self.ran: list[UUID] = []
        self.stored: list[UUID] = []
        self.announced: list[tuple[UUID, Any, Any]] = []

    def run(self, job: ClaimedJob, running: RunningJob) -> Any:
        """Do the test's work."""
        self.ran.append(job.id)
        return self.work(job, running)

    def store(self, session: Session, done: Sequence[tuple[ClaimedJob, Any]]) -> list[str]:
        """Insert an execution under each job's id."""
        for job, _ in done:
            session.execute(insert(Execution).values(execution_values(id=job.id)))
            self.stored.append(job.id)
        return ["stored"] * len(done)

    def announce(self, job: ClaimedJob, result: Any, stored: Any) -> bool:
        """Have the waiters woken at once."""
        self.announced.append((job.id, result, stored))
        return True
