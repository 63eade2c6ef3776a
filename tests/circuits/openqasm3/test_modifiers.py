"""Modifiers of gates: section "Quantum gate modifiers"."""

from itertools import product

import numpy as np
import pytest

from tests.circuits.openqasm3.matrices import SWAP, H, X, Z, controlled, p, power, rotation, u
from tests.circuits.openqasm3.reading import is_near, outcome, unitary

GATES = (
    "gate mine(t) a { U(t, 0.1, 0.2) a; } gate pair(t) a, b { h a; cx a, b; rz(t) b; }"
    "gate rooted a { pow(0.5) @ x a; } gate turned(k) a { pow(k) @ x a; } gate held a, b { ctrl @ x a, b; }"
    "gate nested(t) a, b { negctrl @ inv @ mine(t) a, b; }"
)
PAIR = np.kron(rotation(Z, 0.3), np.eye(2)) @ controlled(X) @ np.kron(np.eye(2), H)
MINE = u(0.3, 0.1, 0.2)


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("inv @ s", lambda: p(-np.pi / 2)),
        ("inv @ U(0.3, 0.1, 0.2)", lambda: u(-0.3, -0.2, -0.1)),
        ("inv @ mine(0.3)", lambda: MINE.conj().T),
        ("inv @ inv @ mine(0.3)", lambda: MINE),
        ("inv @ pair(0.3)", lambda: PAIR.conj().T),
        ("pow(2) @ sx", lambda: X),
        ("pow(0.5) @ x", lambda: power(X, 0.5)),
        ("pow(1/2) @ x", lambda: power(X, 0.5)),
        ("pow(1.0/2) @ x", lambda: power(X, 0.5)),
        ("pow(-1) @ mine(0.3)", lambda: MINE.conj().T),
        ("pow(0) @ mine(0.3)", lambda: np.eye(2)),
        ("pow(3) @ pair(0.3)", lambda: np.linalg.matrix_power(PAIR, 3)),
        ("pow(-2) @ pair(0.3)", lambda: np.linalg.matrix_power(PAIR.conj().T, 2)),
        ("pow(0.3) @ pair(0.3)", lambda: power(PAIR, 0.3)),
        ("pow(2) @ pow(0.25) @ swap", lambda: power(SWAP, 0.5)),
        ("pow(0.5) @ inv @ s", lambda: p(-np.pi / 4)),
        ("pow(exponent) @ x", lambda: power(X, 0.75)),
        ("pow(n) @ s", lambda: Z),
        ("rooted", lambda: power(X, 0.5)),
        ("turned(0.5)", lambda: power(X, 0.5)),
        ("inv @ turned(0.5)", lambda: power(X, -0.5)),
        ("ctrl @ x", lambda: controlled(X)),
        ("ctrl @ mine(0.3)", lambda: controlled(MINE)),
        ("ctrl @ rooted", lambda: controlled(power(X, 0.5))),
        ("ctrl @ turned(0.3)", lambda: controlled(power(X, 0.3))),
        ("ctrl @ pair(0.3)", lambda: controlled(PAIR)),
        ("negctrl @ pair(0.3)", lambda: controlled(PAIR, 0)),
        ("ctrl @ ctrl @ h", lambda: controlled(controlled(H))),
        ("ctrl(2) @ h", lambda: controlled(controlled(H))),
        ("ctrl(n) @ h", lambda: controlled(controlled(H))),
        ("negctrl(2) @ h", lambda: controlled(controlled(H, 0), 0)),
        ("ctrl @ negctrl @ h", lambda: controlled(controlled(H, 0), 1)),
        ("negctrl @ ctrl @ h", lambda: controlled(controlled(H, 1), 0)),
        ("ctrl @ inv @ mine(0.3)", lambda: controlled(MINE.conj().T)),
        ("inv @ ctrl @ mine(0.3)", lambda: controlled(MINE.conj().T)),
        ("pow(0.5) @ ctrl @ x", lambda: controlled(power(X, 0.5))),
        ("ctrl @ pow(0.5) @ x", lambda: controlled(power(X, 0.5))),
        ("pow(3) @ negctrl @ mine(0.3)", lambda: controlled(np.linalg.matrix_power(MINE, 3), 0)),
        ("held", lambda: controlled(X)),
        ("ctrl @ held", lambda: controlled(controlled(X))),
        ("nested(0.3)", lambda: controlled(MINE.conj().T, 0)),
        ("ctrl @ nested(0.3)", lambda: controlled(controlled(MINE.conj().T, 0))),
        ("inv @ pow(2) @ ctrl @ nested(0.3)", lambda: controlled(controlled(MINE @ MINE, 0))),
        ("ctrl @ swap", lambda: controlled(SWAP)),
        ("pow(0.5) @ gphase(0.7)", lambda: np.exp(0.35j) * np.eye(1)),
        ("inv @ gphase(0.7)", lambda: np.exp(-0.7j) * np.eye(1)),
    ],
)  # fmt: skip
def test_modified_gates_have_the_matrix_of_the_rules(call: str, wanted: object) -> None:
    matrix = wanted()  # type: ignore[operator]
    width = len(matrix).bit_length() - 1
    before = GATES + "const uint n = 2; float exponent = 0.75;"
    operands = ", ".join(f"q[{qubit}]" for qubit in range(width))
    found = unitary(f"{call} {operands};", max(width, 1), before)
    assert is_near(found, np.kron(matrix, np.eye(2)) if width == 0 else matrix)


