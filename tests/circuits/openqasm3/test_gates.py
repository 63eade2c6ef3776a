"""Gates: the standard library, definitions, broadcasting, and the phases of ``U`` and ``gphase``."""

import numpy as np
import pytest

from tests.circuits.openqasm3 import matrices
from tests.circuits.openqasm3.matrices import H, X, controlled, on, p, rotation, u
from tests.circuits.openqasm3.reading import circuit_of, is_near, outcome, refusal, run, unitary

ANGLES = [0.4, 1.1, 0.7, 0.3]
NO_INCLUDE = "OPENQASM 3.0;\n"


def _call(name: str) -> tuple[str, np.ndarray, int]:
    number, matrix = matrices.STANDARD[name]
    wanted = matrix(*ANGLES[:number])
    arguments = f"({', '.join(map(str, ANGLES[:number]))})" if number else ""
    return name + arguments, wanted, len(wanted).bit_length() - 1


def _operands(number: int) -> str:
    return ", ".join(f"q[{qubit}]" for qubit in range(number))


@pytest.mark.parametrize("name", sorted(matrices.STANDARD))
def test_a_standard_gate_has_the_matrix_of_the_specification(name: str) -> None:
    call, wanted, width = _call(name)
    found = unitary(f"{call} {_operands(width)};", width)
    if name in ("u2", "u3", "cu"):  # their phase is tested under a control, where it counts
        found = found * np.exp(1j * (np.angle(wanted[0, 0]) - np.angle(found[0, 0])))
    assert is_near(found, wanted)


@pytest.mark.parametrize("name", sorted(matrices.STANDARD))
def test_a_controlled_standard_gate_shows_the_phase_of_the_specification(name: str) -> None:
    call, wanted, width = _call(name)
    assert is_near(unitary(f"ctrl @ {call} {_operands(width + 1)};", width + 1), controlled(wanted))


@pytest.mark.parametrize(
    "angles", [(0.3, 0.1, 0.2), (np.pi, 0.0, np.pi), (5.0, -1.0, 7.5), (2 * np.pi, 0, 0)]
)
@pytest.mark.parametrize("modifier", ["ctrl @ ", "negctrl @ ", "ctrl @ inv @ ", "inv @ ctrl @ "])
def test_u_has_its_phase_under_a_control(angles: tuple[float, float, float], modifier: str) -> None:
    wanted = u(*angles)
    if "inv" in modifier:
        wanted = wanted.conj().T
    found = unitary(f"{modifier}U({', '.join(map(str, angles))}) q[0], q[1];", 2)
    assert is_near(found, controlled(wanted, 0 if "neg" in modifier else 1))


@pytest.mark.parametrize(
    ("before", "statements", "wanted"),
    [
        ("", "U(0.3, 0.1, 0.2) q[0];", lambda: on(u(0.3, 0.1, 0.2), 0, of=2)),
        ("", "gphase(0.7);", lambda: np.exp(0.7j) * np.eye(4)),
        ("", "gphase(0.7); gphase(-0.2); x q[0];", lambda: np.exp(0.5j) * on(X, 0, of=2)),
        ("", "ctrl @ gphase(0.7) q[1];", lambda: on(p(0.7), 1, of=2)),
        ("", "ctrl @ ctrl @ gphase(0.7) q[0], q[1];", lambda: np.diag([1, 1, 1, np.exp(0.7j)])),
        ("", "negctrl @ gphase(0.7) q[0];", lambda: on(np.diag([np.exp(0.7j), 1]), 0, of=2)),
        ("gate g a { U(pi/2, 0, pi) a; gphase(-pi/4); }", "g q[0];", lambda: on(H, 0, of=2)),
        ("gate g a { U(pi/2, 0, pi) a; gphase(-pi/4); }", "ctrl @ g q[0], q[1];", lambda: controlled(H)),
        ("gate g a { U(pi, 0, pi) a; }", "ctrl @ g q[0], q[1];", lambda: controlled(1j * X)),
        ("gate g a { gphase(0.4); }", "ctrl @ g q[1], q[0];", lambda: on(p(0.4), 1, of=2)),
        ("gate g(t) a { gphase(t / 2); } gate f(t) a { g(2 * t) a; }", "ctrl @ f(0.4) q[1], q[0];",
         lambda: on(p(0.4), 1, of=2)),
        ("", "for int i in [1:3] { gphase(0.1 * i); }", lambda: np.exp(0.6j) * np.eye(4)),
        ("", "ctrl @ rz(0.4) q[0], q[1];", lambda: controlled(np.diag([np.exp(-0.2j), np.exp(0.2j)]))),
        ("", "ctrl @ p(0.4) q[0], q[1];", lambda: controlled(p(0.4))),
    ],
)  # fmt: skip
def test_global_phases_count(before: str, statements: str, wanted: object) -> None:
    assert is_near(unitary(statements, 2, before), wanted())  # type: ignore[operator]


