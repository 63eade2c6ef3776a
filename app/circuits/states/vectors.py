"""State vectors in numpy: gates, projections and reduced states.

A vector is flat and contiguous; qubit q is bit q of the index, as in Qiskit. For the methods see
M. A. Nielsen, I. L. Chuang, Quantum Computation and Quantum Information (2010), chapters 2 and 8.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.complex128]
Matrix = NDArray[np.complex128]

FEW_ROWS = 4

SMALLEST_PROBABILITY = 1e-12
"""Outcomes below this probability are rounding errors."""


def zero_state(num_qubits: int) -> Vector:
    """Return the state in which all qubits are 0."""
    state = np.zeros(1 << num_qubits, complex)
    state[0] = 1.0
    return state


def transformed(state: Vector, matrix: Matrix, qubits: Sequence[int]) -> Vector:
    """Return the state after a gate; the first of ``qubits`` is the least significant bit of the matrix."""
    if len(qubits) == 1:
        v = state.reshape(-1, 2, 1 << qubits[0])
        out = np.empty_like(v)
        np.multiply(v[:, 0], matrix[0, 0], out=out[:, 0])
        np.multiply(v[:, 1], matrix[1, 1], out=out[:, 1])
        if matrix[0, 1] or matrix[1, 0]:
            out[:, 0] += matrix[0, 1] * v[:, 1]
            out[:, 1] += matrix[1, 0] * v[:, 0]
        return out.reshape(-1)
    size, count = len(state).bit_length() - 1, len(qubits)
    axes = [size - 1 - qubit for qubit in reversed(qubits)]
    tensor = state.reshape((2,) * size)
    gate = matrix.reshape((2,) * (2 * count))
    moved = np.tensordot(gate, tensor, axes=(range(count, 2 * count), axes))
    return np.ascontiguousarray(np.moveaxis(moved, range(count), axes)).reshape(-1)


def projected(state: Vector, qubit: int, value: int) -> tuple[float, Vector]:
    """Return the probability that a qubit is measured as ``value``, and the state after that.

    The state is a zero vector if the probability is below ``SMALLEST_PROBABILITY``.
    """
    kept = np.zeros_like(state).reshape(-1, 2, 1 << qubit)
    kept[:, value] = state.reshape(kept.shape)[:, value]
    flat = kept.reshape(-1)
    probability = float(np.vdot(flat, flat).real)
    if probability < SMALLEST_PROBABILITY:
        return probability, np.zeros_like(state)
    return probability, flat / np.sqrt(probability)


def flipped(state: Vector, qubit: int) -> Vector:
    """Return the state after an X on a qubit."""
    return np.ascontiguousarray(state.reshape(-1, 2, 1 << qubit)[:, ::-1]).reshape(-1)


def bloch_vector(state: Vector, qubit: int) -> NDArray[np.float64]:
    """Return the expectation values of X, Y and Z of a qubit."""
    v = state.reshape(-1, 2, 1 << qubit)
    zero, one = v[:, 0], v[:, 1]
    coherence = complex(np.einsum("ij,ij->", one.conj(), zero))
    z = np.einsum("ij,ij->", zero.conj(), zero).real - np.einsum("ij,ij->", one.conj(), one).real
    return np.array([2 * coherence.real, -2 * coherence.imag, float(z)])


def grouped(state: Vector, qubits: Sequence[int]) -> Matrix:
    """Return the amplitudes as a matrix with one row for each value of ``qubits``.

    The first qubit is the least significant bit of the value. The matrix times its adjoint is the reduced
    density matrix of the qubits.
    """
    size = len(state).bit_length() - 1
    axes = [size - 1 - qubit for qubit in reversed(qubits)]
    moved = np.moveaxis(state.reshape((2,) * size), axes, range(len(axes)))
    return np.ascontiguousarray(moved).reshape(1 << len(qubits), -1)


def gram(rows: Matrix) -> Matrix:
    """Return rows times their adjoint. For few long rows, dot products take a tenth of the time."""
    if len(rows) > FEW_ROWS:
        return np.asarray(rows @ rows.conj().T)
    found = np.empty((len(rows), len(rows)), complex)
    for one in range(len(rows)):
        for other in range(one, len(rows)):
            found[one, other] = np.vdot(rows[other], rows[one])
            found[other, one] = found[one, other].conjugate()
    return found


def entropy(density: Matrix) -> float:
    """Return the von Neumann entropy of a density matrix in bits."""
    values = np.linalg.eigvalsh(density)
    values = values[values > SMALLEST_PROBABILITY]
    return max(0.0, float(-(values * np.log2(values)).sum()))


def entropy_of_bloch(bloch: NDArray[np.float64]) -> float:
    """Return the entropy of a qubit in bits; its density matrix has the eigenvalues (1 ± |r|) / 2."""
    length = min(1.0, float(np.sqrt(bloch @ bloch)))
    values = [value for value in ((1 + length) / 2, (1 - length) / 2) if value > SMALLEST_PROBABILITY]
    return max(0.0, float(-sum(value * np.log2(value) for value in values)))


def concurrence(density: Matrix) -> float:
    """Return the concurrence of two qubits: W. K. Wootters, Phys. Rev. Lett. 80 (1998) 2245.

    The roots of the eigenvalues of ρ ρ̃ are the singular values of √ρᵀ (Y⊗Y) √ρ, which are precise near 0.
    """
    values, vectors = np.linalg.eigh(density)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    spin_flip = np.array([[0, 0, 0, -1], [0, 0, 1, 0], [0, 1, 0, 0], [-1, 0, 0, 0]])
    singular = np.linalg.svd(root.T @ spin_flip @ root, compute_uv=False)
    return max(0.0, float(singular[0] - singular[1:].sum()))
