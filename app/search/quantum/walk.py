"""Tunneling: a continuous-time quantum walk on the pool's neighbour graph.

Source: E. Farhi, S. Gutmann, Phys. Rev. A 58 (1998) 915. A walker on the candidates starts in the
superposition of the query's similarities and evolves under exp(−iLt), L the normalised Laplacian of the graph
that joins near candidates. The probability of finding it at a candidate, averaged over several times, ranks
the pool. So candidates are found that are near along the data, though far from the query in a straight line.

The constants were chosen on 150 queries of scikit-learn's digits, for pools of 64 and of 256 together, from
the middle of a wide plateau; ``benchmarks/digits.py`` shows what they give on other queries.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.search.quantum.interference import circuit_seed
from app.search.quantum.states import Vectors, level_ties, open_state, outcomes, qubits_for

NEIGHBOURS = 6
EDGE_POWER = 4
"""An edge weighs the cosine to this power: near neighbours bind more than far ones."""
EDGE_FADE = 0.005
"""The difference of cosines from a candidate's last neighbour at which an edge has weight 0. A sharp limit
would choose by chance among candidates that are equally near. From 0.001 to 0.01 the precision on the digits
is the same to 0.1 points."""
START_FLOOR = 1e-6
"""Added to every start amplitude before it is normalised. Smaller differences of similarities come only from
rounding float32 numbers; then the walk starts with nearly equal amplitudes."""
TIMES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""For a pool of ``SIZE_OF_TIMES``, in units of the normalised Laplacian, whose eigenvalues are 0 to 2."""
SIZE_OF_TIMES = 256
"""The longest path in a neighbour graph grows with the logarithm of its size, and so do the times. With the
times of a large pool, the walk on a small one would no longer depend on where it started."""
FIRST_CIRCUIT = 1_000
"""The number of the walk's first circuit, which its seed is drawn from: behind the interference circuits."""

Matrix = NDArray[np.float64]


class Walk(NamedTuple):
    """Where the walk is found (sums to 1), the qubits of its circuits, and how many there were."""

    probabilities: NDArray[np.float64]
    num_qubits: int
    circuits: int


class Evolution:
    """exp(−iLt) on a register, as three gates: into the modes of L, their phases, and back.

    So one eigendecomposition serves every time. Basis states past the candidates are isolated: there the
    gates are the identity.
    """

    def __init__(self, generator: Matrix) -> None:
        """Decompose the symmetric matrix L, of as many rows as there are candidates."""
        count = len(generator)
        self.num_qubits = max(1, qubits_for(count))
        self._energies = np.zeros(2**self.num_qubits)
        modes = np.eye(2**self.num_qubits)
        self._energies[:count], modes[:count, :count] = np.linalg.eigh(generator)
        self._from_modes = modes.astype(np.complex128)
        self._to_modes = self._from_modes.T.copy()

    def places(
        self, start: NDArray[np.float64], time: float, shots: int | None, seed: int
    ) -> NDArray[np.float64]:
        """Return the probability (of ``shots``, the share) of each candidate after ``time``."""
        amplitudes = np.zeros(2**self.num_qubits, dtype=np.complex128)
        amplitudes[: len(start)] = start
        register = list(range(self.num_qubits))
        with open_state(amplitudes) as state:
            state.apply_unitary(register, self._to_modes)
            state.apply_diagonal(register, np.exp(-1j * time * self._energies))
            state.apply_unitary(register, self._from_modes)
            return outcomes(state, register, shots, seed)[: len(start)]


def walk(candidates: Vectors, similarities: NDArray[np.float64], shots: int | None, seed: int) -> Walk:
    """Run the walk once for each of its times; with ``shots`` (for each time) its places are sampled.

    ``candidates`` are of length 1.
    """
    start = start_state(similarities)
    evolution = Evolution(laplacian(neighbour_graph(candidates)))
    found = np.zeros(len(candidates))
    for number, time in enumerate(times_for(len(candidates))):
        found += evolution.places(start, time, shots, circuit_seed(seed, FIRST_CIRCUIT + number))
    probabilities = found / len(TIMES)
    if shots is None:
        probabilities = level_ties(probabilities)
    return Walk(probabilities, evolution.num_qubits, len(TIMES))


def times_for(size: int) -> list[float]:
    """Return the times at which a walk on a pool of this size is measured; with one candidate they are 0."""
    return [time * math.log2(size) / math.log2(SIZE_OF_TIMES) for time in TIMES]


def start_state(similarities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the start amplitudes of the walk: how much nearer than the pool's farthest each candidate is.

    Negative similarities count as 0. The least similarity is subtracted, since all candidates are near the
    query: else the walk would start with nearly equal amplitudes and no longer depend on the query.
    """
    positive = np.clip(similarities, 0.0, None)
    nearer = positive - positive.min() + START_FLOOR
    return np.asarray(nearer / np.linalg.norm(nearer), dtype=np.float64)


def neighbour_graph(candidates: Vectors) -> Matrix:
    """Return the weights of the graph that joins two candidates if one is among the other's nearest.

    All candidates that are as near as the last of a candidate's ``NEIGHBOURS`` are joined to it, and the
    weight of those behind fades to nothing over ``EDGE_FADE``. So the weights change continuously with the
    vectors, and equal vectors have equal edges whatever their order.
    """
    count = len(candidates)
    cosines = candidates @ candidates.T
    np.fill_diagonal(cosines, -np.inf)
    if count == 1:
        return np.zeros((1, 1))
    last = count - min(NEIGHBOURS, count - 1)
    last_neighbour = np.partition(cosines, last, axis=1)[:, last, np.newaxis]
    fading = np.clip(1.0 - (last_neighbour - cosines) / EDGE_FADE, 0.0, 1.0)
    graph = fading * np.clip(cosines, 0.0, 1.0) ** EDGE_POWER
    return np.maximum(graph, graph.T)


def laplacian(graph: Matrix) -> Matrix:
    """Return the normalised Laplacian 1 − D^(−1/2) A D^(−1/2); a node without neighbours stays by itself."""
    degrees = graph.sum(axis=1)
    is_joined = degrees > 0
    roots = np.zeros_like(degrees)
    roots[is_joined] = 1 / np.sqrt(degrees[is_joined])
    normalised: Matrix = np.diag(is_joined.astype(np.float64)) - roots[:, np.newaxis] * graph * roots
    return normalised
