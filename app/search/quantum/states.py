"""Quantum states of vectors: their amplitudes, Aer's state vector that holds them, and what is found in it.

``AerSimulator.run`` copies an initial state amplitude by amplitude (64 candidates of 768 dimensions: 5–8 ms
of 8). Aer's state interface, on which its ``AerStatevector`` stands, takes the array itself and runs the same
gates on it (0.7 ms). A test holds the two against each other.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from qiskit_aer.quantum_info.states.aer_state import AerState

from app.errors import InvalidInputError

Vectors = NDArray[np.float64]

TIE = 1e-12
"""Exact probabilities and overlaps are right to about 1e-15; what is nearer than this is a tie."""


def unit_vectors(data: bytes, dimension: int) -> Vectors:
    """Return the vectors in ``data``, one after the other as big-endian float32, each brought to length 1.

    The answer's shape is (number of vectors, dimension), in double precision.

    Raises:
        InvalidInputError: ``data`` is not whole vectors, or one of them is zero or not finite.
    """
    if len(data) % (4 * dimension):
        raise InvalidInputError(f"{len(data)} bytes are no whole float32 vectors of dimension {dimension}")
    vectors = np.frombuffer(data, dtype=">f4").astype(np.float64).reshape(-1, dimension)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    if not np.all(np.isfinite(lengths) & (lengths > 0)):
        raise InvalidInputError("a vector is zero or not finite, so it is no quantum state")
    vectors /= lengths[:, np.newaxis]
    return vectors


def qubits_for(states: int) -> int:
    """Return how many qubits hold that many basis states: ⌈log2 states⌉."""
    return (states - 1).bit_length()


@contextmanager
def open_state(amplitudes: NDArray[np.complex128]) -> Iterator[AerState]:
    """Open a register in this state, to which gates are applied; its memory is the array's, which changes.

    Its threads are those that the process's starter granted to OpenMP.
    """
    state = AerState(
        method="statevector",
        device=os.environ.get("AER_DEVICE", "CPU"),
        precision="double",
        max_parallel_threads=os.environ.get("OMP_NUM_THREADS", "1"),
    )
    state.initialize(amplitudes, copy=False)
    try:
        yield state
    finally:
        state.close()


def outcomes(state: AerState, qubits: Sequence[int], shots: int | None, seed: int) -> NDArray[np.float64]:
    """Return the probability of each basis state of some qubits, the first of them being the lowest bit.

    With ``shots`` the share of each in that many sampled outcomes. The shape is (2 ** number of qubits,).
    """
    if shots is None:
        return np.asarray(state.probabilities(qubits), dtype=np.float64)
    shares = np.zeros(2 ** len(qubits))
    state.set_seed(seed)
    counts = state.sample_counts(qubits, shots)
    shares[list(counts.keys())] = list(counts.values())
    return shares / shots


def level_ties(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values, where those in a chain of neighbours at most ``TIE`` apart all are the chain's mean.

    Those within ``TIE`` of 0 are 0.
    """
    order = np.argsort(values)
    is_first = np.diff(values[order], prepend=-np.inf) > TIE
    chain = np.cumsum(is_first) - 1
    means = np.bincount(chain, weights=values[order]) / np.bincount(chain)
    means[np.abs(means) <= TIE] = 0.0
    levelled = np.empty_like(values)
    levelled[order] = means[chain]
    return levelled
