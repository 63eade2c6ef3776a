"""Readout mitigation: the inverse of the known readout errors, applied to counts.

Each measured bit is flipped by itself, with known probabilities. The measured distribution is then the true
one times a tensor product of 2 x 2 matrices, which is inverted exactly (S. Bravyi et al., Phys. Rev. A 103
(2021) 042605, section II). The result has a sum of 1, but may have negative members.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from app.circuits.operations import HIDDEN, STORE
from app.circuits.result import Mitigated
from app.errors import AppError, InvalidInputError, LimitExceededError

MAX_MITIGATED_BITS = 14
"""Measured bits: 16,384 outcomes, all of which may have a quasi-probability, in 1 MB of JSON."""

_SMALLEST_DETERMINANT = 1e-6
"""With a smaller determinant, a reading says nothing about the qubit."""

_PLACE = ("body", "mitigation")

Flips = tuple[float, float]
"""The probabilities of reading 1 after preparing 0, and 0 after preparing 1."""


def read_bits(circuit: QuantumCircuit, flips: Callable[[int], Flips]) -> dict[int, Flips]:
    """Return the flip probabilities of each shown classical bit that a flat circuit measures into.

    Of several measurements into a bit the last one counts.

    Args:
        flips: gives the flip probabilities of a qubit of the circuit.

    Raises:
        InvalidInputError: a condition reads a bit or a measurement has one, so that flips change more than
            what is read; or a qubit's reading is random.
        LimitExceededError: over ``MAX_MITIGATED_BITS``.
    """
    qubits = {qubit: index for index, qubit in enumerate(circuit.qubits)}
    clbits = {clbit: index for index, clbit in enumerate(circuit.clbits)}
    hidden = {bit for register in circuit.cregs if register.name == HIDDEN for bit in register}
    found: dict[int, Flips] = {}
    for instruction in circuit.data:
        if instruction.is_control_flow() or instruction.name == STORE:
            message = (
                "readout mitigation needs a program without conditions and assignments to bits: a wrong "
                "reading changes what the program does, which no inversion of the counts takes back"
            )
            raise InvalidInputError(message, _PLACE)
        if instruction.name == "measure" and instruction.clbits[0] not in hidden:
            found[clbits[instruction.clbits[0]]] = flips(qubits[instruction.qubits[0]])
    if len(found) > MAX_MITIGATED_BITS:
        message = f"readout mitigation of {len(found)} measured bits; at most {MAX_MITIGATED_BITS}"
        raise LimitExceededError(message, "max_mitigated_bits", _PLACE)
    for bit, (one, zero) in found.items():
        if abs(1 - one - zero) < _SMALLEST_DETERMINANT:
            message = f"bit {bit} is read as 0 or 1 whatever its qubit is, so that nothing can be inverted"
            raise InvalidInputError(message, _PLACE)
    return found


def mitigate(counts: Mapping[str, int], bits: Mapping[int, Flips]) -> Mitigated:
    """Return the quasi-probabilities and their standard errors of counts.

    The standard errors are those of the sampling: the measured outcomes are multinomial, and each
    quasi-probability is a linear function of their frequencies.

    Args:
        counts: by bit strings; bit k is the k-th character from the right, spaces not counted.
        bits: the flip probabilities of the measured bits (``read_bits``); other bits are always 0.

    Raises:
        AppError: the quasi-probabilities do not add up to 1.
    """
    order = sorted(bits, reverse=True)  # the first axis is the highest bit, as in the strings
    shots = sum(counts.values())
    frequencies = np.zeros((2,) * len(order))
    for key, number in counts.items():
        digits = key.replace(" ", "")
        frequencies[tuple(int(digits[-1 - bit]) for bit in order)] += number / shots
    inverses = [np.linalg.inv(_matrix(bits[bit])).astype(np.float64) for bit in order]
    quasi = _applied(inverses, frequencies).reshape(-1)
    squares = _applied([inverse**2 for inverse in inverses], frequencies).reshape(-1)
    errors = np.sqrt(np.maximum(squares - quasi**2, 0) / shots)
    if abs(quasi.sum() - 1) > 1e-6:
        raise AppError(f"the mitigated probabilities add up to {quasi.sum()}, not 1")
    keys = _keys(next(iter(counts)), order)
    return {
        "method": "readout",
        "quasi_probabilities": dict(zip(keys, quasi.tolist(), strict=True)),
        "standard_errors": dict(zip(keys, errors.tolist(), strict=True)),
    }


def _matrix(flips: Flips) -> NDArray[np.float64]:
    """Return the probability of reading the row after preparing the column."""
    one, zero = flips
    return np.array([[1 - one, zero], [one, 1 - zero]])


def _applied(matrices: list[NDArray[np.float64]], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Apply a matrix along each axis."""
    for axis, matrix in enumerate(matrices):
        values = np.moveaxis(np.tensordot(matrix, values, axes=(1, axis)), 0, axis)
    return values


def _keys(like: str, order: list[int]) -> list[str]:
    """Return the strings of all outcomes, with spaces where ``like`` has them."""
    characters = ["0" if character != " " else " " for character in like]
    places = [place for place, character in enumerate(characters) if character != " "][::-1]
    keys = []
    for outcome in range(1 << len(order)):
        for position, bit in enumerate(reversed(order)):
            characters[places[bit]] = "1" if outcome >> position & 1 else "0"
        keys.append("".join(characters))
    return keys
