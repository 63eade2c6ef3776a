"""The steps, whole states and outcomes as they are told."""

from math import sqrt
from random import Random

import numpy as np
import pytest
from msgspec import UNSET
from qiskit import QuantumCircuit
from qiskit.circuit.library import RZGate

from app.circuits import events, runner
from app.circuits.spec import ExecutionSpec, RunLimits
from app.circuits.states import step_states
from app.circuits.states.documents import StateAfterStep, StateSteps
from app.circuits.states.questions import AboutStep
from app.errors import InvalidInputError, LimitExceededError
from tests.circuits import branches as programs
from tests.circuits.openqasm3.reading import circuit_of
from tests.circuits.teleportation import TELEPORTATION

SHOTS = 10_000


def steps(circuit: QuantumCircuit) -> StateSteps:
    return step_states.all_steps(circuit, events.extract(circuit))


def state_after(circuit: QuantumCircuit, step: int, **options: object) -> StateAfterStep:
    return step_states.at_step(circuit, events.extract(circuit), AboutStep(step, **options))  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_the_outcomes_are_those_that_aer_draws(seed: int) -> None:
    """Each within 5 standard deviations of 10,000 shots."""
    program = programs.qasm3(programs.random_program(Random(seed), nests=True))
    spec = ExecutionSpec("test", shots=SHOTS, seed=seed, program=program)
    counts = runner.run(spec, RunLimits(), None, lambda _phase: None)["counts"]  # type: ignore[typeddict-item]
    circuit = runner.circuit_of(spec, RunLimits())
    outcomes = {each.outcome: each.probability for each in steps(circuit).steps[-2].outcomes or []}
    assert sum(outcomes.values()) == pytest.approx(1, abs=1e-9)
    assert counts.keys() <= outcomes.keys()
    for key, probability in outcomes.items():
        deviation = sqrt(probability * (1 - probability) / SHOTS)
        assert abs(counts.get(key, 0) / SHOTS - probability) <= 5 * deviation + 1e-12


def test_each_step_tells_the_qubits_that_it_changes_and_no_others() -> None:
    circuit = QuantumCircuit(3, 3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.barrier()
    circuit.measure(0, 0)
    circuit.x(2)
    found = steps(circuit)
    assert [[each.qubit for each in step.qubits] for step in found.steps] == [
        [0, 1, 2], [0], [0, 1], [0, 1, 2], [0], [2], [],
    ]  # fmt: skip
    h, cx, measured, flipped = (found.steps[k].qubits for k in (1, 2, 4, 5))
    assert (h[0].bloch, h[0].purity) == ([1.0, 0.0, 0.0], 1.0)
    assert [(each.bloch, each.purity) for each in cx] == [([0.0, 0.0, 0.0], 0.5)] * 2
    assert (measured[0].bloch, flipped[0].bloch) == ([0.0, 0.0, 0.0], [0.0, 0.0, -1.0])
    assert [(each.outcome, each.probability) for each in found.steps[4].outcomes] == [
        ("000", 0.5), ("001", 0.5),
    ]  # fmt: skip
    assert found.steps[1].outcomes is UNSET


def test_a_teleportation_has_its_state_on_another_qubit_whatever_the_outcome() -> None:
    circuit = circuit_of(TELEPORTATION)
    last = 9  # Z under its condition; the last measurement follows
    mixture = state_after(circuit, last)
    assert not mixture.is_pure
    for each in (mixture, *(state_after(circuit, last, outcome=f"0{k:02b}") for k in range(4))):
        np.testing.assert_allclose(each.qubits[2].bloch, [np.sin(1.1), 0, np.cos(1.1)], atol=1e-12)
    assert state_after(circuit, last, outcome="010").is_pure
    assert state_after(circuit, last, outcome="010").outcome_probability == 0.25
    assert len(state_after(circuit, 11).outcomes) == 8


def test_the_whole_state_of_a_bell_pair() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    before, after = state_after(circuit, 2, pairs=True), state_after(circuit, 4, pairs=True)
    assert [(each.state, each.probability, each.phase) for each in before.basis_states] == [
        ("00", 0.5, 0.0),
        ("11", 0.5, 0.0),
    ]
    assert (before.purity, before.is_pure, after.purity, after.is_pure) == (1.0, True, 0.5, False)
    assert [(each.mutual_information, each.concurrence) for each in before.pairs] == [(2.0, 1.0)]
    assert [(each.mutual_information, each.concurrence) for each in after.pairs] == [(1.0, 0.0)]
    assert [each.phase for each in after.basis_states] == [None, None]
    one = state_after(circuit, 4, outcome="11")
    assert [(each.state, each.probability) for each in one.basis_states] == [("11", 1.0)]
    assert (one.outcome_probability, one.is_pure) == (0.5, True)


def test_a_global_phase_changes_no_answer() -> None:
    for seed in range(10):
        circuit = QuantumCircuit(3)
        random = Random(seed)
        for _ in range(8):
            circuit.u(
                random.uniform(-3, 3), random.uniform(-3, 3), random.uniform(-3, 3), random.randrange(3)
            )
            circuit.cx(*random.sample(range(3), 2))
        turned = QuantumCircuit(3, global_phase=1.234)
        turned.append(RZGate(2 * np.pi), [0])  # -1 of every amplitude
        turned.compose(circuit, inplace=True)
        plain, other = state_after(circuit, 16), state_after(turned, 17)
        assert [each.state for each in plain.basis_states] == [each.state for each in other.basis_states]
        for one, two in zip(plain.basis_states, other.basis_states, strict=True):
            assert one.probability == pytest.approx(two.probability, abs=1e-9)
            assert np.exp(1j * one.phase) == pytest.approx(np.exp(1j * two.phase), abs=1e-9)
        assert plain.basis_states[0].phase == 0.0


def test_an_outcome_that_cannot_happen_is_refused_with_those_that_can() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    with pytest.raises(InvalidInputError, match="cannot happen up to step 4; these can: 00, 11"):
        state_after(circuit, 4, outcome="01")
    with pytest.raises(InvalidInputError, match="for each of the 2 classical bits"):
        state_after(circuit, 4, outcome="011")


def test_of_too_many_outcomes_the_most_probable_are_followed_and_their_share_is_told() -> None:
    circuit = QuantumCircuit(5, 5)
    for qubit in range(5):
        circuit.ry(1.0, qubit)
        circuit.measure(qubit, qubit)
        circuit.h(qubit)
    zero = (1 + np.cos(1.0)) / 2
    ones = [k.bit_count() for k in range(32)]
    weights = sorted((zero ** (5 - one) * (1 - zero) ** one for one in ones), reverse=True)
    found = steps(circuit)
    assert found.steps[-1].kept == pytest.approx(sum(weights[:16]), abs=1e-9)
    assert found.steps[1].kept is UNSET
    with pytest.raises(LimitExceededError, match="outcome 11111 is not among those that are followed"):
        state_after(circuit, 15, outcome="11111")  # it happens with the probability weights[-1]
