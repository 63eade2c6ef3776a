"""Aer's noise models: one error after every gate of one or two qubits, and the readout's.

A model names only the gates of the circuit at hand: Aer serialises the whole model for every run (a bell
under a model of all names takes 16 ms, under its own two 1.7 ms). Models are built once per process.
"""

from functools import lru_cache

from qiskit_aer.noise import (
    NoiseModel,
    QuantumError,
    ReadoutError,
    depolarizing_error,
    thermal_relaxation_error,
)

from app.circuits import noise
from app.circuits.noisy_gates import NoisyGate
from app.circuits.spec import NoiseSpec


@lru_cache(maxsize=256)
def noise_model(spec: NoiseSpec, gates: frozenset[NoisyGate]) -> NoiseModel:
    """The model of a spec for circuits of these gates; a delay and a reset are free of noise."""
    model = NoiseModel()
    errors = _gate_errors(spec)
    for name, num_qubits in sorted(gates):
        model.add_all_qubit_quantum_error(errors[num_qubits - 1], name)
    rate = noise.channels(spec).readout_flip
    model.add_all_qubit_readout_error(ReadoutError([[1 - rate, rate], [rate, 1 - rate]]))
    return model


@lru_cache(maxsize=256)
def _gate_errors(spec: NoiseSpec) -> tuple[QuantumError, QuantumError]:
    """The channels after one-qubit and two-qubit gates; in the latter both qubits relax."""
    found = noise.channels(spec)
    single = depolarizing_error(found.single_depolarizing, 1)
    double = depolarizing_error(found.two_depolarizing, 2)
    if found.relaxation is None:
        return single, double
    times = found.relaxation
    short = thermal_relaxation_error(times.t1, times.t2, times.gate_time)
    long = thermal_relaxation_error(times.t1, times.t2, times.two_gate_time)
    both = long.expand(long)
    if found.single_depolarizing:
        short = short.compose(single)
    if found.two_depolarizing:
        both = both.compose(double)
    return short, both
