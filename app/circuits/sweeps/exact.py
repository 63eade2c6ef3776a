"""Expectation values without sampling: from the state vector, or under noise from the density matrix."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp
from qiskit.result.models import ExperimentResultData

from app.circuits.noise import channel_rates
from app.circuits.spec import NoiseSpec
from app.circuits.sweeps.observables import Estimates, acts, constants
from app.circuits.sweeps.problem import Observable


def with_expectations(
    circuit: QuantumCircuit, observables: Sequence[Observable], noise: NoiseSpec | None
) -> QuantumCircuit:
    """Return a circuit that saves the value of each observable under its number.

    A readout error flips each measured bit with probability p. It multiplies the mean of a Pauli string of w
    letters by (1 - 2p)^w, so that exact and sampled values agree.
    """
    kept = 1.0 if noise is None else 1 - 2 * channel_rates(noise).measurement_error
    whole = circuit.copy()
    for number, observable in enumerate(observables):
        terms = [
            (label, value * kept ** (len(label) - label.count("I")))
            for label, value in observable.items()
            if acts(label)
        ]
        if terms:
            operator = SparsePauliOp.from_list(terms)
            whole.save_expectation_value(operator, whole.qubits, label=str(number))
    return whole


def estimates(observables: Sequence[Observable], results: Sequence[ExperimentResultData]) -> Estimates:
    """Return the saved values; their standard errors are 0."""
    given: list[Mapping[str, Any]] = [each.to_dict() for each in results]
    values = np.array(
        [[each.get(str(number), 0.0) for number in range(len(observables))] for each in given], float
    )
    values = values + constants(observables)
    return Estimates(values, np.zeros_like(values))
