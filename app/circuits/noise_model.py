"""Aer's noise models: one error after every gate of one or two qubits and every delay, and the readout error.

A model has only the gates of one circuit, because Aer serialises the whole model for every run. The circuit
``bell`` takes 16 ms under a model of all gates, and 1.7 ms under a model of its own two gates.
"""

from functools import lru_cache

from qiskit.quantum_info import Kraus
from qiskit_aer.noise import (
    NoiseModel,
    QuantumError,
    ReadoutError,
    depolarizing_error,
    thermal_relaxation_error,
)

from app.circuits.noise import channel_rates
from app.circuits.noisy_gates import NoisyGate, delay_of_label
from app.circuits.spec import NoiseSpec

_MOST_KEPT_DELAYS = 8
"""A model of more delays is not kept: each takes some 10 kB, and a program may have thousands."""


def noise_model(spec: NoiseSpec, gates: frozenset[NoisyGate], *, repeats: bool = False) -> NoiseModel:
    """Return the model of a spec for circuits of these gates and delays.

    A reset has no entry: it is followed by relaxation, too, but a qubit in 0 stays there.

    Args:
        repeats: the circuit has loops. Aer draws the error of a mixture of gates once for each shot, and
            would repeat it in every iteration. It draws from Kraus operators whenever they are applied.
    """
    number = sum(delay_of_label(name) is not None for name, _ in gates)
    model = _kept_model if number <= _MOST_KEPT_DELAYS else _new_model
    return model(spec, gates, repeats)


def _new_model(spec: NoiseSpec, gates: frozenset[NoisyGate], repeats: bool) -> NoiseModel:
    model = NoiseModel()
    errors = _gate_errors(spec)
    for name, num_qubits in sorted(gates):
        time = delay_of_label(name)
        error = errors[num_qubits - 1] if time is None else _relaxation(spec, time)
        model.add_all_qubit_quantum_error(QuantumError(Kraus(error)) if repeats else error, name)
    rate = channel_rates(spec).measurement_error
    model.add_all_qubit_readout_error(ReadoutError([[1 - rate, rate], [rate, 1 - rate]]))
    return model


_kept_model = lru_cache(maxsize=256)(_new_model)


@lru_cache(maxsize=256)
def _gate_errors(spec: NoiseSpec) -> tuple[QuantumError, QuantumError]:
    """The channels after one-qubit and two-qubit gates; in the latter both qubits relax."""
    rates = channel_rates(spec)
    single = depolarizing_error(rates.single_gate_error, 1)
    double = depolarizing_error(rates.two_gate_error, 2)
    if rates.times is None:
        return single, double
    _, _, gate_time, two_gate_time = rates.times
    short, long = _relaxation(spec, gate_time), _relaxation(spec, two_gate_time)
    both = long.expand(long)
    if rates.single_gate_error:
        short = short.compose(single)
    if rates.two_gate_error:
        both = both.compose(double)
    return short, both


def _relaxation(spec: NoiseSpec, time_us: float) -> QuantumError:
    """The channel of a qubit that relaxes for some time, with the environment at zero temperature."""
    rates = channel_rates(spec)
    return thermal_relaxation_error(rates.t1, rates.t2, time_us)
