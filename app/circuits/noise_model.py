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
    """The model of a type and level for circuits of these gates; a delay is free of noise."""
    model = NoiseModel()
    single, double = _gate_errors(spec)
    model.add_all_qubit_quantum_error(single, sorted(gate_names & ONE_QUBIT_GATES))
    model.add_all_qubit_quantum_error(double, sorted(gate_names & TWO_QUBIT_GATES))
    rate = noise.error_rate(spec)
    model.add_all_qubit_readout_error(ReadoutError([[1 - rate, rate], [rate, 1 - rate]]))
    return model


@lru_cache(maxsize=8)
def _gate_errors(spec: NoiseSpec) -> tuple[QuantumError, QuantumError]:
    """The channels after one-qubit and two-qubit gates; in the thermal one both qubits relax for one gate."""
    rate = noise.error_rate(spec)
    if spec.type == "depolarizing":
        return depolarizing_error(rate, 1), depolarizing_error(2 * rate, 2)
    t1, t2 = noise.relaxation_times_us(spec)
    single = thermal_relaxation_error(t1, t2, noise.GATE_TIME_US)
    return single, single.expand(single)
