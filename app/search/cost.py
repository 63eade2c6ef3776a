"""What a query is expected to cost, so that no request holds a simulator or a slot for long at a time."""

from collections.abc import Iterator, Sequence

from app.search.candidates import Mode, pool_size
from app.search.quantum.problem import ScoringProblem
from app.search.query import Query

MAX_PART_MS = 250.0
"""Of one message to a worker. A query that waits for a slot waits for a part of another request, not for all
of it. A single pool is not divided: the dearest (1,000 candidates, tunneling, 100,000 shots) takes 0.9 s."""

MAX_MESSAGE_BYTES = 8 * 1024 * 1024
"""Vectors in one message: 40 pools of 64 × 768."""

# Milliseconds on one core of a 2-core machine of 2026-11; `python -m benchmarks scoring` measures the whole.
MS_PER_AMPLITUDE = 1.2e-5
MS_PER_WALK_ELEMENT = 3.1e-4
"""Of the walk's unitary, whose rows are as many as basis states hold the pool; all its circuits together."""
MS_PER_MODE = 1.3e-7
"""Of the eigendecomposition, by the cube of the pool's size."""
MS_PER_SHOT = 1e-3
CIRCUITS_WITH_SHOTS = 6
"""The interference circuit and the walk's five times."""
MS_PER_GATE_COLUMN = 0.09
"""Of an explained circuit, by the amplitudes that its gates prepare."""
MAX_GATE_COLUMNS = 4_096
MS_PER_CANDIDATE = 0.03
MS_PER_NUMBER = 5e-5
"""Of reading a pool and ranking it."""


def cost_ms(problem: ScoringProblem) -> float:
    """About how long scoring a pool takes, in milliseconds."""
    return _circuits_ms(
        max(1, len(problem.candidates) // (4 * problem.dimension)),
        problem.dimension + (problem.weights is not None),
        problem.shots,
        tunneling=problem.tunneling,
        explain=problem.explain,
    )


def most_ms(query: Query, dimension: int) -> float:
    """About the most that answering a query takes, in milliseconds: where its pool is full."""
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


def parts(problems: Sequence[ScoringProblem]) -> Iterator[list[ScoringProblem]]:
    """The problems in their order, divided so that each part is cheap and fits one message."""
    part: list[ScoringProblem] = []
    size, cost = 0, 0.0
    for problem in problems:
        length, ms = len(problem.candidates) + len(problem.query), cost_ms(problem)
        if part and (size + length > MAX_MESSAGE_BYTES or cost + ms > MAX_PART_MS):
            yield part
            part, size, cost = [], 0, 0.0
        part.append(problem)
        size, cost = size + length, cost + ms
    if part:
        yield part


def _circuits_ms(count: int, numbers: int, shots: int | None, *, tunneling: bool, explain: bool) -> float:
    """Of ``count`` candidates with as many ``numbers`` each, that of their weight included."""
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
    """The smallest that is not below ``number``."""
    return int(1 << (number - 1).bit_length())
