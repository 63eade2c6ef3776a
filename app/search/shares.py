"""How the work of a request is divided, so that it holds no memory, simulator or slot for long at a time.

1. Pools are read in groups that fit into memory together.
2. Scoring leaves time to read the pools that are still to come.
3. The problems of a group go to a simulator in parts that are expected to be cheap.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from app.remote_calls.caller import Deadline
from app.search.candidate_queries import Mode, pool_size
from app.search.quantum.problem import ScoringProblem
from app.search.query import Query
from app.search.query_state import AskedQuery

Item = TypeVar("Item")

MAX_NUMBERS_AT_ONCE = 2_000_000
"""Numbers of the pools that are in memory together, 8 MB as float32. A single pool may be larger."""
NUMBERS_PER_CANDIDATE = 1_024
"""How many numbers the metadata and the other members of a candidate count as."""

RESERVED_FACTOR = 2.0
"""Pools differ in how long they take to be read, and so does the load."""

MAX_PART_MS = 250.0
"""The most that one message to a worker may cost, so that a query which waits for a slot waits for a part of
another request, not for all of it. A single pool is not divided: the dearest (1,000 candidates, tunneling,
100,000 shots) takes 0.9 s."""

MAX_MESSAGE_BYTES = 8 * 1024 * 1024
"""The most that the vectors in one message may take: 40 pools of 64 × 768."""

# Milliseconds on one core of a 2-core machine of 2026-11; `python -m benchmarks scoring` measures the whole.
MS_PER_AMPLITUDE = 1.2e-5
MS_PER_WALK_ELEMENT = 3.1e-4
"""Per element of the walk's unitary, which has a row for each basis state; all its circuits together."""
MS_PER_MODE = 1.3e-7
"""Milliseconds of the eigendecomposition, for each unit of the cube of the pool's size."""
MS_PER_SHOT = 1e-3
CIRCUITS_WITH_SHOTS = 6
"""The interference circuit, and the walk at each of its five times."""
MS_PER_GATE_COLUMN = 0.09
"""Milliseconds of an explained circuit, for each amplitude that its gates prepare."""
MAX_GATE_COLUMNS = 4_096
MS_PER_CANDIDATE = 0.03
MS_PER_NUMBER = 5e-5
"""Milliseconds of reading and ranking a pool, for each number, in addition to ``MS_PER_CANDIDATE``."""


def divided(items: Iterable[Item], share_of: Callable[[Item], float]) -> Iterator[list[Item]]:
    """Divide items, in their order, so that the shares of a part sum up to at most 1, or it has one item."""
    part: list[Item] = []
    total = 0.0
    for item in items:
        share = share_of(item)
        if part and total + share > 1:
            yield part
            part, total = [], 0.0
        part.append(item)
        total += share
    if part:
        yield part


def groups(asked: Iterable[AskedQuery], dimension: int) -> Iterator[list[AskedQuery]]:
    """Divide queries so that the pools of a group fit into memory together."""

    def share(each: AskedQuery) -> float:
        candidates = pool_size(Mode(each.query.mode), each.query.top_k)
        return candidates * (dimension + NUMBERS_PER_CANDIDATE) / MAX_NUMBERS_AT_ONCE

    return divided(asked, share)


class ReadingTime:
    """Divides a request's time: scoring has to leave enough for reading the pools that are still to come.

    Attributes:
        deadline: the end of the request. What scoring takes beyond its own share is added: a simulator that
            is ended for being late takes a second to end, and the pools that follow can be read all the same.
    """

    def __init__(self, deadline: Deadline, pools: int) -> None:
        self.deadline = deadline
        self._left = pools
        self._read = 0
        self._seconds = 0.0
        self._scores = True

    def add(self, seconds: float) -> None:
        """Count one pool that was read."""
        self._left, self._read, self._seconds = self._left - 1, self._read + 1, self._seconds + seconds

    def for_scoring(self) -> Deadline:
        """Return when scoring has to end: the other pools get twice their expected time after it."""
        if not self._scores:
            return Deadline(time.monotonic())
        return Deadline(self.deadline.at - RESERVED_FACTOR * self._left * self._seconds / max(1, self._read))

    def end_scoring(self) -> None:
        """Leave the other pools without scores: a worker may be busy with one that nobody waits for."""
        self._scores = False

    def scored(self, began: float, share: Deadline) -> None:
        """Note that scoring has ended which ``began`` (monotonic clock) with this share of the time."""
        late = time.monotonic() - max(began, share.at)
        if late > 0:
            self.deadline = Deadline(self.deadline.at + late)


def cost_ms(problem: ScoringProblem) -> float:
    """Return about how long scoring a pool takes, in milliseconds."""
    return _circuits_ms(
        max(1, len(problem.candidates) // (4 * problem.dimension)),
        problem.dimension + (problem.weights is not None),
        problem.shots,
        tunneling=problem.tunneling,
        explain=problem.explain,
    )


def most_ms(query: Query, dimension: int) -> float:
    """Return about the most that answering a query takes, in milliseconds: where its pool is full."""
    count = pool_size(Mode(query.mode), query.top_k)
    reading = count * (MS_PER_CANDIDATE + MS_PER_NUMBER * dimension)
    if not query.asks_quantum:
        return reading
    return reading + _circuits_ms(
        count,
        dimension + (query.context is not None),
        query.shots,
        tunneling=query.enable_tunneling,
        explain=query.explain,
    )


def parts(problems: Iterable[ScoringProblem]) -> Iterator[list[ScoringProblem]]:
    """Divide problems so that each part is cheap and fits one message."""

    def share(problem: ScoringProblem) -> float:
        size = len(problem.candidates) + len(problem.query)
        return max(size / MAX_MESSAGE_BYTES, cost_ms(problem) / MAX_PART_MS)

    return divided(problems, share)


def _circuits_ms(count: int, numbers: int, shots: int | None, *, tunneling: bool, explain: bool) -> float:
    """Return the cost of ``count`` candidates with so many ``numbers`` each, their weight included."""
    data = _power_of_two(numbers)
    cost = MS_PER_AMPLITUDE * 2 * data * count
    if tunneling:
        cost += MS_PER_WALK_ELEMENT * _power_of_two(count) ** 2 + MS_PER_MODE * count**3
    if shots is not None:
        cost += MS_PER_SHOT * shots * (CIRCUITS_WITH_SHOTS if tunneling else 1)
    if explain:
        cost += MS_PER_GATE_COLUMN * min(2 * data * _power_of_two(count), MAX_GATE_COLUMNS)
    return cost


def _power_of_two(number: int) -> int:
    """Return the smallest power of two that is not below ``number``."""
    return int(1 << (number - 1).bit_length())
