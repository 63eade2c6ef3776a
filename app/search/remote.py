"""Scoring by the workers of the search queue, as the web asks for it.

The problems go into a Redis key that expires with the query, a Celery message names the key, the answer comes
back through another key. Nothing of it is kept: a query that gets no answer in time is answered without.
"""

import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Condition
from uuid import uuid4

from app.jobs.notifier import JobNotifier
from app.jobs.worker_watch import WorkerWatch
from app.models import Queue
from app.redis.bounded import BoundedRedis, RedisAwayError
from app.search import cost, scoring
from app.search.quantum.problem import ScoringAnswer, ScoringProblem
from app.search.scoring import Deadline, Failure
from app.turns import end_turn

logger = logging.getLogger(__name__)

TASK = "score"
"""The Celery task is ``qloom.score``."""

MAX_PARTS_AT_ONCE = 2
"""Of one request. The next part is sent when an earlier one is answered, behind those of other requests, so
that requests take turns; a second one waits while the first is on its way, if both together are cheap."""

SLOWEST_FACTOR = 2.0
"""How much longer than expected a costly part may take on a busy machine (measured: mostly 1.4 to 2 times,
2.7 at worst). One that has less time is not sent: the worker would go on with it when nobody waits any more,
in a slot that other queries wait for."""


@dataclass(frozen=True)
class Sent:
    """A part that was sent, by its id, or why it was not."""

    pools: int
    cost_ms: float
    outcome: str | Failure


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
        self._turns = Condition()
        self._costly_sent = 0

    def score(self, problems: list[ScoringProblem], deadline: Deadline) -> list[ScoringAnswer | Failure]:
        """Score all pools: in one message, or in parts that take turns with those of other requests."""
        answers: list[ScoringAnswer | Failure] = []
        sent: deque[Sent] = deque()
        for part in cost.parts(problems):
            ms = sum(map(cost.cost_ms, part))
            while sent and (len(sent) == MAX_PARTS_AT_ONCE or _cost_ms(sent) + ms > cost.MAX_PART_MS):
                answers += self._answers(sent.popleft(), deadline)
            if ms > cost.MAX_PART_MS:
                answers += self._score_costly(part, ms, deadline)
            else:
                sent.append(Sent(len(part), ms, self._send(part, deadline)))
        while sent:
            answers += self._answers(sent.popleft(), deadline)
        return answers

    def _answers(self, sent: Sent, deadline: Deadline) -> list[ScoringAnswer | Failure]:
        outcome = self._receive(sent.outcome, deadline) if isinstance(sent.outcome, str) else sent.outcome
        return [outcome] * sent.pools if isinstance(outcome, Failure) else outcome

    def _score_costly(
        self, part: list[ScoringProblem], ms: float, deadline: Deadline
    ) -> list[ScoringAnswer | Failure]:
        """Score a part in its turn: those of all requests together leave one slot to cheap ones, if there are
        several slots.
        """
        slots = self._watch.slots()
        if not slots:
            return [scoring.NO_WORKER] * len(part)
        latest = Deadline(deadline.at - SLOWEST_FACTOR * ms / 1000)
        with self._turns:
            if latest.seconds_left <= 0 or not self._turns.wait_for(
                lambda: self._costly_sent < max(1, slots - 1), latest.seconds_left
            ):
                return [scoring.OUT_OF_TIME] * len(part)
            self._costly_sent += 1
        try:
            sent = Sent(len(part), ms, self._send(part, deadline))
            answers = self._answers(sent, deadline)
        finally:
            with self._turns:
                self._costly_sent -= 1
                self._turns.notify_all()
        is_late = isinstance(sent.outcome, str) and scoring.OUT_OF_TIME in answers
        return [scoring.LATE] * len(part) if is_late else answers

    def _send(self, problems: list[ScoringProblem], deadline: Deadline) -> str | Failure:
        """Send one message; its id."""
        if not self._watch.slots():
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

    def _receive(self, scoring_id: str, deadline: Deadline) -> list[ScoringAnswer | Failure] | Failure:
        _, reply_key = scoring.problem_keys(self._key_prefix, scoring_id)
        end_turn()
        try:
            raw = self._redis.wait_for_element(reply_key, deadline.seconds_left)
        except RedisAwayError as error:
            return self._away(error, deadline)
        if raw is None:
            return scoring.OUT_OF_TIME
        reply = scoring.decode_reply(raw)
        return reply.failure or [*reply.answers]

    @staticmethod
    def _away(error: RedisAwayError, deadline: Deadline) -> Failure:
        if deadline.seconds_left <= 0:
            return scoring.OUT_OF_TIME
        logger.warning("Queries are answered without circuits: %s", error)
        return scoring.REDIS_AWAY


def _cost_ms(sent: Iterable[Sent]) -> float:
    return sum(each.cost_ms for each in sent)
