"""Expectation values of sweeps against Qiskit's own state vectors and density matrices."""

from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp, Statevector

from app.circuits.spec import NoiseSpec
from app.errors import InvalidInputError
from tests.circuits.sweeps.sweeping import CHAIN, FEEDBACK, HEAD, estimates, plan, problem

OBSERVABLE = {"ZZI": 1.0, "IZZ": 0.5, "XXI": 0.7, "IYI": 0.3, "III": 0.25}
SECOND = {"YIX": -2.0, "ZII": 1.0}
NOISES = (NoiseSpec("depolarizing", "low"), NoiseSpec("thermal", "high"))


def bindings(count: int, inputs: int = 2) -> NDArray[np.float64]:
    return np.random.default_rng(3).random((count, inputs)) * 3


def by_qiskit(numbers: NDArray[np.float64], observable: dict[str, float]) -> NDArray[np.float64]:
    operator, values = SparsePauliOp.from_list(list(observable.items())), []
    for a, b in numbers:
        circuit = QuantumCircuit(3)
        circuit.ry(a, 0)
        circuit.cx(0, 1)
        circuit.rx(b, 1)
        circuit.cx(1, 2)
        circuit.rz(a, 2)
        circuit.ry(b, 2)
        values.append(Statevector(circuit).expectation_value(operator).real)
    return np.array(values)


def test_exact_values_are_those_of_the_state_vector() -> None:
    numbers = bindings(40)
    values, errors = estimates(problem(CHAIN, "ab", [OBSERVABLE, SECOND], shots=0), numbers)
    for place, observable in enumerate((OBSERVABLE, SECOND)):
        assert np.allclose(values[:, place], by_qiskit(numbers, observable), rtol=0, atol=1e-9)
    assert not errors.any()


def test_the_left_letter_acts_on_the_highest_qubit() -> None:
    program = HEAD + "input float a; qubit[3] q; rx(a) q[2];"
    for shots in (0, 1000):
        asked = problem(program, "a", [{"ZII": 1.0}, {"IIZ": 1.0}], shots=shots)
        values, _ = estimates(asked, np.array([[np.pi]]))
        assert np.allclose(values, [[-1, 1]])


def test_sampled_values_stray_from_the_exact_ones_as_their_standard_errors_say() -> None:
    numbers = bindings(200)
    values, errors = estimates(problem(CHAIN, "ab", [OBSERVABLE, SECOND]), numbers)
    for place, observable in enumerate((OBSERVABLE, SECOND)):
        scores = (values[:, place] - by_qiskit(numbers, observable)) / errors[:, place]
        assert abs(scores.mean()) < 0.25  # 3.5 standard deviations of the mean of 200
        assert 0.82 < scores.std() < 1.18  # 3.6 standard deviations of that of 200


@pytest.mark.parametrize("noise", NOISES)
def test_sampled_values_under_noise_stray_from_the_exact_ones_under_the_same_noise(noise: NoiseSpec) -> None:
    numbers = bindings(24)
    exact, _ = estimates(problem(CHAIN, "ab", [OBSERVABLE], shots=0, noise=noise), numbers)
    clean = by_qiskit(numbers, OBSERVABLE)
    assert abs(exact[:, 0] - clean).max() > 0.01
    for method in ("density_matrix", "statevector"):
        asked = problem(CHAIN, "ab", [OBSERVABLE], noise=noise, method=method, shots=200)
        values, errors = estimates(asked, numbers)
        scores = ((values - exact) / errors)[:, 0]
        assert abs(scores.mean()) < 0.8  # 3.9 standard deviations of the mean of 24
        assert 0.45 < scores.std() < 1.55


def test_the_gates_that_change_the_basis_have_no_error_and_the_measurement_has_one() -> None:
    noise = NoiseSpec("depolarizing", "very_high")
    program = HEAD + "input float a; qubit q; h q; rx(a) q;"
    asked = partial(problem, program, "a", [{"X": 1.0}], noise=noise, method="density_matrix")
    exact, _ = estimates(asked(shots=0), np.array([[0.3]]))
    sampled, errors = estimates(asked(shots=100_000), np.array([[0.3]]))
    assert exact[0, 0] < 0.95
    assert abs(sampled - exact)[0, 0] < 4 * errors[0, 0]


