"""Checks assertions about the states of a circuit, and finds the events that influenced the first failure."""

from collections.abc import Sequence

import numpy as np
from qiskit import QuantumCircuit

from app.circuits import causality
from app.circuits.event_graph import END, GATE, Event, graph_nodes
from app.circuits.states import vectors
from app.circuits.states.branches import Branches, Mixture
from app.circuits.states.documents import Assertions, Checked, FirstFailure
from app.circuits.states.gates import GateMatrices
from app.circuits.states.limits import MAX_STATE_BRANCHES
from app.circuits.states.questions import Assertion
from app.circuits.states.step_states import PURE, rounded
from app.circuits.states.steps import Stepper
from app.circuits.states.vectors import Vector
from app.errors import LimitExceededError

_ONE_QUBIT = {"zero": (1, 0), "one": (0, 1), "plus": (1, 1), "minus": (1, -1)}
_TWO_QUBITS = {
    "bell": (1, 0, 0, 1),
    "phi_plus": (1, 0, 0, 1),
    "phi_minus": (1, 0, 0, -1),
    "psi_plus": (0, 1, 1, 0),
    "psi_minus": (0, 1, -1, 0),
}
"""The Bell states; a sign that depends on the order of the qubits is a global phase."""


def check(circuit: QuantumCircuit, events: Sequence[Event], assertions: Sequence[Assertion]) -> Assertions:
    """Return which assertions hold.

    Raises:
        LimitExceededError: up to a step, measurements have more outcomes than are followed.
    """
    mixtures = _mixtures(circuit, {assertion.step for assertion in assertions})
    checked = [_checked(index, each, mixtures[each.step]) for index, each in enumerate(assertions)]
    failing = [each for each in checked if not each.holds]
    first = min(failing, key=lambda each: (each.step, each.index), default=None)
    failure = None if first is None else _failure(first, events, circuit.num_qubits)
    return Assertions(not failing, checked, failure)


def named_state(name: str, num_qubits: int) -> Vector:
    """Return a named state of so many qubits."""
    if name in _TWO_QUBITS:
        state = np.array(_TWO_QUBITS[name], complex)
    elif name in _ONE_QUBIT:
        state = np.ones(1, complex)
        for _ in range(num_qubits):
            state = np.kron(state, np.array(_ONE_QUBIT[name], complex))
    else:
        state = np.zeros(1 << num_qubits, complex)
        ones = [0, -1] if name == "ghz" else [1 << qubit for qubit in range(num_qubits)]
        state[ones] = 1.0
    return np.asarray(state / np.linalg.norm(state))


def _mixtures(circuit: QuantumCircuit, steps: set[int]) -> dict[int, Mixture]:
    branches = Branches(circuit.num_qubits, circuit.num_clbits, GateMatrices())
    found: dict[int, Mixture] = {}
    for step in Stepper(circuit).steps(branches):
        if step.number in steps:
            found[step.number] = branches.mixture()
            if found[step.number].kept < 1 - PURE:
                raise LimitExceededError(
                    f"up to step {step.number}, measurements in the middle have more different outcomes than "
                    f"the limit max_state_branches, {MAX_STATE_BRANCHES}, so the assertion cannot be checked",
                    "max_state_branches",
                )
        if len(found) == len(steps):
            break
    return found


def _checked(index: int, assertion: Assertion, mixture: Mixture) -> Checked:
    tolerance, qubits = assertion.tolerance, list(assertion.qubits)
    expected: list[float] | float | str
    found: list[float] | float
    if assertion.kind == "bloch":
        expected, found = list(assertion.bloch), [rounded(each) for each in mixture.bloch_vector(qubits[0])]
        holds = all(rounded(abs(a - b)) <= tolerance for a, b in zip(found, expected, strict=True))
    elif assertion.kind == "equals":
        expected = assertion.state
        found = rounded(mixture.overlap(named_state(expected, len(qubits)), qubits))
        holds = rounded(1 - found) <= tolerance
    else:
        expected = tolerance
        found = rounded(vectors.concurrence(mixture.density(qubits)))
        holds = (found > tolerance) == (assertion.kind == "entangled")
    return Checked(index, assertion.step, assertion.kind, qubits, holds, expected, found, tolerance)


def _failure(first: Checked, events: Sequence[Event], num_qubits: int) -> FirstFailure:
    """Return the events that can have influenced the qubits up to the step.

    They are the past of an additional event on these qubits after the step.
    """
    number = first.step + 1
    look: Event = {"event_id": number, "event_type": GATE, "timestamp": number, "qubits": first.qubits}
    last: Event = {"event_id": number + 1, "event_type": END, "timestamp": number + 1}
    before = [event for event in events[:number] if event["event_type"] != END]
    cone = causality.cone([*before, look, last], num_qubits, len(before), "past")
    inside = [events[each] for each in cone.event_ids]
    touched = sorted({qubit for event in inside for qubit in event.get("qubits", ())})
    return FirstFailure(first.index, first.step, cone.event_ids, touched, graph_nodes(inside))
