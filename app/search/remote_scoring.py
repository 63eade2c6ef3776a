"""Scoring by the workers of the search queue, as the web asks for it."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Condition

from app.remote_calls.caller import CallFailure, Deadline, FailureReason, RemoteCaller
from app.search import scoring, shares
from app.search.quantum.problem import ScoringProblem, ScoringResult
from app.search.scoring import NOT_TAKEN, Failure, Outcome

MAX_PARTS_AT_ONCE = 2
"""Of one request. The next part is sent when an earlier one has its reply, behind those of other requests, so
that requests take turns. A second part waits while the first is on its way, if both together are cheap."""

SLOWEST_FACTOR = 2.0
"""How much longer than expected a costly part may take on a busy machine (measured: mostly 1.4 to 2 times,
2.7 at worst). One that has less time is not sent: the worker would go on with it when nobody waits any more,
in a slot that other queries wait for."""


@dataclass(frozen=True)
class SentPart:
    """Some pools that were sent in one call, with its id; or why they were not sent."""

    pools: int
    cost_ms: float
    call: str | CallFailure


class RemoteScorer:
    """Has pools scored by workers. Thread safe."""

    def __init__(self, caller: RemoteCaller[list[ScoringProblem], list[ScoringResult]]) -> None:
        self._caller = caller
        self._slots = Condition()
        self._costly_parts = 0

    def score(
        self, problems: list[ScoringProblem], deadline: Deadline, is_required: bool = False
    ) -> list[Outcome]:
        """Score all pools: in one call, or in parts that take turns with those of other requests.

        Unless scores are required, no part is sent after one that no worker took.
        """
        outcomes: list[Outcome] = []
        sent: deque[SentPart] = deque()
        for part in shares.parts(problems):
            ms = sum(map(shares.cost_ms, part))
            while sent and (len(sent) == MAX_PARTS_AT_ONCE or _cost_ms(sent) + ms > shares.MAX_PART_MS):
                outcomes += self._receive(sent.popleft(), deadline, is_required)
            if NOT_TAKEN in outcomes:
                sent.append(SentPart(len(part), 0.0, CallFailure(FailureReason.NO_WORKER, NOT_TAKEN.message)))
            elif ms > shares.MAX_PART_MS:
                outcomes += self._score_costly(part, ms, deadline, is_required)
            else:
                sent.append(SentPart(len(part), ms, self._caller.send(part, deadline)))
        while sent:
            outcomes += self._receive(sent.popleft(), deadline, is_required)
        return outcomes

    def _receive(self, part: SentPart, deadline: Deadline, is_required: bool) -> list[Outcome]:
        received = self._caller.receive(part.call, deadline, can_do_without=not is_required)
        if isinstance(received, CallFailure):
            failure = scoring.FAILURES[received.reason]
            return [Failure(failure.code, received.detail or failure.message)] * part.pools
        return [*received]

    def _score_costly(
        self, part: list[ScoringProblem], ms: float, deadline: Deadline, is_required: bool
    ) -> list[Outcome]:
        """Score a part in its turn.

        The costly parts of all requests together leave one slot to cheap ones, if there are several slots.
        """
        slots = self._caller.watch.slots()
        if not slots:
            return [scoring.NO_WORKER] * len(part)
        latest = Deadline(deadline.at - SLOWEST_FACTOR * ms / 1000)
        with self._slots:
            if latest.seconds_left <= 0 or not self._slots.wait_for(
                lambda: self._costly_parts < max(1, slots - 1), latest.seconds_left
            ):
                return [scoring.OUT_OF_TIME] * len(part)
            self._costly_parts += 1
        try:
            sent = SentPart(len(part), ms, self._caller.send(part, deadline))
            outcomes = self._receive(sent, deadline, is_required)
        finally:
            with self._slots:
                self._costly_parts -= 1
                self._slots.notify_all()
        is_late = isinstance(sent.call, str) and scoring.OUT_OF_TIME in outcomes
        return [scoring.LATE] * len(part) if is_late else outcomes


def _cost_ms(parts: Iterable[SentPart]) -> float:
    return sum(each.cost_ms for each in parts)