@pytest.mark.parametrize(
    ("before", "statements", "wanted"),
    [
        ("gate g a { }", "g q[0];", lambda: np.eye(8)),
        ("gate g(t) a { }", "g(1) q[0];", lambda: np.eye(8)),
        ("gate g() a { x a; }", "g() q[1];", lambda: on(X, 1, of=3)),
        ("gate g a { x a; }", "g() q[1];", lambda: on(X, 1, of=3)),
        ("gate g a, b { cx b, a; h a; }", "g q[2], q[0];",
         lambda: on(H, 2, of=3) @ on(controlled(X), 0, 2, of=3)),
        ("gate g(s, t) a { rx(s - 2 * t) a; }", "g(1.0, 0.3) q[0];", lambda: on(rotation(X, 0.4), 0, of=3)),
        ("gate g(t) a { rx(sin(t) * pi / t ** 2) a; }", "g(2) q[0];",
         lambda: on(rotation(X, np.sin(2) * np.pi / 4), 0, of=3)),
        ("gate g(t) a { rx(t) a; } gate f(t) a { g(t + 1) a; } gate e(t) a { f(2 * t) a; }", "e(0.4) q[0];",
         lambda: on(rotation(X, 1.8), 0, of=3)),
        ("gate g a { for int i in [1:3] { rx(0.1 * i) a; } }", "g q[0];",
         lambda: on(rotation(X, 0.6), 0, of=3)),
        ("const float k = 0.25; gate g a { rx(k) a; }", "g q[0];", lambda: on(rotation(X, 0.25), 0, of=3)),
        ("gate g a { barrier a; x a; }", "g q[0];", lambda: on(X, 0, of=3)),
        ("gate g(pi2) a { rx(pi2) a; }", "g(pi / 2) q[0];", lambda: on(rotation(X, np.pi / 2), 0, of=3)),
        ("gate g(t) a { rx(-t) a; }", "g(-0.4) q[0];",
         lambda: on(rotation(X, 0.4), 0, of=3)),
        ("gate if_else a { x a; } gate store a { x a; }",
         "if_else q[0]; store q[1];", lambda: on(X, 0, of=3) @ on(X, 1, of=3)),
    ],
)  # fmt: skip
def test_a_defined_gate_is_its_body(before: str, statements: str, wanted: object) -> None:
    assert is_near(unitary(statements, 3, before), wanted())  # type: ignore[operator]


