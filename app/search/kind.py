"""The job kind ``query``: queries that a client did not wait for, answered by a worker by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from app.errors import UnavailableError
from app.jobs import repository
from app.jobs.claiming import ClaimedJob
from app.jobs.kinds import TooCostlyError
from app.jobs.running import RunningJob
from app.models import Queue
from app.remote_calls.caller import Deadline
from app.remote_calls.server import TAKE_SECONDS
from app.search import scoring, service, shares
from app.search.quantum import process
from app.search.quantum.problem import CircuitRun, ScoringProblem
from app.search.scoring import Outcome
from app.search.service import Searcher
from app.search.specs import QueryJob
from app.simulators.errors import ProcessLostError
from app.simulators.pool import SimulatorPool

MAX_SEARCH_MS = 500.0
"""The most that a job in a slot of the search queue may take, as expected before anything is read. Queries
that requests wait for need the slot; costlier jobs belong to the heavy queue."""


@dataclass(frozen=True)
class LocalScorer:
    """Scores the pools of a job's queries, in the simulators of its own worker."""

    simulators: SimulatorPool
    running: RunningJob

    def score(
        self, problems: list[ScoringProblem], deadline: Deadline, is_required: bool = True
    ) -> list[Outcome]:
        """Score all pools, some at a time: a run that is out of time loses no more than its own.

        No other worker is waited for, so ``is_required`` makes no difference.

        Raises:
            ProcessLostError: the process died; the job is tried again.
            CancelledError: the job was stopped.
            AppError: a pool cannot be scored.
        """
        return [outcome for part in shares.parts(problems) for outcome in self._score(part, deadline)]

    def _score(self, part: list[ScoringProblem], deadline: Deadline) -> Sequence[Outcome]:
        if deadline.seconds_left <= 0:
            return [scoring.OUT_OF_TIME] * len(part)
        try:
            with self.simulators.acquire() as simulator:
                return simulator.call(
                    process.score,
                    part,
                    timeout_seconds=deadline.seconds_left,
                    on_stop=self.running.on_stop,
                    take_seconds=TAKE_SECONDS,
                )
        except TimeoutError:
            return [scoring.OUT_OF_TIME] * len(part)


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
        asked = msgspec.convert(job.spec, QueryJob)
        searcher = self.searcher.scored_by(LocalScorer(self.simulators, running).score)
        try:
            if job.queue == Queue.SEARCH and (ms := searcher.most_ms(asked)) > MAX_SEARCH_MS:
                raise TooCostlyError(f"queries of up to {ms:.0f} ms")
            reply = searcher.find(asked)
        except UnavailableError as error:
            if error.code != UnavailableError.code:
                raise  # it is about this query: out of time, or no circuit where one is required
            raise ProcessLostError(error.message) from error
        return Found(reply.whole(), reply.runs)

    def store(self, session: Session, done: Sequence[tuple[ClaimedJob, Found]]) -> list[None]:
        """Keep each answer in its job's row, and the executions of its explanations."""
        for job, found in done:
            repository.set_result(session, job.id, found.document.decode())
            service.store_runs(session, found.runs, job.owner)
        return [None] * len(done)

    def announce(self, job: ClaimedJob, found: Found, stored: None) -> bool:
        """Wake those who wait for the job; nothing else follows."""
        return True