def test_programs_with_feedback_have_values() -> None:
    numbers = np.linspace(0.5, 2.5, 24)[:, None]
    values, errors = estimates(problem(FEEDBACK, "a", [{"ZI": 1.0}, {"ZZ": 1.0}], shots=500), numbers)
    scores = (values[:, 0] - np.cos(numbers[:, 0])) / errors[:, 0]
    assert abs(scores.mean()) < 0.8
    assert 0.5 < scores.std() < 1.5
    assert (values[:, 1] == 1).all()


def test_exact_values_need_a_circuit_that_measures_nothing_in_the_middle() -> None:
    with pytest.raises(InvalidInputError, match="measurements in the middle"):
        plan(problem(FEEDBACK, "a", [{"ZI": 1.0}], shots=0), np.zeros((1, 1)))


def test_a_pauli_string_of_another_length_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="ZZ has 2 letters; the circuit has 3 qubits"):
        plan(problem(CHAIN, "ab", [{"ZZ": 1.0}]), np.zeros((1, 2)))


def test_idle_qubits_are_not_simulated_and_are_0() -> None:
    program = HEAD + "input float a; qubit[60] q; rx(a) q[7]; cx q[7], q[50];"
    letters = ["I"] * 60
    letters[-1 - 7] = letters[-1 - 20] = "Z"
    asked = problem(program, "a", [{"".join(letters): 1.0}], shots=0)
    assert plan(asked, np.array([[0.4]])).facts.num_qubits == 3
    values, _ = estimates(asked, np.array([[0.4]]))
    assert np.allclose(values, np.cos(0.4))


def test_more_terms_cost_a_group_of_those_that_are_measured_together() -> None:
    planned = plan(
        problem(CHAIN, "ab", [{"ZZI": 1.0, "IZZ": 1.0, "ZIZ": 2.0}, {"XII": 1.0}]), np.zeros((1, 2))
    )
    assert planned.facts.groups == 2


def test_one_term_that_is_the_identity_needs_no_circuit() -> None:
    for shots in (0, 100):
        values, errors = estimates(problem(CHAIN, "ab", [{"III": 2.5}], shots=shots), np.zeros((2, 2)))
        assert values.tolist() == [[2.5], [2.5]]
        assert not errors.any()


@pytest.mark.parametrize("noise", [None, NoiseSpec("thermal", "low")], ids=["ideal", "noisy"])
@pytest.mark.parametrize(
    "gate",
    ["crx(a) q[0], q[1]", "cry(a) q[0], q[1]", "crz(a) q[0], q[1]", "cp(a) q[0], q[1]",
     "cu(a, 0.3, a, a) q[0], q[1]", "ctrl @ U(a, 0.1, a) q[0], q[1]", "ctrl @ ctrl @ rz(a) q[0], q[2], q[1]",
     "negctrl @ p(a) q[0], q[1]", "ctrl @ gphase(a) q[1]", "inv @ crz(2 * a) q[1], q[2]"],
)  # fmt: skip
def test_controlled_gates_have_the_angle_of_each_binding(gate: str, noise: NoiseSpec | None) -> None:
    """As a program whose angle is a number; Aer itself binds the angles of controlled gates wrongly."""
    body = f"qubit[3] q; h q; t q[1]; ry(0.4) q[2]; {gate}; sx q[1]; h q[0];"
    observables = [{"IYZ": 1.0, "ZXI": 0.5}, {"IZX": 1.0}, {"YXI": 1.0}]
    angles = [0.7, -2.4]
    asked = problem(f"{HEAD} input float a; {body}", ["a"], observables, shots=0, noise=noise)
    found, _ = estimates(asked, np.array([[angle] for angle in angles]))
    for row, angle in zip(found, angles, strict=True):
        fixed = problem(f"{HEAD} const float a = {angle}; {body}", [], observables, shots=0, noise=noise)
        expected, _ = estimates(fixed, np.zeros((1, 0)))
        assert row == pytest.approx(expected[0], abs=1e-9)
