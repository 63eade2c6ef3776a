"""Assertions about states, and the cone of the first that fails."""

import numpy as np
import pytest
from qiskit import QuantumCircuit

from app.circuits import events
from app.circuits.states import assertions
from app.circuits.states.documents import Assertions
from app.circuits.states.questions import NAMED_STATES, Assertion


def checked(circuit: QuantumCircuit, *asked: Assertion) -> Assertions:
    return assertions.check(circuit, events.extract(circuit), asked)


def ghz() -> QuantumCircuit:
    circuit = QuantumCircuit(4, 4)
    circuit.x(3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.cx(1, 2)
    circuit.measure(range(4), range(4))
    return circuit


def test_assertions_that_hold() -> None:
    found = checked(
        ghz(),
        Assertion(2, "bloch", [0], bloch=[1, 0, 0]),
        Assertion(3, "entangled", [0, 1]),
        Assertion(4, "separable", [0, 1]),  # of a GHZ state, two qubits alone are not entangled
        Assertion(4, "equals", [2, 0, 1], state="ghz"),
        Assertion(4, "equals", [3], state="one"),
        Assertion(3, "equals", [1, 0], state="bell"),
    )
    assert found.holds
    assert [each.holds for each in found.assertions] == [True] * 6
    assert found.first_failure is None
    assert found.assertions[1].found == pytest.approx(1)


def test_the_first_failure_is_the_earliest_and_has_its_cone() -> None:
    found = checked(
        ghz(),
        Assertion(6, "equals", [0, 1, 2], state="ghz"),  # measured by then
        Assertion(4, "bloch", [1], bloch=[0, 0, 1], tolerance=0.1),
        Assertion(4, "equals", [0, 1, 2], state="ghz"),
    )
    assert (found.holds, [each.holds for each in found.assertions]) == (False, [False, False, True])
    first = found.first_failure
    assert first is not None
    assert (first.index, first.step, first.event_ids) == (1, 4, [0, 2, 3, 4])
    assert first.qubits == [0, 1, 2]
    assert [event.gate for event in first.events] == [None, "H", "CX", "CX"]
    assert found.assertions[0].found == pytest.approx(0.5)


@pytest.mark.parametrize("name", NAMED_STATES)
def test_named_states_are_normalised_and_equal_themselves(name: str) -> None:
    size = 2 if name in ("bell", "phi_plus", "phi_minus", "psi_plus", "psi_minus") else 3
    state = assertions.named_state(name, size)
    assert np.linalg.norm(state) == pytest.approx(1)
    circuit = QuantumCircuit(size)
    circuit.prepare_state(state)
    found = checked(circuit.decompose(reps=6), Assertion(0, "equals", range(size), state="zero"))
    assert found.holds
    whole = circuit.decompose(reps=6)
    last = len(whole.data) + 1
    assert checked(whole, Assertion(last, "equals", range(size), state=name)).holds
    others = [other for other in NAMED_STATES if other in ("ghz", "w", "plus", "minus", "zero", "one")]
    distinct = [other for other in others if other != name]
    results = checked(whole, *(Assertion(last, "equals", range(size), state=other) for other in distinct))
    if size == 3:
        assert not any(each.holds for each in results.assertions)


def test_what_is_shown_as_equal_holds_without_tolerance() -> None:
    circuit = QuantumCircuit(1)
    circuit.h(0)
    circuit.h(0)  # 0.9999999999999998 in floating point
    found = checked(
        circuit,
        Assertion(2, "bloch", [0], bloch=[0, 0, 1], tolerance=0),
        Assertion(2, "equals", [0], state="zero", tolerance=0),
        Assertion(2, "bloch", [0], bloch=[0, 0, 0.9], tolerance=0.1),
        Assertion(1, "equals", [0], state="zero", tolerance=0.5),
        Assertion(1, "equals", [0], state="zero", tolerance=0.4999),
    )
    assert [each.holds for each in found.assertions] == [True, True, True, True, False]
