"""Modifiers of gates in OpenQASM 3: the right unitary, whatever is stacked, and events that can be read."""

from collections.abc import Callable
from math import tau

import msgspec
import numpy as np
import pytest
from qiskit.quantum_info import Operator
from scipy.linalg import expm

from app.circuits.openqasm3.standard_gates import STDGATES
from app.circuits.program import load
from app.circuits.spec import Language, RunLimits
from app.errors import InvalidProgramError, LimitExceededError
from tests.circuits.conftest import Run
from tests.circuits.openqasm3.matrices import SWAP, Matrix, X, controlled, power, u
from tests.circuits.programs import QASM3

EXPONENTS = ["0.5", "2", "-1", "-0.5", "0", "3.7", "1.0/3", "1e3"]
PHASES = {"u2": np.exp(-1.5j / 2), "u3": np.exp(-1.8j / 2)}
"""``stdgates.inc`` defines these with exp(-i (phi + lambda) / 2) beside Qiskit's gates."""


def _unitary(limits: RunLimits, statements: str, num_qubits: int) -> Matrix:
    source = QASM3 + f"qubit[{num_qubits}] q;\n{statements}"
    return Operator(load(source, Language.OPENQASM_3, limits)[0]).data


def _statement(call: str, num_qubits: int) -> str:
    return f"{call} {', '.join(f'q[{qubit}]' for qubit in range(num_qubits))};"


def _is_near(found: Matrix, wanted: Matrix) -> bool:
    return np.allclose(found, wanted, atol=1e-7)


@pytest.mark.parametrize("exponent", EXPONENTS)
@pytest.mark.parametrize("name", sorted(STDGATES))
def test_powers_of_standard_gates_under_controls_have_the_unitary_of_their_eigenphases(
    limits: RunLimits, name: str, exponent: str
) -> None:
    gate, num_qubits = STDGATES[name], STDGATES[name].num_qubits
    angles = [0.4, 1.1, 0.7, 0.3][: gate.num_parameters]
    call = f"{name}({', '.join(map(str, angles))})" if angles else name
    base = Operator(gate.build(*angles)).data * PHASES.get(name, 1)
    wanted = power(base, eval(exponent))  # noqa: S307 - a constant above
    assert _is_near(_unitary(limits, _statement(f"pow({exponent}) @ {call}", num_qubits), num_qubits), wanted)
    found = _unitary(limits, _statement(f"ctrl @ pow({exponent}) @ {call}", num_qubits + 1), num_qubits + 1)
    assert _is_near(found, controlled(wanted))


@pytest.mark.parametrize("exponent", ["0.5", "-0.5", "2", "3.7"])
@pytest.mark.parametrize("angle", [-13.0, -6.4, -3.5, -np.pi, 3.0, np.pi, 4.0, 6.2, tau, 7.0, 13.0])
@pytest.mark.parametrize(
    ("name", "matrix"),
    [
        ("p", lambda angle: np.diag([1, np.exp(1j * angle)])),
        ("u1", lambda angle: np.diag([1, np.exp(1j * angle)])),
        ("cp", lambda angle: np.diag([1, 1, 1, np.exp(1j * angle)])),
        ("rz", lambda angle: np.diag(np.exp([-0.5j * angle, 0.5j * angle]))),
        ("ry", lambda angle: expm(angle / 2 * np.array([[0, -1], [1, 0]]))),
        ("ctrl @ gphase", lambda angle: np.diag([1, np.exp(1j * angle)])),
    ],
)
def test_powers_are_on_the_principal_branch_whatever_the_angle(
    limits: RunLimits, name: str, matrix: Callable[[float], Matrix], angle: float, exponent: str
) -> None:
    wanted = power(matrix(angle), float(exponent))
    num_qubits = len(wanted).bit_length() - 1
    call = f"pow({exponent}) @ {name}({angle})"
    assert _is_near(_unitary(limits, _statement(call, num_qubits), num_qubits), wanted)


@pytest.mark.parametrize("angle", [-4.0, 2.0, 4.0, 9.0])
def test_a_power_of_a_global_phase_is_on_the_principal_branch(limits: RunLimits, angle: float) -> None:
    wanted = np.diag([1, np.sqrt(np.exp(1j * angle))])
    assert _is_near(_unitary(limits, f"ctrl @ pow(0.5) @ gphase({angle}) q[0];", 1), wanted)


