"""The matrices of gates by the formulas of the OpenQASM 3 specification; the first operand is bit 0."""

from collections.abc import Callable

import numpy as np
from scipy.linalg import expm, schur

Matrix = np.ndarray
I2, X = np.eye(2), np.array([[0, 1], [1, 0]])
Y, Z = np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])
H = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
SWAP = np.eye(4)[[0, 2, 1, 3]]


def u(theta: float, phi: float, lam: float) -> Matrix:
    """``U``, section "Built-in gates"."""
    e = np.exp
    return (
        np.array(
            [
                [1 + e(1j * theta), -1j * e(1j * lam) * (1 - e(1j * theta))],
                [1j * e(1j * phi) * (1 - e(1j * theta)), e(1j * (phi + lam)) * (1 + e(1j * theta))],
            ]
        )
        / 2
    )


def u3(theta: float, phi: float, lam: float) -> Matrix:
    """``u3``, section "Standard library": ``U`` times exp(-i (theta + phi + lam) / 2)."""
    return np.exp(-0.5j * (theta + phi + lam)) * u(theta, phi, lam)


def p(lam: float) -> Matrix:
    """The phase gate."""
    return np.diag([1, np.exp(1j * lam)])


def rotation(axis: Matrix, theta: float) -> Matrix:
    """The rotation exp(-i theta axis / 2)."""
    return expm(-0.5j * theta * axis)


def controlled(matrix: Matrix, active: int = 1) -> Matrix:
    """A gate whose first operand is a control that acts in the state ``active``.

    That operand is qubit 0, the last factor of a Kronecker product.
    """
    on, off = np.diag([active == 0, active == 1]), np.diag([active == 1, active == 0])
    return np.kron(matrix, on) + np.kron(np.eye(len(matrix)), off)


def power(matrix: Matrix, exponent: float) -> Matrix:
    """A power by the eigenphases, each in (-pi, pi]; the Schur form of a normal matrix is diagonal."""
    triangle, vectors = schur(matrix.astype(complex), output="complex")
    phases = np.angle(np.diag(triangle))
    phases[np.isclose(phases, -np.pi)] = np.pi
    return vectors @ np.diag(np.exp(1j * exponent * phases)) @ vectors.conj().T


def on(matrix: Matrix, *qubits: int, of: int) -> Matrix:
    """A gate on some of ``of`` qubits: column by column, with the bits of the qubits as its index."""
    whole = np.zeros((2**of, 2**of), dtype=complex)
    for column in range(2**of):
        inner = sum((column >> qubit & 1) << place for place, qubit in enumerate(qubits))
        rest = column & ~sum(1 << qubit for qubit in qubits)
        for row in range(len(matrix)):
            target = rest | sum((row >> place & 1) << qubit for place, qubit in enumerate(qubits))
            whole[target, column] += matrix[row, inner]
    return whole


STANDARD: dict[str, tuple[int, Callable[..., Matrix]]] = {
    "p": (1, p),
    "x": (0, lambda: X),
    "y": (0, lambda: Y),
    "z": (0, lambda: Z),
    "h": (0, lambda: H),
    "s": (0, lambda: p(np.pi / 2)),
    "sdg": (0, lambda: p(-np.pi / 2)),
    "t": (0, lambda: p(np.pi / 4)),
    "tdg": (0, lambda: p(-np.pi / 4)),
    "sx": (0, lambda: np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2),
    "rx": (1, lambda theta: rotation(X, theta)),
    "ry": (1, lambda theta: rotation(Y, theta)),
    "rz": (1, lambda theta: rotation(Z, theta)),
    "cx": (0, lambda: controlled(X)),
    "cy": (0, lambda: controlled(Y)),
    "cz": (0, lambda: controlled(Z)),
    "cp": (1, lambda lam: controlled(p(lam))),
    "crx": (1, lambda theta: controlled(rotation(X, theta))),
    "cry": (1, lambda theta: controlled(rotation(Y, theta))),
    "crz": (1, lambda theta: controlled(rotation(Z, theta))),
    "ch": (0, lambda: controlled(H)),
    "swap": (0, lambda: SWAP),
    "ccx": (0, lambda: controlled(controlled(X))),
    "cswap": (0, lambda: controlled(SWAP)),
    "CX": (0, lambda: controlled(X)),
    "phase": (1, p),
    "cphase": (1, lambda lam: controlled(p(lam))),
    "id": (0, lambda: I2),
    "u1": (1, p),
    "u2": (2, lambda phi, lam: u3(np.pi / 2, phi, lam)),
    "u3": (3, u3),
    # By stdgates.inc, with p(gamma - theta/2) on the control; the text of the specification lacks theta/2.
    "cu": (4, lambda *a: controlled(np.exp(1j * (a[3] - a[0] / 2)) * u(*a[:3]))),
}
"""The gates of ``stdgates.inc``: the number of parameters, and the matrix."""
