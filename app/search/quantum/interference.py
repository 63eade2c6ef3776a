"""The interference circuit: overlaps of one query with many candidates at once.

Source: M. Schuld, M. Fingerhuth, F. Petruccione, EPL 119 (2017) 60002. The state

    (1/√2N) Σ_i |i⟩ (|0⟩|q⟩ + |1⟩|ψ_i⟩)

is prepared on an index, an ancilla and a data register; one Hadamard on the ancilla lets |q⟩ and |ψ_i⟩
interfere. Where the index is found to be i, the ancilla is then 0 with probability (1 + Re⟨q|ψ_i⟩)/2.

Under a context of weight w_i, |ψ_i⟩ = √w_i |v_i⟩ + √(1−w_i) |spare⟩: the part of other contexts is on one
more dimension, where the query is 0. The overlap is √w_i·cos(q, v_i).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.search.quantum.states import Vectors, level_ties, open_state, outcomes, qubits_for

MAX_QUBITS = 20
"""The most qubits of one circuit: 16 MiB of amplitudes, about what caches hold (22 qubits took a third longer
in all). Larger pools are scored by several circuits."""


class Layout(NamedTuple):
    """The registers: data on the lowest qubits, then the ancilla, then the index."""

    data_qubits: int
    index_qubits: int

    @property
    def num_qubits(self) -> int:
        """The qubits of the whole circuit."""
        return self.data_qubits + 1 + self.index_qubits

    @property
    def ancilla(self) -> int:
        """The qubit that interferes."""
        return self.data_qubits

    @property
    def measured(self) -> list[int]:
        """The qubits that are measured: the ancilla as the lowest bit, then the index."""
        return list(range(self.ancilla, self.num_qubits))


class PreparedState(NamedTuple):
    """The initial state of a circuit; ``amplitudes`` has the shape (2 ** num_qubits,)."""

    layout: Layout
    amplitudes: NDArray[np.complex128]
    candidates: int


class Overlaps(NamedTuple):
    """The scores of all candidates; ``num_qubits`` are those of the widest circuit."""

    scores: NDArray[np.float64]
    num_qubits: int
    circuits: int
    unseen: int  # candidates that no shot found


def overlaps(
    query: Vectors, candidates: Vectors, weights: Sequence[float] | None, shots: int | None, seed: int
) -> Overlaps:
    """Return Re⟨q|ψ_i⟩ of each candidate; ``query`` has the shape (1, dimension), both are of length 1.

    Exact probabilities give it to the precision of doubles, equal overlaps as equal numbers. With ``shots``
    (of all circuits together: each has its candidates' share, and at least one) it is estimated from sampled
    outcomes: where n shots find the index i, the error is about √((1−score²)/n), and a candidate whose index
    is never found scores 0, for nothing is known of it.
    """
    found, widest, circuits, seen, unseen = [], 0, 0, 0, 0
    for state in prepare(query, candidates, weights):
        before = seen
        seen += state.candidates
        share = None
        if shots is not None:
            share = max(1, shots * seen // len(candidates) - shots * before // len(candidates))
        measured = _measured(state, share, circuit_seed(seed, circuits))[: 2 * state.candidates].reshape(
            -1, 2
        )
        found.append(_overlap(measured))
        if shots is not None:
            unseen += int(np.count_nonzero(measured.sum(axis=1) == 0))
        widest = max(widest, state.layout.num_qubits)
        circuits += 1
    scores = np.concatenate(found)
    return Overlaps(level_ties(scores) if shots is None else scores, widest, circuits, unseen)


def prepare(query: Vectors, candidates: Vectors, weights: Sequence[float] | None) -> Iterator[PreparedState]:
    """Give the initial state of each circuit that the pool needs, its candidates in their order.

    Dimensions are padded to powers of two by amplitudes of 0, so that padding is never found.
    """
    dimension = query.shape[1]
    data_qubits = qubits_for(dimension + (weights is not None))
    at_once = 2 ** (MAX_QUBITS - 1 - data_qubits)
    for start in range(0, len(candidates), at_once):
        some = candidates[start : start + at_once]
        layout = Layout(data_qubits, qubits_for(len(some)))
        amplitudes = np.zeros((2**layout.index_qubits, 2, 2**data_qubits), dtype=np.complex128)
        scale = 1 / np.sqrt(2 * len(some))
        amplitudes[: len(some), 0, :dimension] = query * scale
        if weights is None:
            amplitudes[: len(some), 1, :dimension] = some * scale
        else:
            shares = np.asarray(weights[start : start + at_once], dtype=np.float64)
            amplitudes[: len(some), 1, :dimension] = some * (np.sqrt(shares) * scale)[:, np.newaxis]
            amplitudes[: len(some), 1, dimension] = np.sqrt(1 - shares) * scale
        yield PreparedState(layout, amplitudes.reshape(-1), len(some))


def circuit_seed(seed: int, circuit: int) -> int:
    """Return the seed of one of several circuits, far from those of the others and of neighbouring seeds."""
    return int(np.random.SeedSequence((seed, circuit)).generate_state(1, np.uint64)[0]) >> 2


def _measured(state: PreparedState, shots: int | None, seed: int) -> NDArray[np.float64]:
    """Return how often each index and ancilla is found; the state's amplitudes are used up."""
    with open_state(state.amplitudes) as machine:
        machine.apply_h(state.layout.ancilla)
        return outcomes(machine, state.layout.measured, shots, seed)


def _overlap(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return P(0|i) − P(1|i), where ``found[i, a]`` is how often the index i and the ancilla a are found."""
    total = found.sum(axis=1)
    scores = np.zeros(len(found))
    np.divide(found[:, 0] - found[:, 1], total, out=scores, where=total > 0)
    return scores
