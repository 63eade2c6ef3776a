"""Aer's state vector, fed without copying.

``AerSimulator.run`` copies an initial state amplitude by amplitude (64 candidates of 768 dimensions: 5–8 ms
of 8); Aer's state interface, on which its ``AerStatevector`` stands, takes the array itself and runs the same
gates on it (0.7 ms). A test holds the two against each other.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from qiskit_aer.quantum_info.states.aer_state import AerState


@contextmanager
def open_state(amplitudes: NDArray[np.complex128]) -> Iterator[AerState]:
    """A register in this state, to which gates are applied; its memory is the array's, which changes.

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
    """The probability of each basis state of some qubits, the first of them being the lowest bit.

    With ``shots`` the share of each in that many sampled outcomes. The shape is (2 ** number of qubits,).
    """
    if shots is None:
        return np.asarray(state.probabilities(qubits), dtype=np.float64)
    shares = np.zeros(2 ** len(qubits))
    state.set_seed(seed)
    counts = state.sample_counts(qubits, shots)
    shares[list(counts.keys())] = list(counts.values())
    return shares / shots
