"""Runs circuits for Qiskit: several at once, each with its own seed, with counts by the circuit's bits."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from qiskit.circuit import QuantumCircuit

from qloom.client import Qloom
from qloom.errors import QloomError
from qloom.models.executions import Execution
from qloom.qiskit.programs import Program, to_program

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 8
"""How many requests one call sends at the same time: enough to keep the workers of a small server busy."""


@dataclass(frozen=True)
class Outcome:
    """The result of a run.

    Attributes:
        counts: the counts by the value of the circuit's classical bits; bit 0 is the lowest.
        seed: the seed of the run; 0 if nothing was measured.
        execution: the stored run; ``None`` if nothing was measured.
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
        programs = [(circuit.name, to_program(circuit)) for circuit in circuits]

        def run(item: tuple[int, tuple[str, Program]]) -> Outcome:
            index, (name, program) = item
            number = shots[index]
            if program.text is None:
                return Outcome({0: number}, number)
            with naming(name):
                execution = self.client.executions.run(
                    program=program.text, shots=number, seed=seed_of(seed, index), **self.options
                )
            return outcome(program, execution)

        return at_once(run, list(enumerate(programs)))


@contextmanager
def naming(circuit: str) -> Iterator[None]:
    """Add a note to an error: the circuit that it is about."""
    try:
        yield
    except QloomError as error:
        error.add_note(f"This is about circuit {circuit!r}.")
        raise


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
    """Return the seed of one of several circuits; the first circuit has the given seed.

    Neighbouring seeds of Aer may share shots, so the others are drawn by ``numpy.random.SeedSequence``.

    Args:
        level: the kind of things that are numbered (PUBs, groups, sweeps); seeds of different levels differ.
    """
    return seed if seed is None or index == 0 else drawn_seed(seed, *([level] if level else []), index)


def drawn_seed(seed: int, *place: int) -> int:
    """Return the seed that belongs to a seed and a place, below 2^63."""
    state = np.random.SeedSequence([seed, *place]).generate_state(1, np.uint64)[0]
    return int(state >> np.uint64(1))


def at_once(function: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """Return the results of the function for all items, in order; up to ``AT_ONCE`` run at the same time."""
    if len(items) <= 1:
        return [function(each) for each in items]
    with ThreadPoolExecutor(min(AT_ONCE, len(items))) as threads:
        return list(threads.map(function, items))


def shuffled(found: Outcome) -> "np.ndarray[Any, np.dtype[Any]]":
    """Return the outcome of each shot, shape (shots,), in a random order: counts have no order of shots."""
    values = np.array(list(found.counts), dtype=object)
    samples = np.repeat(values, list(found.counts.values()))
    np.random.default_rng(found.seed).shuffle(samples)
    return samples
