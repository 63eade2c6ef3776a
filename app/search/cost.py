"""What scoring a pool is expected to cost, so that no request holds a simulator for long at a time."""

from collections.abc import Iterator, Sequence

from app.search.quantum.problem import ScoringProblem

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


def cost_ms(problem: ScoringProblem) -> float:
    """About how long scoring a pool takes, in milliseconds."""
    count = max(1, len(problem.candidates) // (4 * problem.dimension))
    data = _power_of_two(problem.dimension + (problem.weights is not None))
    cost = MS_PER_AMPLITUDE * 2 * data * count
    if problem.tunneling:
        cost += MS_PER_WALK_ELEMENT * _power_of_two(count) ** 2 + MS_PER_MODE * count**3
    if problem.shots is not None:
        cost += MS_PER_SHOT * problem.shots * (CIRCUITS_WITH_SHOTS if problem.tunneling else 1)
    if problem.explain:
        cost += MS_PER_GATE_COLUMN * min(2 * data * _power_of_two(count), MAX_GATE_COLUMNS)
    return cost


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


def _power_of_two(number: int) -> int:
    """The smallest that is not below ``number``."""
    return int(1 << (number - 1).bit_length())
