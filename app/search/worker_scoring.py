"""Scoring for a query that runs as a job, in the simulators of its own worker."""

from dataclasses import dataclass

from app.jobs.running import RunningJob
from app.remote_calls.caller import Deadline
from app.remote_calls.responder import TAKE_SECONDS
from app.search import scoring, shares
from app.search.quantum import process
from app.search.quantum.problem import ScoringProblem
from app.search.scoring import Outcome
from app.simulators.pool import SimulatorPool


@dataclass(frozen=True)
class LocalScorer:
    """Scores the pools of a job's queries."""

    simulators: SimulatorPool
    running: RunningJob

    def score(self, problems: list[ScoringProblem], deadline: Deadline) -> list[Outcome]:
        """Score all pools, some at a time: a run that is out of time loses no more than its own.

        Raises:
            ProcessLostError: the process died; the job is tried again.
            CancelledError: the job was stopped.
            AppError: a pool cannot be scored.
        """
        outcomes: list[Outcome] = []
        for part in shares.parts(problems):
            outcomes += self._score(part, deadline)
        return outcomes

    def _score(self, part: list[ScoringProblem], deadline: Deadline) -> list[Outcome]:
        if deadline.seconds_left <= 0:
            return [scoring.OUT_OF_TIME] * len(part)
        try:
            with self.simulators.acquire() as simulator:
                return [
                    *simulator.call(
                        process.score,
                        part,
                        timeout_seconds=deadline.seconds_left,
                        on_stop=self.running.on_stop,
                        take_seconds=TAKE_SECONDS,
                    )
                ]
        except TimeoutError:
            return [scoring.OUT_OF_TIME] * len(part)
