"""The job kind ``query``: queries that a client did not wait for, answered by a worker by itself."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from sqlalchemy.orm import Session

from app.errors import UnavailableError
from app.jobs import repository
from app.jobs.claims import ClaimedJob
from app.jobs.engine import ProcessLostError
from app.jobs.running import RunningJob
from app.search.desk import LocalScorer, ScoringBench
from app.search.service import Searcher
from app.search.specs import QueryJob


@dataclass(frozen=True)
class QueryKind:
    """Answers queries with the simulators of this worker; the answer becomes the job's result."""

    bench: ScoringBench
    searcher: Searcher

    def run(self, job: ClaimedJob, running: RunningJob) -> bytes:
        """Answer the queries.

        Raises:
            AppError: they cannot be answered, or not in their time.
            TooCostlyError: their circuits take too long for the search queue.
            ProcessLostError: a simulator died, or PostgreSQL was away; another attempt may succeed.
        """
        try:
            return self._answer(job, running)
        except UnavailableError as error:
            if error.code != UnavailableError.code:
                raise  # it is about this query: out of time, or no circuit where one is required
            raise ProcessLostError(error.message) from error

    def _answer(self, job: ClaimedJob, running: RunningJob) -> bytes:
        spec = msgspec.convert(job.spec, QueryJob)
        searcher = self.searcher.scored_by(LocalScorer(self.bench, running))
        if spec.is_batch:
            return searcher.answer_batch(spec.queries, job.owner).whole()
        return searcher.answer(spec.queries[0], job.owner).whole()

    def store(self, session: Session, job: ClaimedJob, answer: bytes) -> None:
        """Keep the answer in the job's row."""
        repository.set_result(session, job.id, answer.decode())

    def announce(self, job: ClaimedJob, answer: bytes, stored: None, wake: Callable[[], None]) -> None:
        """Nothing follows but the waiters' waking."""
        wake()