@pytest.mark.parametrize(
    ("statements", "same_as"),
    [
        ("h q;", "h q[0]; h q[1]; h q[2]; h q[3];"),
        ("cx q[0], q[1:3];", "cx q[0], q[1]; cx q[0], q[2]; cx q[0], q[3];"),
        ("cx q[1:3], q[0];", "cx q[1], q[0]; cx q[2], q[0]; cx q[3], q[0];"),
        ("cx q[0:1], q[2:3];", "cx q[0], q[2]; cx q[1], q[3];"),
        ("ccx q[0], q[1], q[2:3];", "ccx q[0], q[1], q[2]; ccx q[0], q[1], q[3];"),
        ("cswap q[0], q[1:1], q[2:2];", "cswap q[0], q[1], q[2];"),
        ("rx(0.3) q[{3, 1}];", "rx(0.3) q[3]; rx(0.3) q[1];"),
        ("U(1, 2, 3) q[0:1];", "U(1, 2, 3) q[0]; U(1, 2, 3) q[1];"),
        ("pair q[0:1], q[2:3];", "pair q[0], q[2]; pair q[1], q[3];"),
        ("pair q[0], q[2:3];", "pair q[0], q[2]; pair q[0], q[3];"),
        ("ctrl @ rx(0.3) q[0:1], q[2:3];", "ctrl @ rx(0.3) q[0], q[2]; ctrl @ rx(0.3) q[1], q[3];"),
        ("ctrl @ rx(0.3) q[0], q[1:3];", "crx(0.3) q[0], q[1]; crx(0.3) q[0], q[2]; crx(0.3) q[0], q[3];"),
        ("inv @ pair q[0:1], q[2:3];", "inv @ pair q[0], q[2]; inv @ pair q[1], q[3];"),
        ("pow(0.5) @ x q[0:2];", "sx q[0]; sx q[1]; sx q[2];"),
        ("ctrl @ gphase(0.5) q;", "p(0.5) q[0]; p(0.5) q[1]; p(0.5) q[2]; p(0.5) q[3];"),
        ("gphase(0.5); x q;", "gphase(0.5); x q[0]; x q[1]; x q[2]; x q[3];"),
        ("let a = q[2:3]; cx q[0:1], a;", "cx q[0], q[2]; cx q[1], q[3];"),
    ],
)  # fmt: skip
def test_registers_are_broadcast_over(statements: str, same_as: str) -> None:
    before = "gate pair a, b { cx a, b; rx(0.2) b; }"
    assert is_near(unitary(statements, 4, before), unitary(same_as, 4, before))


def test_single_qubits_and_registers_mix_in_a_broadcast() -> None:
    """The example of the specification: ``g4 qr0[0], qr1, qr2[0], qr3`` is three gates."""
    circuit = circuit_of(
        'OPENQASM 3.0; include "stdgates.inc"; gate g4 a, b, c, d { ctrl(3) @ x a, b, c, d; }'
        "qubit[1] qr0; qubit[3] qr1; qubit[2] qr2; qubit[3] qr3; g4 qr0[0], qr1, qr2[0], qr3;"
    )
    found = [[circuit.find_bit(qubit).index for qubit in each.qubits] for each in circuit.data]
    assert found == [[0, 1, 4, 6], [0, 2, 4, 7], [0, 3, 4, 8]]


@pytest.mark.parametrize(
    "name",
    ["x", "h", "delay_", "barrier_", "if_else", "store", "while_loop", "p", "cx", "unitary", "snapshot",
     "save_state", "initialize", "set_statevector", "ecr", "rzz", "iswap", "own", "_x", "X", "CX", "θ"],
)  # fmt: skip
def test_without_the_library_a_program_may_define_a_gate_of_any_name(name: str) -> None:
    """The names are not those of Qiskit's or Aer's instructions to the simulator."""
    source = (
        f"{NO_INCLUDE}gate {name} a {{ U(pi, 0, pi) a; }} qubit[2] q; bit[2] c; {name} q[1]; c = measure q;"
    )
    assert run(source)["counts"] == {"10": 16}


def test_gates_of_the_library_are_unknown_without_it() -> None:
    error = refusal(NO_INCLUDE + "qubit q; bit c;\nh q; c = measure q;")
    assert error.message.startswith("line 3, column 1: ")
    assert "'h'" in error.message
    assert "stdgates.inc" in error.message


def test_physical_qubits_are_the_qubits_of_their_numbers() -> None:
    assert (
        outcome("bit[3] c; x $2; cx $2, $0; c[0] = measure $0; c[1] = measure $1; c[2] = measure $2;")
        == "101"
    )