@pytest.mark.parametrize("exponent", [0.1, -0.7, 1.5, 2.0, -3.0, 3.3])
@pytest.mark.parametrize("call", ["mine(0.3)", "rx(0.4)", "t", "h", "u3(0.1, 0.2, 0.3)"])
def test_any_real_power_acts_below_a_control(call: str, exponent: float) -> None:
    base = unitary(f"{call} q[0];", 1, GATES)
    if call.startswith("u3"):
        base = np.exp(-0.3j) * u(0.1, 0.2, 0.3)
    found = unitary(f"ctrl @ pow({exponent}) @ {call} q[0], q[1];", 2, GATES)
    assert is_near(found, controlled(power(base, exponent)))


INPUTS = "".join(f"if (bool(v[{bit}])) x q[{bit}]; " for bit in range(6))
REGISTERS = "let a = q[0:2]; let b = q[3:4]; let f = q[5]; "


def _result(calls: str, value: int) -> int:
    statements = f"qubit[6] q; bit[6] c; {REGISTERS} uint[6] v = {value}; {INPUTS} {calls} c = measure q;"
    return int(outcome(statements), 2)


def _flips(value: int, *terms: tuple[tuple[int, ...], tuple[int, ...]]) -> int:
    """Flip ``f``, bit 5, once for each term whose first bits are 1 and whose last bits are 0."""
    for ones, zeros in terms:
        if all(value >> bit & 1 for bit in ones) and not any(value >> bit & 1 for bit in zeros):
            value ^= 32
    return value


@pytest.mark.parametrize(
    ("call", "terms"),
    [
        ("ctrl(3) @ x a[1], a[0], a[2], f;", [((0, 1, 2), ())]),
        ("negctrl(3) @ ctrl @ x a[0], b[1], a[2], b[0], f;", [((3,), (0, 4, 2))]),
        ("negctrl @ ctrl(2) @ negctrl @ x a[0], b[0], a[2], a[1], f;", [((3, 2), (0, 1))]),
        ("negctrl(2) @ ctrl @ x b[1], a, b[0], f;", [((3,), (4, bit)) for bit in range(3)]),
    ],
)
def test_counted_controls_on_every_input(
    call: str, terms: list[tuple[tuple[int, ...], tuple[int, ...]]]
) -> None:
    """The reversible boolean functions of the specification. The last one is broadcast over ``a``."""
    for bits in product((0, 1), repeat=5):
        value = sum(bit << place for place, bit in enumerate(bits))
        assert _result(call, value) == _flips(value, *terms), value
