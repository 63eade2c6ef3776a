"""Scoring as a worker does it: for a waiting web process, or for a query that runs as a job here."""

import logging
from concurrent.futures import CancelledError

from redis import Redis

from app.errors import AppError
from app.jobs.running import RunningJob
from app.search import cost, scoring
from app.search.quantum import process
from app.search.quantum.problem import ScoringAnswer, ScoringProblem
from app.search.scoring import Deadline, Failure, ScoringReply
from app.simulators.errors import ProcessLostError
from app.simulators.pool import OnStop, Simulator, SimulatorPool

logger = logging.getLogger(__name__)

SHORTEST_RUN_SECONDS = 2.0
"""What a run gets at least before its process is killed: a late answer costs less than a new process."""

REPLY_EXPIRY_MS = 10_000
"""Of an answer that nobody waits for any more."""

TAKE_SECONDS = 10.0
"""How long a process may take to begin to score: it is warm, or its successor is being started (2 s); a query
waits behind it."""


class ScoringResponder:
    """Answers the messages of the search queue that ask for scores. Thread safe."""

    def __init__(self, redis: "Redis", key_prefix: str, simulators: SimulatorPool) -> None:
        self._redis = redis
        self._key_prefix = key_prefix
        self._simulators = simulators

    def answer(self, scoring_id: str) -> None:
        """Score what waits under this id, unless its query has run out of time or another worker took it."""
        key, reply_key = scoring.problem_keys(self._key_prefix, scoring_id)
        taking = self._redis.pipeline()
        taking.pttl(key)
        taking.getdel(key)
        ms_left, raw = taking.execute()
        if raw is None:
            return
        reply = self._score(scoring.decode_problems(raw), max(ms_left / 1000, SHORTEST_RUN_SECONDS))
        replying = self._redis.pipeline(transaction=False)
        replying.rpush(reply_key, scoring.encode(reply))
        replying.pexpire(reply_key, REPLY_EXPIRY_MS)
        replying.execute()

    def _score(self, problems: list[ScoringProblem], seconds: float) -> ScoringReply:
        try:
            with self._simulators.acquire() as simulator:
                return ScoringReply(_score(simulator, problems, seconds))
        except ProcessLostError as error:
            logger.warning("A simulator died while it scored candidates: %s", error)
            return ScoringReply(failure=scoring.SIMULATOR_LOST)
        except TimeoutError:
            return ScoringReply(failure=scoring.OUT_OF_TIME)
        except CancelledError:
            return ScoringReply(failure=scoring.SIMULATOR_LOST)
        except AppError as error:
            logger.warning("Candidates cannot be scored: %s", error.message)
            return ScoringReply(failure=Failure(scoring.FAULT.code, error.message))
        except Exception:
            logger.exception("Candidates could not be scored")
            return ScoringReply(failure=scoring.FAULT)


class LocalScorer:
    """Scores the pools of a query that runs as a job, in a simulator of this worker."""

    def __init__(self, simulators: SimulatorPool, running: RunningJob) -> None:
        self._simulators = simulators
        self._running = running

    def score(self, problems: list[ScoringProblem], deadline: Deadline) -> list[ScoringAnswer | Failure]:
        """Score all pools, some at a time: a run that is out of time loses no more than its own.

        Raises:
            ProcessLostError: the process died; the job is tried again.
            CancelledError: the job was stopped.
            AppError: a pool cannot be scored.
        """
        answers: list[ScoringAnswer | Failure] = []
        for part in cost.parts(problems):
            answers += self._score(part, deadline)
        return answers

    def _score(self, problems: list[ScoringProblem], deadline: Deadline) -> list[ScoringAnswer | Failure]:
        if deadline.seconds_left <= 0:
            return [scoring.OUT_OF_TIME] * len(problems)
        try:
            with self._simulators.acquire() as simulator:
                return [*_score(simulator, problems, deadline.seconds_left, self._running.on_stop)]
        except TimeoutError:
            return [scoring.OUT_OF_TIME] * len(problems)


def _score(
    simulator: Simulator, problems: list[ScoringProblem], seconds: float, on_stop: OnStop | None = None
) -> list[ScoringAnswer]:
    return simulator.call(
        process.score, problems, timeout_seconds=seconds, on_stop=on_stop, take_seconds=TAKE_SECONDS
    )
