"""Runs of circuits as Qiskit sees them: seeds, several at once, values of classical bits."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from qiskit.circuit import QuantumCircuit

from qloom.client import Qloom
from qloom.models.executions import Execution
from qloom.qiskit.programs import Program, to_program

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 8
"""Requests that one call keeps in flight: enough to keep the workers of a small server busy."""


@dataclass(frozen=True)
class Outcome:
    """What a run came to.

    Attributes:
        counts: by the value of the circuit's classical bits, bit 0 the lowest.
        seed: with which the server ran; 0 where nothing was measured.
        execution: the stored run; ``None`` where nothing was measured.
    """

    counts: dict[int, int]
    shots: int
    seed: int = 0
    execution: Execution | None = None


@dataclass(frozen=True)
class Runner:
    """Runs circuits with the same options, such as noise and method."""

    client: Qloom
    options: dict[str, Any] = field(default_factory=dict)

    def run(
        self, circuits: Iterable[QuantumCircuit], shots: Sequence[int], seed: int | None
    ) -> list[Outcome]:
        """Run circuits, several at once; each has its own seed (``seed_of``)."""
        programs = [to_program(circuit) for circuit in circuits]

        def run(item: tuple[int, Program]) -> Outcome:
            index, program = item
            number = shots[index]
            if program.text is None:
                return Outcome({0: number}, number)
            execution = self.client.executions.run(
                program=program.text, shots=number, seed=seed_of(seed, index), **self.options
            )
            return outcome(program, execution)

        return at_once(run, list(enumerate(programs)))


def outcome(program: Program, execution: Execution) -> Outcome:
    """Return a stored run in terms of the circuit's own bits."""
    return Outcome(by_value(program, execution.counts), execution.shots, execution.seed, execution)


def by_value(program: Program, counts: Mapping[str, int]) -> dict[int, int]:
    """Return counts by the value of the circuit's classical bits."""
    found: dict[int, int] = {}
    for key, count in counts.items():
        value = program.value(key)
        found[value] = found.get(value, 0) + count
    return found


def seed_of(seed: int | None, index: int, level: int = 0) -> int | None:
    """Return the seed of one of several circuits; the first has the given one.

    Neighbouring seeds of Aer may share shots, so the others are drawn by ``numpy.random.SeedSequence``.

    Args:
        level: tells apart what is counted (PUBs, groups, sweeps), so that no two of them have the same seed.
    """
    return seed if seed is None or index == 0 else drawn_seed(seed, *([level] if level else []), index)


def drawn_seed(seed: int, *place: int) -> int:
    """Return the seed that belongs to a seed and a place, below 2^63."""
    state = np.random.SeedSequence([seed, *place]).generate_state(1, np.uint64)[0]
    return int(state >> np.uint64(1))


def at_once(function: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """Return what the function gives for each item, in order."""
    if len(items) <= 1:
        return [function(each) for each in items]
    with ThreadPoolExecutor(min(AT_ONCE, len(items))) as threads:
        return list(threads.map(function, items))


def shuffled(found: Outcome) -> "np.ndarray[Any, np.dtype[Any]]":
    """Return the outcome of each shot, shape (shots,). Shots are exchangeable: their order is drawn."""
    values = np.array(list(found.counts), dtype=object)
    samples = np.repeat(values, list(found.counts.values()))
    np.random.default_rng(found.seed).shuffle(samples)
    return samples
