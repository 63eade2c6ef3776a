"""One slot of a worker for tests: an engine of real parts, on a flaky database and with scripted work."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.database import Database, UnitOfWork
from app.errors import UnavailableError
from app.jobs.engine import JobEngine
from app.jobs.notifier import JobNotifier, WakeUps
from app.jobs.running import RunningJobs
from app.models import Execution
from tests.jobs.helpers import ScriptedKind


class FlakyDatabase(Database):
    """A database whose next commits raise an error, after they are carried out or before."""

    lost_answers = 0
    lost_commits = 0

    @contextmanager
    def unit_of_work(self, *, durable: bool = True) -> Iterator[UnitOfWork]:
        """Fail like a connection to a server that goes away."""
        with super().unit_of_work(durable=durable) as unit:
            yield unit
            if durable and self.lost_commits:
                self.lost_commits -= 1
                raise UnavailableError("lost before the commit")
        if durable and self.lost_answers:
            self.lost_answers -= 1
            raise UnavailableError("lost after the commit")


@dataclass
class Slot:
    """One slot of a worker, with an engine of real parts and a scripted kind."""

    database: FlakyDatabase
    notifier: JobNotifier
    wake_ups: WakeUps
    running: RunningJobs
    kind: ScriptedKind
    engine: JobEngine

    def run_next(self) -> list[UUID]:
        """Run what is next in the queue; return the ids of the claimed jobs."""
        return [job.id for job in self.engine.run_next().jobs]

    def was_woken(self, job_id: UUID) -> bool:
        """Return whether the job's waiters were woken."""
        return self.wake_ups.wait(job_id, 0.05)


def executions(database: Database) -> int:
    """Return how many executions are stored."""
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Execution)) or 0
