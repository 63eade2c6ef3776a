"""The job kind ``query``: queries that a client did not wait for, answered by a worker by itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from app.errors import UnavailableError
from app.jobs import repository
from app.jobs.claims import ClaimedJob
from app.jobs.engine import TooCostlyError
from app.jobs.running import RunningJob
from app.models import Queue
from app.search import service
from app.search.quantum.problem import CircuitRun
from app.search.service import Searcher
from app.search.specs import QueryJob
from app.search.worker_scoring import LocalScorer
from app.simulators.errors import ProcessLostError
from app.simulators.pool import SimulatorPool

MAX_SEARCH_MS = 500.0
"""Of a job in a slot of the search queue, as expected before anything is read: the queries that requests wait
for need the slot. Costlier jobs belong to the heavy queue."""


@dataclass(frozen=True)
class Found:
    """An answer as JSON; ``runs`` are the circuits that explain it, by the ids that their executions get."""

    document: bytes
    runs: Mapping[UUID, CircuitRun]


@dataclass(frozen=True)
class QueryKind:
    """Answers queries with the simulators of this worker; the answer becomes the job's result.

    The executions of explanations are stored in the transaction that ends the job: an attempt that dies
    before it leaves none behind.
    """

    simulators: SimulatorPool
    searcher: Searcher

    def run(self, job: ClaimedJob, running: RunningJob) -> Found:
        """Answer the queries.

        Raises:
            AppError: they cannot be answered, or not in their time.
            TooCostlyError: they take too long for a slot of the search queue.
            ProcessLostError: a simulator died, or PostgreSQL was away; another attempt may succeed.
        """
        try:
            return self._answer(job, running)
        except UnavailableError as error:
            if error.code != UnavailableError.code:
                raise  # it is about this query: out of time, or no circuit where one is required
            raise ProcessLostError(error.message) from error

    def _answer(self, job: ClaimedJob, running: RunningJob) -> Found:
        spec = msgspec.convert(job.spec, QueryJob)
        if job.queue == Queue.SEARCH and (ms := self.searcher.most_ms(spec)) > MAX_SEARCH_MS:
            raise TooCostlyError(f"queries of up to {ms:.0f} ms")
        found = self.searcher.scored_by(LocalScorer(self.simulators, running).score).find(spec)
        return Found(found.whole(), found.runs)

    def store(self, session: Session, job: ClaimedJob, found: Found) -> None:
        """Keep the answer in the job's row, and the executions of its explanations."""
        repository.set_result(session, job.id, found.document.decode())
        service.store_runs(session, found.runs, job.owner)

    def announce(self, job: ClaimedJob, found: Found, stored: None, wake: Callable[[], None]) -> None:
        """Nothing follows but the waiters' waking."""
        wake()
