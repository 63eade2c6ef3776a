"""Expectation values of Pauli observables from counts, with standard errors.

The Pauli strings of all observables are put into groups that commute qubit by qubit; the strings of a group
are measured together. The standard error includes the covariances of the strings of a group: each shot gives
one value of the observable's part in this group, and the standard error is that of the mean of these values.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Clbit
from qiskit.circuit.library import HGate, SdgGate
from qiskit.quantum_info import PauliList

from app.circuits.sweeps.problem import Observable
from app.circuits.sweeps.template import KEPT_TEMPLATES

BASIS_CHANGE = "basis_change"
"""The label of the gates that turn X and Y into Z. Noise models do not know it, so they carry no error."""

Floats = NDArray[np.float64]


class Group(NamedTuple):
    """Pauli strings that are measured together.

    Attributes:
        letters: X, Y or Z by the qubits that are measured.
        members: 1 if a string acts on a qubit, otherwise 0; of shape (qubits, strings).
        coefficients: the coefficient of each string in each observable, of shape (strings, observables).
    """

    letters: dict[int, str]
    members: NDArray[np.int64]
    coefficients: Floats


class Estimates(NamedTuple):
    """The values of the observables and their standard errors, each of shape (bindings, observables)."""

    values: Floats
    errors: Floats


def acts(label: str) -> bool:
    """Return whether a Pauli string is not the identity."""
    return label.strip("I") != ""


def constants(observables: Sequence[Observable]) -> Floats:
    """Return the coefficient of the identity in each observable."""
    return np.array([sum(c for label, c in each.items() if not acts(label)) for each in observables], float)


def groups_of(observables: Sequence[Observable]) -> tuple[Group, ...]:
    """Return the groups of the strings of some observables; the identity is in none."""
    return _groups(tuple(tuple(each.items()) for each in observables))


@lru_cache(maxsize=KEPT_TEMPLATES)
def _groups(observables: tuple[tuple[tuple[str, float], ...], ...]) -> tuple[Group, ...]:
    labels = list(dict.fromkeys(label for each in observables for label, _ in each if acts(label)))
    if not labels:
        return ()
    return tuple(
        _group(group.to_labels(), [dict(each) for each in observables])
        for group in PauliList(labels).group_commuting(qubit_wise=True)
    )


def _group(labels: Sequence[str], observables: Sequence[Observable]) -> Group:
    letters = {
        qubit: letter for label in labels for qubit, letter in enumerate(reversed(label)) if letter != "I"
    }
    letters = dict(sorted(letters.items()))
    members = [[int(label[-1 - qubit] != "I") for label in labels] for qubit in letters]
    coefficients = [[each.get(label, 0.0) for each in observables] for label in labels]
    return Group(letters, np.array(members, np.int64), np.array(coefficients, float))


def measured(circuit: QuantumCircuit, group: Group) -> QuantumCircuit:
    """Return a circuit with the measurement of a group after it, into new bits after its own."""
    whole = circuit.copy()
    bits = [Clbit() for _ in group.letters]
    whole.add_bits(bits)
    for bit, (qubit, letter) in zip(bits, group.letters.items(), strict=True):
        if letter == "Y":
            whole.append(SdgGate(label=BASIS_CHANGE), [qubit])
        if letter in "XY":
            whole.append(HGate(label=BASIS_CHANGE), [qubit])
        whole.measure(whole.qubits[qubit], bit)
    return whole


def moments(group: Group, counts: Mapping[str, int], other_bits: int) -> tuple[Floats, Floats]:
    """Return the mean of each observable over the shots of one circuit, and the variance of this mean.

    Args:
        counts: the counts by outcomes as hexadecimal numbers.
        other_bits: how many bits the circuit has before those of the group.
    """
    shots = sum(counts.values())
    outcomes = [int(value, 16) >> other_bits for value in counts]
    bits = np.array([[outcome >> place & 1 for place in range(len(group.letters))] for outcome in outcomes])
    signs = 1 - 2 * (bits @ group.members & 1)
    values = signs @ group.coefficients
    weights = np.array(list(counts.values()), float) / shots
    mean = weights @ values
    variance = weights @ (values - mean) ** 2 / (shots - 1)
    return mean, variance
