"""Aer's noise models: noise on every gate name of the noisy basis, and on the readout.

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
from app.circuits.spec import NoiseSpec

ONE_QUBIT_GATES = frozenset(
    "id x y z h s sdg t tdg sx sxdg rx ry rz r p u u1 u2 u3".split()  # the names that Aer runs natively
)
TWO_QUBIT_GATES = frozenset("cx cy cz csx swap cp crx cry crz cu cu1 cu3 ecr rxx ryy rzz rzx".split())
# Gates of three and more qubits are transpiled into these, so that noise meets every step of them.
NOISY_GATES = ONE_QUBIT_GATES | TWO_QUBIT_GATES


@lru_cache(maxsize=256)
def noise_model(spec: NoiseSpec, gate_names: frozenset[str]) -> NoiseModel:
    """The model of a spec for circuits of these gates; a delay is free of noise."""
    model = NoiseModel()
    single, double = _gate_errors(spec)
    model.add_all_qubit_quantum_error(single, sorted(gate_names & ONE_QUBIT_GATES))
    model.add_all_qubit_quantum_error(double, sorted(gate_names & TWO_QUBIT_GATES))
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
