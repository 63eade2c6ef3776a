"""Tunneling: a continuous-time quantum walk on the pool's neighbour graph.

Source: E. Farhi, S. Gutmann, Phys. Rev. A 58 (1998) 915. A walker on the candidates starts in the
superposition of the query's similarities and evolves under exp(−iLt), L the normalised Laplacian of the graph
that joins near candidates. Where it is found, averaged over several times, ranks the pool: it reaches what is
near along the data, though far from the query in a straight line.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.search.quantum.encoding import Vectors, qubits_for
from app.search.quantum.interference import circuit_seed
from app.search.quantum.simulator import open_state

NEIGHBOURS = 8
TIMES = (1.0, 2.0, 3.0, 4.0)
FIRST_CIRCUIT = 1_000
"""The walk's circuits draw seeds of their own, past the numbers of the interference circuits."""

Matrix = NDArray[np.float64]


class Walk(NamedTuple):
    """Where the walk is found (sums to 1), the qubits of its circuits, and how many there were."""

    probabilities: NDArray[np.float64]
    num_qubits: int
    circuits: int


def walk(candidates: Vectors, similarities: NDArray[np.float64], shots: int | None, seed: int) -> Walk:
    """Run the walk once for each of ``TIMES``; with ``shots`` (for each time) its places are sampled.

    ``candidates`` are of length 1. Negative similarities count as 0; where none is positive, the walk starts
    everywhere alike.
    """
    count = len(candidates)
    qubits = max(1, qubits_for(count))
    start = start_state(similarities)
    energies, modes = np.linalg.eigh(laplacian(neighbour_graph(candidates)))
    found = np.zeros(count)
    for number, time in enumerate(TIMES):
        unitary = np.eye(2**qubits, dtype=np.complex128)
        unitary[:count, :count] = (modes * np.exp(-1j * time * energies)) @ modes.T
        found += _places(start, unitary, qubits, shots, circuit_seed(seed, FIRST_CIRCUIT + number))[:count]
    return Walk(found / found.sum(), qubits, len(TIMES))


def start_state(similarities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The amplitudes that the walk starts from."""
    positive = np.clip(similarities, 0.0, None)
    length = np.linalg.norm(positive)
    if length == 0:
        return np.full(len(positive), 1 / np.sqrt(len(positive)))
    return np.asarray(positive / length, dtype=np.float64)


def neighbour_graph(candidates: Vectors) -> Matrix:
    """The adjacency matrix that joins two candidates if one is among the other's nearest by cosine."""
    count = len(candidates)
    cosines = candidates @ candidates.T
    np.fill_diagonal(cosines, -np.inf)
    graph = np.zeros((count, count))
    nearest = min(NEIGHBOURS, count - 1)
    if nearest:
        columns = np.argsort(-cosines, axis=1, kind="stable")[:, :nearest]
        np.put_along_axis(graph, columns, 1.0, axis=1)
    return np.maximum(graph, graph.T)


def laplacian(graph: Matrix) -> Matrix:
    """The normalised Laplacian 1 − D^(−1/2) A D^(−1/2); a node without neighbours stays by itself."""
    degrees = graph.sum(axis=1)
    roots = np.divide(1.0, np.sqrt(degrees), out=np.zeros_like(degrees), where=degrees > 0)
    normalised: Matrix = np.diag((degrees > 0).astype(np.float64)) - roots[:, np.newaxis] * graph * roots
    return normalised


def _places(
    start: NDArray[np.float64],
    unitary: NDArray[np.complex128],
    qubits: int,
    shots: int | None,
    seed: int,
) -> NDArray[np.float64]:
    """The probability of each basis state after the evolution."""
    amplitudes = np.zeros(2**qubits, dtype=np.complex128)
    amplitudes[: len(start)] = start
    register = list(range(qubits))
    with open_state(amplitudes) as machine:
        machine.apply_unitary(register, unitary)
        if shots is None:
            return np.asarray(machine.probabilities(register), dtype=np.float64)
        places = np.zeros(2**qubits)
        machine.set_seed(seed)
        for outcome, count in machine.sample_counts(register, shots).items():
            places[outcome] = count / shots
        return places
