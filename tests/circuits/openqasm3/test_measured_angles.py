"""Angles that are measured: a rotation by ``angle[n]`` is a rotation for each of its bits."""

from contextlib import suppress
from math import pi

import pytest

from app.errors import InvalidProgramError
from tests.circuits.openqasm3.reading import assert_distribution, outcome, run
from tests.circuits.programs import QASM3

MEASURED = (
    "gate own(t) r { rx(t / 2) r; p(t) r; } qubit[4] b; qubit[2] q; bit[2] seen; angle[4] a; bit[4] c;\n"
    "x b[0]; x b[2]; c = measure b; for int i in [0:3] { a[i] = c[i]; }\n"
    "h q; t q[0]; ry(0.7) q[1];\n"
)
BACK = "ry(-0.7) q[1]; tdg q[0]; h q; seen = measure q;"
VALUE = 5 * pi / 8
"""The bits "0101" in units of pi / 8."""


@pytest.mark.parametrize(
    ("with_angle", "undone"),
    [
        ("p(a) q[0];", "p(-{0}) q[0];"),
        ("phase(a) q[0];", "phase(-{0}) q[0];"),
        ("rz(a) q[0];", "rz(-{0}) q[0];"),
        ("rx(a) q[0];", "rx(-{0}) q[0];"),
        ("ry(a) q;", "ry(-{0}) q;"),
        ("u1(a) q[1];", "u1(-{0}) q[1];"),
        ("cp(a) q[0], q[1];", "cp(-{0}) q[0], q[1];"),
        ("crx(a) q[0], q[1];", "crx(-{0}) q[0], q[1];"),
        ("inv @ p(a) q[0];", "p({0}) q[0];"),
        ("ctrl @ p(a) q[0], q[1];", "cp(-{0}) q[0], q[1];"),
        ("negctrl @ rx(a) q[0], q[1];", "negctrl @ rx(-{0}) q[0], q[1];"),
        ("ctrl @ inv @ ry(a) q[0], q[1];", "cry({0}) q[0], q[1];"),
        ("pow(2) @ p(a) q[0];", "p(-2 * {0}) q[0];"),
        ("ctrl @ gphase(a) q[0];", "p(-{0}) q[0];"),
        ("rx(-a) q[0];", "rx({0}) q[0];"),
        ("p(a + a) q[0];", "p(-2 * {0}) q[0];"),
        ("p(a + angle[4](pi / 8)) q[0];", "p(-{0} - pi / 8) q[0];"),
        ("a <<= 1; p(a) q[0];", "p(-2 * {0}) q[0];"),
        ("a >>= 2; p(a) q[0];", "p(-pi / 8) q[0];"),
        ("rx(uint[4](c) * pi / 8) q[0];", "rx(-{0}) q[0];"),
        ("rz(pi / 8 * uint[4](c) + 0.3) q[0];", "rz(-{0} - 0.3) q[0];"),
        ("if (c[0]) { p(a) q[0]; }", "p(-{0}) q[0];"),
        ("if (c[1]) { p(a) q[0]; }", ""),
        ("def turn(qubit r, angle[4] t) { p(t) r; } turn(q[1], a);", "p(-{0}) q[1];"),
    ],
)
def test_a_rotation_by_a_measured_angle_is_undone_by_its_value(with_angle: str, undone: str) -> None:
    source = MEASURED + with_angle + "\n" + undone.format(VALUE) + "\n" + BACK
    found = outcome(source + " bit[2] last; last = seen;")
    assert found.split()[0] == "00"


@pytest.mark.parametrize(
    "gate", ["U({}, 0.1, 0.2)", "U(0.1, {}, 0)", "own({})", "cu({}, 0, 0, 0)", "u2({}, 0)"]
)
def test_a_gate_that_is_no_rotation_by_its_angle_runs_right_or_is_refused(gate: str) -> None:
    operands = "q[0], q[1];" if gate.startswith("cu") else "q[0];"
    source = f"{MEASURED}{gate.format('a')} {operands} inv @ {gate.format(VALUE)} {operands}\n{BACK}"
    with suppress(InvalidProgramError):
        found = run(f"{QASM3}{source} bit[2] last; last = seen;")
        assert [key.split()[0] for key in found["counts"]] == ["00"]


def test_a_measured_angle_turns_in_each_shot_by_its_own_value() -> None:
    """With the angle 0 or pi in half of the shots each, the qubit is flipped with the bit."""
    statements = (
        "qubit[2] q; angle[2] a; bit m; bit r; h q[0]; m = measure q[0]; a[1] = m; rx(a) q[1];"
        "r = measure q[1]; bit[2] last; last[0] = m; last[1] = r;"
    )
    assert_distribution(statements, {"11 1 1": 0.5, "00 0 0": 0.5})
