"""Conditions of all forms, assignments to classical bits, and what depends on measurements for how long."""

from math import sqrt

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.classical import expr, types

from app.circuits import events, runner
from app.circuits.spec import ExecutionSpec, NoiseSpec, RunLimits
from app.circuits.states import fidelities, step_states
from app.circuits.states.conditions import Conditions
from app.circuits.states.steps import Stepper
from app.errors import InvalidInputError

SHOTS = 20_000
VARIABLES = """OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
h q[0];
bit b;
b = measure q[0];
bool t = b;
b = measure q[1];
if (t) { x q[1]; }
c[0] = b;
c = measure q;
if (c[0] && !c[1] || c == 3) { h q[1]; }
if (!b) { rx(0.5) q[1]; }
b = measure q[1];
"""
LOOP = """OPENQASM 3.0;
include "stdgates.inc";
qubit q;
bit c;
h q;
c = measure q;
while (c) { h q; c = measure q; }
"""


def test_conditions_on_variables_and_expressions_are_as_in_aer() -> None:
    spec = ExecutionSpec("test", shots=SHOTS, seed=5, program=VARIABLES)
    counts = runner.run(spec, RunLimits(), None, lambda _phase: None)["counts"]  # type: ignore[typeddict-item]
    circuit = runner.circuit_of(spec, RunLimits())
    steps = step_states.all_steps(circuit, events.extract(circuit)).steps
    outcomes = {each.outcome: each.probability for each in steps[-2].outcomes or []}
    assert counts.keys() == outcomes.keys() == {"0 00", "0 11", "1 00", "1 11"}
    for key, probability in outcomes.items():
        assert abs(counts[key] / SHOTS - probability) <= 5 * sqrt(probability * (1 - probability) / SHOTS)
    noisy = fidelities.fidelities(circuit, events.extract(circuit), NoiseSpec("thermal"))
    assert 0.9 < noisy.fidelity < 1


@pytest.mark.parametrize("value", range(8))
def test_expressions_have_the_values_of_pythons_operators(value: int) -> None:
    circuit = QuantumCircuit(1, 3)
    [register], (a, b, c) = circuit.cregs, circuit.clbits
    bits = [value >> place & 1 for place in range(3)]
    x, y, z = map(bool, bits)
    size = types.Uint(3)
    expected = [
        (expr.logic_and(a, expr.logic_not(b)), x and not y),
        (expr.logic_or(a, expr.bit_xor(b, c)), x or (y != z)),
        (expr.equal(expr.bit_and(register, 5), 4), value & 5 == 4),
        (expr.less(register, 3), value < 3),
        (expr.greater_equal(register, 6), value >= 6),
        (expr.not_equal(expr.bit_not(register), 2), ~value & 7 != 2),
        (expr.bit_not(a), not x),
        (expr.bit_and(expr.bit_not(a), expr.bit_not(expr.bit_xor(b, c))), not x and y == z),
        (expr.index(register, 2), z),
        (expr.equal(expr.shift_left(register, 1), 6), value << 1 & 7 == 6),
        (expr.equal(expr.cast(a, size), 1), x),
        (expr.equal(expr.add(register, expr.lift(7, size)), 0), (value + 7) & 7 == 0),
    ]
    conditions = Conditions(circuit)
    for condition, holds in expected:
        assert conditions.is_met(condition, bits) == holds, condition
    assert conditions.is_met((register, value), bits)
    assert conditions.bits_read(expr.logic_and(a, c)) == {0, 2}


def test_loops_that_depend_on_measurements_are_refused() -> None:
    circuit = runner.circuit_of(ExecutionSpec("test", 1, 0, program=LOOP), RunLimits())
    with pytest.raises(InvalidInputError, match="depends on measurements"):
        Stepper(circuit)
