"""Scoring by the workers of the search queue, as the web asks for it.

The problems go into a Redis key that expires with the query, a Celery message names the key, the answer comes
back through another key. Nothing of it is kept: a query that gets no answer in time is answered without.
"""

import logging
from collections import deque
from uuid import uuid4

from app.jobs.notifier import JobNotifier
from app.jobs.worker_watch import WorkerWatch
from app.models import Queue
from app.redis.bounded import BoundedRedis, RedisAwayError
from app.search import cost, scoring
from app.search.quantum.problem import ScoringAnswer, ScoringProblem
from app.search.scoring import Deadline, Failure

logger = logging.getLogger(__name__)

TASK = "score"
"""The Celery task is ``qloom.score``."""

MAX_PARTS_AT_ONCE = 2
"""Of one request. The next part is sent when an earlier one is answered, behind those of other requests, so
that requests take turns; a second one waits while the first is on its way. Costly parts go one at a time: two
would hold the two slots of a search worker."""


class RemoteScorer:
    """Has pools scored by a worker. Thread safe.

    Args:
        max_waiting: messages in the queue above which none is added.
    """

    def __init__(
        self,
        redis: BoundedRedis,
        notifier: JobNotifier,
        key_prefix: str,
        max_waiting: int,
        watch: WorkerWatch,
    ) -> None:
        self._redis = redis
        self._notifier = notifier
        self._key_prefix = key_prefix
        self._max_waiting = max_waiting
        self._watch = watch

    def score(self, problems: list[ScoringProblem], deadline: Deadline) -> list[ScoringAnswer | Failure]:
        """Score all pools: in one message, or in parts that take turns with those of other requests."""
        answers: list[ScoringAnswer | Failure] = []
        sent: deque[tuple[int, str | Failure]] = deque()
        sent_ms: deque[float] = deque()
        for part in cost.parts(problems):
            part_ms = sum(map(cost.cost_ms, part))
            while sent and (len(sent) == MAX_PARTS_AT_ONCE or sum(sent_ms) + part_ms > cost.MAX_PART_MS):
                sent_ms.popleft()
                answers += self._answers(*sent.popleft(), deadline)
            sent.append((len(part), self._send(part, deadline)))
            sent_ms.append(part_ms)
        while sent:
            answers += self._answers(*sent.popleft(), deadline)
        return answers

    def _answers(
        self, expected: int, sent: str | Failure, deadline: Deadline
    ) -> list[ScoringAnswer | Failure]:
        return self._receive(sent, expected, deadline) if isinstance(sent, str) else [sent] * expected

    def _send(self, problems: list[ScoringProblem], deadline: Deadline) -> str | Failure:
        """Send one message; its id."""
        if not self._watch.has_live_worker():
            return scoring.NO_WORKER
        if (ms_left := deadline.ms_left) < 1:
            return scoring.OUT_OF_TIME
        scoring_id = uuid4()
        key, _ = scoring.problem_keys(self._key_prefix, str(scoring_id))
        try:
            waiting = self._redis.ask(
                ("LLEN", self._key_prefix + Queue.SEARCH),
                ("SET", key, scoring.encode(problems), "PX", ms_left),
                seconds=deadline.seconds_left,
            )[0]
            if waiting >= self._max_waiting:
                self._redis.tell(("DEL", key), seconds=deadline.seconds_left)
                return scoring.QUEUE_FULL
        except RedisAwayError as error:
            return self._away(error, deadline)
        if not self._notifier.notify(scoring_id, TASK, Queue.SEARCH, is_awaited=True):
            return scoring.REDIS_AWAY
        return str(scoring_id)

    def _receive(self, scoring_id: str, expected: int, deadline: Deadline) -> list[ScoringAnswer | Failure]:
        _, reply_key = scoring.problem_keys(self._key_prefix, scoring_id)
        try:
            raw = self._redis.wait_for_element(reply_key, deadline.seconds_left)
        except RedisAwayError as error:
            return [self._away(error, deadline)] * expected
        if raw is None:
            return [scoring.OUT_OF_TIME] * expected
        reply = scoring.decode_reply(raw)
        if reply.failure is not None:
            return [reply.failure] * expected
        return [*reply.answers]

    @staticmethod
    def _away(error: RedisAwayError, deadline: Deadline) -> Failure:
        if deadline.seconds_left <= 0:
            return scoring.OUT_OF_TIME
        logger.warning("Queries are answered without circuits: %s", error)
        return scoring.REDIS_AWAY
