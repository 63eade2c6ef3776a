"""The gates of ``stdgates.inc`` and ``qelib1.inc``, and the built-in ``U``, as gates of Qiskit.

Source: OpenQASM 3 specification, "Built-in gates" and "Standard library". Its ``U`` has the phase
exp(i theta / 2) beside Qiskit's, its ``u2`` and ``u3`` have exp(-i (phi + lambda) / 2); controls show them.
"""

from collections.abc import Callable
from math import pi
from typing import NamedTuple

from qiskit import QuantumCircuit, qasm2
from qiskit.circuit import Gate
from qiskit.circuit import library as std

from app.circuits.own_gates import inner_name


class StandardGate(NamedTuple):
    """A gate of a library; ``phase`` is the global phase beside Qiskit's gate, by its parameters."""

    build: Callable[..., Gate]
    num_parameters: int
    num_qubits: int
    phase: Callable[..., float] | None = None


_NOT_GATES = frozenset({"delay", "u0"})


def _half_sum(_theta: float, phi: float, lam: float) -> float:
    return -(phi + lam) / 2


BUILT_IN = {"U": StandardGate(std.UGate, 3, 1, lambda theta, _phi, _lam: theta / 2)}
_U2 = StandardGate(std.U2Gate, 2, 1, lambda phi, lam: -(phi + lam) / 2)
_U3 = StandardGate(std.U3Gate, 3, 1, _half_sum)
STDGATES = {
    "p": StandardGate(std.PhaseGate, 1, 1),
    "x": StandardGate(std.XGate, 0, 1),
    "y": StandardGate(std.YGate, 0, 1),
    "z": StandardGate(std.ZGate, 0, 1),
    "h": StandardGate(std.HGate, 0, 1),
    "s": StandardGate(std.SGate, 0, 1),
    "sdg": StandardGate(std.SdgGate, 0, 1),
    "t": StandardGate(std.TGate, 0, 1),
    "tdg": StandardGate(std.TdgGate, 0, 1),
    "sx": StandardGate(std.SXGate, 0, 1),
    "rx": StandardGate(std.RXGate, 1, 1),
    "ry": StandardGate(std.RYGate, 1, 1),
    "rz": StandardGate(std.RZGate, 1, 1),
    "cx": StandardGate(std.CXGate, 0, 2),
    "cy": StandardGate(std.CYGate, 0, 2),
    "cz": StandardGate(std.CZGate, 0, 2),
    "cp": StandardGate(std.CPhaseGate, 1, 2),
    "crx": StandardGate(std.CRXGate, 1, 2),
    "cry": StandardGate(std.CRYGate, 1, 2),
    "crz": StandardGate(std.CRZGate, 1, 2),
    "ch": StandardGate(std.CHGate, 0, 2),
    "swap": StandardGate(std.SwapGate, 0, 2),
    "ccx": StandardGate(std.CCXGate, 0, 3),
    "cswap": StandardGate(std.CSwapGate, 0, 3),
    "cu": StandardGate(std.CUGate, 4, 2),
    "CX": StandardGate(std.CXGate, 0, 2),
    "phase": StandardGate(std.PhaseGate, 1, 1),
    "cphase": StandardGate(std.CPhaseGate, 1, 2),
    "id": StandardGate(std.IGate, 0, 1),
    "u1": StandardGate(std.U1Gate, 1, 1),
    "u2": _U2,
    "u3": _U3,
}
QELIB1 = {
    **{
        gate.name: StandardGate(gate.constructor, gate.num_params, gate.num_qubits)
        for gate in qasm2.LEGACY_CUSTOM_INSTRUCTIONS
        if gate.name not in _NOT_GATES
    },
    "CX": STDGATES["CX"],
    "u2": _U2,
    "u3": _U3,
}
"""The gates of ``qelib1.inc`` as ``qasm2.loads`` has them; ``u2`` and ``u3`` have OpenQASM 3's phases."""

ROTATIONS = frozenset("p phase u1 rx ry rz cp cphase cu1 crx cry crz rzz rxx".split())
"""Gates of one angle for which the gate of a sum of angles is the product of the gates."""


def with_phase(name: str, standard: StandardGate, parameters: tuple[float, ...]) -> Gate:
    """Return a gate that is a library gate with its phase, so that modifiers act on both."""
    phase = standard.phase(*parameters) if standard.phase is not None else 0.0
    gate = Gate(inner_name(name), standard.num_qubits, list(parameters))
    gate.definition = QuantumCircuit(standard.num_qubits, global_phase=phase)
    gate.definition.append(standard.build(*parameters), range(standard.num_qubits))
    return gate


def inverse_of(name: str, parameters: tuple[float, ...]) -> tuple[str, tuple[float, ...]]:
    """Return the inverse of ``U``, ``u2`` or ``u3`` as one of them."""
    if name == "u2":
        phi, lam = parameters
        return "u3", (-pi / 2, -lam, -phi)
    theta, phi, lam = parameters
    return name, (-theta, -lam, -phi)
