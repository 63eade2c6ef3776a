"""Aer's noise models: one error after every gate of one or two qubits, and the readout error.

A model names only the gates of the circuit at hand: Aer serialises the whole model for every run. A bell
takes 16 ms under a model of all names, and 1.7 ms under a model of its own two.
"""

from functools import lru_cache

from qiskit_aer.noise import (
    NoiseModel,
    QuantumError,
    ReadoutError,
    depolarizing_error,
    thermal_relaxation_error,
)

from app.circuits.noise import channel_rates
from app.circuits.noisy_gates import NoisyGate
from app.circuits.spec import NoiseSpec


@lru_cache(maxsize=256)
def noise_model(spec: NoiseSpec, gates: frozenset[NoisyGate]) -> NoiseModel:
    """The model of a spec for circuits of these gates; delays and resets have no noise."""
    model = NoiseModel()
    errors = _gate_errors(spec)
    for name, num_qubits in sorted(gates):
        model.add_all_qubit_quantum_error(errors[num_qubits - 1], name)
    rate = channel_rates(spec).measurement_error
    model.add_all_qubit_readout_error(ReadoutError([[1 - rate, rate], [rate, 1 - rate]]))
    return model


@lru_cache(maxsize=256)
def _gate_errors(spec: NoiseSpec) -> tuple[QuantumError, QuantumError]:
    """The channels after one-qubit and two-qubit gates; in the latter both qubits relax."""
    rates = channel_rates(spec)
    single = depolarizing_error(rates.single_gate_error, 1)
    double = depolarizing_error(rates.two_gate_error, 2)
    if rates.times is None:
        return single, double
    t1, t2, gate_time, two_gate_time = rates.times
    short = thermal_relaxation_error(t1, t2, gate_time)
    long = thermal_relaxation_error(t1, t2, two_gate_time)
    both = long.expand(long)
    if rates.single_gate_error:
        short = short.compose(single)
    if rates.two_gate_error:
        both = both.compose(double)
    return short, both
