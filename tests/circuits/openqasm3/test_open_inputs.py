"""Inputs without a value become parameters by their names, and angles become expressions of them."""

import math

import pytest
from qiskit.circuit import Parameter
from qiskit.quantum_info import Operator

from app.circuits.program import load
from app.circuits.spec import Language, RunLimits
from app.errors import InvalidProgramError

HEAD = 'OPENQASM 3.0; include "stdgates.inc"; input float[64] a; input float b; qubit[2] q;\n'
VALUES = {"a": 0.7, "b": -1.3}
ANGLES = (
    "a",
    "-a",
    "a + b",
    "2 * a - b / 3",
    "a * b",
    "(a + pi) / (b - 4)",
    "b ** 2",
    "2 ** a",
    "sin(a) + cos(b) * tan(a)",
    "arcsin(a) + arccos(a) - arctan(b)",
    "exp(b) + log(a) + sqrt(a)",
    "float[64](a) * 2",
)
BODIES = (
    *(f"rx({angle}) q[0]; cp({angle}) q[0], q[1];" for angle in ANGLES),
    "gate g(x, y) p, r { ry(x / 2) p; cx p, r; U(x, y, x * y) r; } g(a, b + 1) q[0], q[1];",
    "ctrl @ rz(a) q[0], q[1]; inv @ rx(b) q[0]; pow(2) @ ry(a) q[1]; negctrl @ U(a, b, a) q[1], q[0];",
    "for int i in [0:2] { rx(a * i) q[0]; ry(b + i) q[1]; cx q[0], q[1]; }",
    "const float half = 0.5; float x = a * half; x = x + b; rz(x) q[0]; h q[0]; gphase(a);",
    "def turn(qubit p, float[64] x) { rx(x) p; ry(2 * x) p; } turn(q[0], a); turn(q[1], a + b);",
)
NEED_VALUES = (
    "if (a > 0) { x q[0]; }",
    "for int i in [0:int(a)] { x q[0]; }",
    "angle c = a; rx(c) q[0];",
    "float[32] c = a; rx(c) q[0];",
    "rx(mod(a, 2)) q[0];",
    "pow(a) @ x q[0];",
    "rx(floor(a)) q[0];",
    "switch (int(a)) { case 1 { x q[0]; } }",
    "pow(0.5) @ U(a, 0, 0) q[0];",
    "bool c = bool(a); if (c) { x q[0]; }",
)


@pytest.mark.parametrize("body", BODIES)
def test_a_circuit_with_parameters_is_the_one_of_the_values_once_they_are_bound(body: str) -> None:
    open_inputs = {name: Parameter(name) for name in VALUES}
    made, _ = load(HEAD + body, Language.OPENQASM_3, RunLimits(), inputs=open_inputs)
    assert {each.name for each in made.parameters} <= set(VALUES)
    bound = made.assign_parameters({each: VALUES[each.name] for each in made.parameters})
    known, _ = load(HEAD + body, Language.OPENQASM_3, RunLimits(), inputs=VALUES)
    assert math.isclose(abs(Operator(bound).data - Operator(known).data).max(), 0, abs_tol=1e-12)


@pytest.mark.parametrize("body", NEED_VALUES)
def test_what_needs_the_value_of_an_input_is_refused_without_one(body: str) -> None:
    open_inputs = {name: Parameter(name) for name in VALUES}
    with pytest.raises(InvalidProgramError, match=r"needs? the value of an input|needs a value"):
        load(HEAD + body, Language.OPENQASM_3, RunLimits(), inputs=open_inputs)
    load(HEAD + body, Language.OPENQASM_3, RunLimits(), inputs={"a": 1.0, "b": 0.5})