@pytest.mark.parametrize(
    ("call", "num_qubits", "wanted"),
    [
        ("negctrl @ pow(0.5) @ x", 2, lambda: controlled(power(X, 0.5), 0)),
        ("ctrl @ negctrl @ pow(0.5) @ x", 3, lambda: controlled(controlled(power(X, 0.5), 0))),
        ("inv @ ctrl @ pow(0.3) @ swap", 3, lambda: controlled(power(SWAP, -0.3))),
        ("pow(0.5) @ ctrl @ x", 2, lambda: power(controlled(X), 0.5)),
        ("pow(3) @ inv @ pow(0.5) @ x", 1, lambda: power(power(X, -0.5), 3)),
        ("ctrl @ U(0.3, 0.1, 0.2)", 2, lambda: controlled(u(0.3, 0.1, 0.2))),
        ("ctrl @ inv @ U(0.3, 0.1, 0.2)", 2, lambda: controlled(u(0.3, 0.1, 0.2).conj().T)),
        ("ctrl @ pow(0.5) @ U(0.3, 0.1, 0.2)", 2, lambda: controlled(power(u(0.3, 0.1, 0.2), 0.5))),
        ("ctrl @ gphase(0.7)", 1, lambda: np.diag([1, np.exp(0.7j)])),
        ("ctrl @ pow(0.5) @ inv @ gphase(0.7)", 1, lambda: np.diag([1, np.exp(-0.35j)])),
        ("ctrl @ mine(0.3)", 2, lambda: controlled(u(0.3, 0.1, 0.2))),
        ("ctrl @ pow(2) @ mine(0.3)", 2, lambda: controlled(power(u(0.3, 0.1, 0.2), 2))),
        ("ctrl @ twice(0.3)", 2, lambda: controlled(power(u(0.3, 0.1, 0.2), 2))),
        ("ctrl @ id2", 2, lambda: controlled(np.eye(2) * np.exp(0.5j * np.pi))),
    ],
)
def test_stacked_modifiers_have_the_right_unitary(
    limits: RunLimits, call: str, num_qubits: int, wanted: Callable[[], Matrix]
) -> None:
    gates = (
        "gate mine(a) b { U(a, 0.1, 0.2) b; } gate twice(a) b { pow(2) @ mine(a) b; }"
        "gate id2 b { U(pi, 0, pi) b; U(pi, 0, pi) b; gphase(-pi/2); }"
    )
    assert _is_near(_unitary(limits, gates + _statement(call, num_qubits), num_qubits), wanted())


def test_integer_powers_of_wide_gates_repeat_them(limits: RunLimits) -> None:
    gate = "gate wide a, b, c, d, e { h a; cx a, b; cx b, c; cx c, d; t d; cx d, e; }"
    once = _unitary(limits, gate + _statement("wide", 5), 5)
    for exponent in (3, -2, 0):
        found = _unitary(limits, gate + _statement(f"pow({exponent}) @ wide", 5), 5)
        assert _is_near(found, np.linalg.matrix_power(once, exponent))
    with pytest.raises(InvalidProgramError, match=r"line 4, column \d+: a power that is no integer"):
        _unitary(limits, gate + _statement("pow(0.5) @ wide", 5), 5)
    with pytest.raises(LimitExceededError, match="max_operations_qasm3"):
        _unitary(limits, gate + _statement("pow(1000000000) @ wide", 5), 5)


def test_more_controls_than_qubits_are_refused_at_once(limits: RunLimits) -> None:
    with pytest.raises(InvalidProgramError, match="line 4, column 1: 1000000000 controls are more"):
        _unitary(limits, "ctrl(1000000000) @ x q[0], q[1];", 2)


def test_the_events_of_powers_carry_the_bases_parameters_and_the_exponent(run: Run) -> None:
    program = QASM3 + (
        "gate mine(a) b { ry(a) b; } qubit[3] q; bit[3] c; pow(0.5) @ x q[0];"
        "ctrl @ pow(0.25) @ mine(0.5) q[0], q[1]; negctrl @ inv @ pow(2) @ swap q[0], q[1], q[2];"
        "ctrl @ gphase(0.5) q[0]; U(1, 2, 3) q[0]; c = measure q;"
    )
    events = msgspec.json.decode(run(program=program)["events"])
    gates = [event for event in events if event["event_type"] == "GATE"]
    described = [(event["gate_name"], event["parameters"], event.get("control_state")) for event in gates]
    assert described == [
        ("pow_x", [0.5], None),
        ("cpow_mine", [0.5, 0.25], None),
        ("cpow_swap_dg", [2.0], 0),
        ("cglobal_phase", [0.5], None),
        ("U", [1.0, 2.0, 3.0], None),
    ]


def test_an_identity_is_a_clifford_gate_of_its_name(run: Run) -> None:
    """``id`` is what lets a qubit relax, and must not keep a program from the stabilizer method."""
    result = run(program=QASM3 + "qubit q; bit c; x q; id q; c = measure q;", method="stabilizer")
    gates = [event.get("gate_name") for event in msgspec.json.decode(result["events"])]
    assert (result["counts"], gates[1:3]) == ({"1": 1024}, ["X", "ID"])
