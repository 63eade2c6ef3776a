"""The problem of an entangling circuit: a plain struct that is sent between processes."""

import math

import msgspec

FULL_SHOTS = 1_024
FULL_SHOTS_QUBITS = 64
"""Circuits of up to so many qubits are run with all shots (0.25 s). Wider ones get fewer: the cost of a shot
grows with the square of the qubits, and so does the number of pairs that it gives."""


class EntanglingProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A GHZ state of ``num_qubits``, each flipped with ``flip_probability``, measured ``shots`` times."""

    num_qubits: int
    flip_probability: float
    shots: int
    seed: int


def flip_probability(correlation: float) -> float:
    """Return the probability with which independent flips leave a GHZ state of this correlation.

    In a GHZ state ⟨Z_i Z_j⟩ = 1. A flip (Pauli X) with probability p multiplies it by 1 − 2p, and the flips
    of the two qubits are independent, so ⟨Z_i Z_j⟩ = (1 − 2p)², from which p = (1 − √correlation) / 2.
    """
    return (1 - math.sqrt(correlation)) / 2


def problem_of(members: int, correlation: float, seed: int) -> EntanglingProblem:
    """Return the circuit of a group of so many members with this correlation."""
    shots = FULL_SHOTS * min(FULL_SHOTS_QUBITS, members) ** 2 // members**2
    return EntanglingProblem(
        num_qubits=members, flip_probability=flip_probability(correlation), shots=max(shots, 1), seed=seed
    )
