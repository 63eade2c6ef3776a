"""The modifiers ``inv``, ``pow``, ``ctrl`` and ``negctrl`` on gates of Qiskit."""

from math import isfinite, pi, remainder, tau
from typing import NamedTuple

from qiskit import QuantumCircuit
from qiskit.circuit import Gate, ParameterExpression
from qiskit.circuit.library import GlobalPhaseGate, UnitaryGate
from qiskit.quantum_info import Operator

from app.circuits.openqasm3.errors import Refusal
from app.circuits.openqasm3.standard_gates import BUILT_IN, STDGATES, inverse_of, with_phase
from app.circuits.own_gates import inner_name, power_name
from app.circuits.spec import RunLimits

_LARGEST_MATRIX_QUBITS = 4
"""A matrix of 4 qubits is synthesised in 50 ms and 275 gates; each further qubit takes four times that."""
_PHASED = {inner_name(name): name for name in ("U", "u2", "u3")}


class Modifier(NamedTuple):
    """``name`` is inv, pow, ctrl or negctrl; ``argument`` the exponent or the number of controls."""

    name: str
    argument: float


def modified(gate: Gate, modifier: Modifier, limits: RunLimits) -> Gate:
    """Return a gate under one modifier.

    Raises:
        Refusal: a power that cannot be built.
        LimitExceededError: an integer power repeats a wide gate too often.
    """
    if modifier.name == "inv":
        return _inverse(gate)
    if modifier.name == "pow":
        return _power(gate, modifier.argument, limits)
    controls = int(modifier.argument)
    state = None if modifier.name == "ctrl" else 0
    return gate.control(controls, ctrl_state=state, annotated=False)


def _inverse(gate: Gate) -> Gate:
    name = _PHASED.get(gate.name)
    if name is None:
        return gate.inverse()
    name, parameters = inverse_of(name, tuple(gate.params))
    return with_phase(name, BUILT_IN[name] if name in BUILT_IN else STDGATES[name], parameters)


def _power(gate: Gate, exponent: float, limits: RunLimits) -> Gate:
    """Return the gate to a real power, on the principal branch (eigenphases in (-pi, pi]).

    Qiskit expresses many powers by other standard gates. The others would be matrices, whose parameters
    cannot be recorded; they become gates ``pow_x`` with the parameters of the base and the exponent.
    """
    is_integer = exponent == int(exponent)
    has_inputs = any(isinstance(value, ParameterExpression) for value in gate.params)
    if has_inputs and not is_integer:
        raise Refusal("this power needs the value of an input")
    if isinstance(gate, GlobalPhaseGate):
        angle = (gate.params[0] if is_integer else remainder(gate.params[0], tau)) * exponent
        if isinstance(angle, float) and not isfinite(angle):
            raise Refusal("the angle is not finite")
        return GlobalPhaseGate(angle)
    if type(gate).power is not Gate.power and (is_integer or _is_principal(gate)):
        powered = gate.power(exponent)
        if not all(isfinite(value) for value in powered.params if isinstance(value, float)):
            raise Refusal("the angle is not finite")
        if not isinstance(powered, UnitaryGate):
            return powered
    if has_inputs:
        raise Refusal("this power needs the value of an input")
    has_matrix = gate.num_qubits <= _LARGEST_MATRIX_QUBITS
    if not has_matrix and not is_integer:
        raise Refusal(f"a power that is no integer needs a gate of {_LARGEST_MATRIX_QUBITS} qubits at most")
    is_standard = getattr(gate, "_standard_gate", None) is not None
    result = Gate(power_name(gate.name, is_standard), gate.num_qubits, [*gate.params, exponent])
    if has_matrix:
        matrix = Operator(gate).power(exponent, assume_unitary=True)
        result.definition = UnitaryGate(matrix).definition
    else:
        result.definition = _repeated(gate, int(exponent), limits)
    return result


def _is_principal(gate: Gate) -> bool:
    """Return whether all eigenphases are in (-pi, pi], so that a fraction of the angle is a power."""
    if not gate.params:
        return True
    angle = gate.params[0]
    if gate.name in ("p", "cp"):
        return bool(-pi < angle <= pi)
    return bool(-tau < angle < tau)  # of rotations, half the angle is an eigenphase


def _repeated(gate: Gate, times: int, limits: RunLimits) -> QuantumCircuit:
    limits.check("max_operations_qasm3", abs(times), f"pow({times}) are as many operations")
    circuit = QuantumCircuit(gate.num_qubits)
    step = gate if times >= 0 else gate.inverse()
    for _ in range(abs(times)):
        circuit.append(step, circuit.qubits)
    return circuit
