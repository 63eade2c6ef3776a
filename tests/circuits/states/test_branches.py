"""The state after every step equals that of qiskit.quantum_info."""

from random import Random

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import DensityMatrix, Pauli, concurrence, entropy, partial_trace

from app.circuits import events
from app.circuits.states import vectors
from app.circuits.states.branches import Branches, Mixture
from app.circuits.states.gates import GateMatrices
from app.circuits.states.steps import Stepper
from tests.circuits.states import reference

EVERY_BIT = range(64)
EXACT = {"atol": 1e-9, "rtol": 0}


def mixtures(circuit: QuantumCircuit) -> list[Mixture]:
    branches = Branches(circuit.num_qubits, circuit.num_clbits, GateMatrices())
    return [branches.mixture() for _ in Stepper(circuit).steps(branches)]


@pytest.mark.parametrize(
    "seed", [*range(50), *(pytest.param(k, marks=pytest.mark.slow) for k in range(50, 200))]
)
def test_every_step_equals_that_of_quantum_info(seed: int) -> None:
    circuit = reference.random_circuit(Random(seed))
    found, expected = mixtures(circuit), list(reference.states(circuit))
    assert len(found) == len(expected) == len(events.extract(circuit))
    everything = range(circuit.num_qubits)
    for mixture, ensemble in zip(found, expected, strict=True):
        assert mixture.kept == pytest.approx(1, abs=1e-9)
        matrix = reference.density(ensemble)
        np.testing.assert_allclose(mixture.density(everything), matrix, **EXACT)
        assert_outcomes_equal(mixture, ensemble)
    assert_figures_equal(found[-1], DensityMatrix(reference.density(expected[-1])))


def assert_outcomes_equal(mixture: Mixture, ensemble: reference.Ensemble) -> None:
    """The probabilities of the classical bits, and the state for the most probable of them."""
    shares: dict[int, float] = {}
    for bits, state in ensemble:
        value = sum(bit << place for place, bit in enumerate(bits))
        shares[value] = shares.get(value, 0.0) + float(np.vdot(state.data, state.data).real)
    outcomes = mixture.outcomes(EVERY_BIT)
    assert outcomes.keys() == {value for value, share in shares.items() if share > 1e-12}
    assert outcomes == pytest.approx({value: shares[value] for value in outcomes}, abs=1e-9)
    likely = max(outcomes, key=lambda value: outcomes[value])
    inside = [one for one in ensemble if sum(bit << place for place, bit in enumerate(one[0])) == likely]
    given = mixture.given(likely, range(len(ensemble[0][0])))
    assert given is not None
    matrix = reference.density(inside) / shares[likely]
    np.testing.assert_allclose(given.density(range(mixture.num_qubits)), matrix, **EXACT)


def assert_figures_equal(mixture: Mixture, state: DensityMatrix) -> None:
    """Bloch vectors, entropies, purity and the concurrence of two qubits."""
    size = mixture.num_qubits
    assert mixture.purity() == pytest.approx(state.purity().real, abs=1e-9)
    for qubit in range(size):
        expected = [state.expectation_value(Pauli(name), [qubit]).real for name in "XYZ"]
        bloch = mixture.bloch_vector(qubit)
        np.testing.assert_allclose(bloch, expected, **EXACT)
        alone = partial_trace(state, [other for other in range(size) if other != qubit])
        assert vectors.entropy_of_bloch(bloch) == pytest.approx(entropy(alone), abs=1e-7)
    if size > 1:
        pair = partial_trace(state, list(range(2, size)))
        np.testing.assert_allclose(mixture.density([0, 1]), pair.data, **EXACT)
        assert vectors.entropy(mixture.density([0, 1])) == pytest.approx(entropy(pair), abs=1e-7)
        assert vectors.concurrence(mixture.density([0, 1])) == pytest.approx(concurrence(pair), abs=1e-6)
