"""Fidelities under noise equal those of Aer; mixtures equal those of an independent reference."""

from random import Random

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import DensityMatrix, Statevector, random_density_matrix, state_fidelity
from qiskit_aer import AerSimulator

from app.circuits import aer, events
from app.circuits.noise import channel_rates
from app.circuits.noise_model import noise_model
from app.circuits.noisy_gates import gates_of
from app.circuits.spec import CustomNoise, NoiseSpec
from app.circuits.states import fidelities
from app.circuits.states.branches import Branch, Branches, Mixture
from app.circuits.states.channels import Channels
from app.circuits.states.gates import GateMatrices
from app.circuits.states.noisy import NoisyStates, fidelity
from app.circuits.states.steps import Stepper
from tests.circuits import noisy_reference
from tests.circuits.states import reference

NOISES = [
    NoiseSpec("depolarizing", "medium"),
    NoiseSpec("thermal", "very_high"),
    NoiseSpec("custom", "custom", CustomNoise(0.01, 0.03, 0.02, 40.0, 60.0, 0.5, 1.5)),
]


def saved_by_aer(circuit: QuantumCircuit, noise: NoiseSpec) -> DensityMatrix:
    """The density matrix that Aer has after the whole circuit."""
    transpiled = aer.transpile(circuit, noise, "density_matrix")
    model = noise_model(noise, gates_of(transpiled))
    transpiled.save_density_matrix()
    result = AerSimulator(method="density_matrix").run(transpiled, noise_model=model, shots=1).result()
    assert result.success
    return DensityMatrix(np.asarray(result.data(0)["density_matrix"]))


@pytest.mark.parametrize("noise", NOISES, ids=["depolarizing", "thermal", "custom"])
@pytest.mark.parametrize("seed", range(8))
def test_every_fidelity_is_that_of_aers_density_matrix(noise: NoiseSpec, seed: int) -> None:
    circuit = reference.random_circuit(Random(seed), splits=False)
    while circuit.num_qubits > 5:
        circuit = reference.random_circuit(Random(seed + 1_000), splits=False)
        seed += 1_000
    found = fidelities.fidelities(circuit, events.extract(circuit), noise)
    assert found.method == "exact"
    prefix = circuit.copy_empty_like()
    for step, instruction in zip(found.steps[1:-1], circuit.data, strict=True):
        prefix.append(instruction)
        expected = state_fidelity(Statevector(prefix), saved_by_aer(prefix, noise), validate=False)
        assert step.fidelity == pytest.approx(expected, abs=1e-9)
    assert found.steps[0].fidelity == 1
    assert found.fidelity == found.steps[-1].fidelity == found.steps[-2].fidelity
    losses = [step.loss for step in found.steps]
    assert sum(losses) == pytest.approx(1 - found.fidelity, abs=1e-9)
    assert sum(each.loss for each in found.losses.by_gate) == pytest.approx(sum(losses), abs=1e-9)
    ranked = [each.loss for each in found.losses.by_step]
    assert ranked == sorted((loss for loss in losses if loss > 0), reverse=True)


@pytest.mark.parametrize("noise", NOISES, ids=["depolarizing", "thermal", "custom"])
@pytest.mark.parametrize("seed", range(12))
def test_the_noisy_mixture_is_the_sum_of_all_outcomes(noise: NoiseSpec, seed: int) -> None:
    random = Random(seed)
    circuit = reference.random_circuit(random)
    while circuit.num_qubits > 4:
        circuit = reference.random_circuit(random)
    stepper = Stepper(circuit)
    noisy = NoisyStates(circuit.num_qubits, circuit.num_clbits, stepper.bits_read, Channels(noise))
    ideal = Branches(circuit.num_qubits, circuit.num_clbits, GateMatrices())
    for _ in stepper.steps(ideal, noisy):
        assert np.trace(noisy.density()).real == pytest.approx(1, abs=1e-9)
    start = np.zeros((2**circuit.num_qubits,) * 2, complex)
    start[0, 0] = 1
    by_outcome = noisy_reference._Reference(circuit, channel_rates(noise)).run(
        circuit, {(0,) * circuit.num_clbits: start}
    )
    expected = sum(by_outcome.values())
    np.testing.assert_allclose(noisy.density(), expected, atol=1e-9, rtol=0)
    qiskits = state_fidelity(
        DensityMatrix(ideal.mixture().density(range(circuit.num_qubits))),
        DensityMatrix(expected),
        validate=False,
    )
    assert fidelity(ideal.mixture(), noisy.density()) == pytest.approx(qiskits, abs=1e-6)


@pytest.mark.parametrize("dephased", [(), (0,), (1, 3), (0, 1, 2, 3)])
@pytest.mark.parametrize("count", [1, 3])
def test_the_fidelity_of_mixtures_is_qiskits(dephased: tuple[int, ...], count: int) -> None:
    generator = np.random.default_rng(count + len(dephased))
    branches = [
        Branch(1 / count, (), random_density_matrix(16, rank=1, seed=generator).data[:, 0].copy())
        for _ in range(count)
    ]
    for branch in branches:
        branch.state /= np.linalg.norm(branch.state)
    mixture = Mixture(4, branches, frozenset(dephased))
    noisy = random_density_matrix(16, seed=generator).data
    values = np.arange(16) & sum(1 << qubit for qubit in dephased)
    noisy = np.where(values[:, None] == values[None, :], noisy, 0)
    expected = state_fidelity(DensityMatrix(mixture.density(range(4))), DensityMatrix(noisy))
    assert fidelity(mixture, noisy) == pytest.approx(expected, abs=1e-7)  # qiskit's own precision


def test_above_the_limit_the_fidelity_is_an_estimate_that_is_too_low() -> None:
    """The estimate of a circuit that is small enough to be checked."""
    circuit = QuantumCircuit(6, 6)
    for qubit in range(5):
        circuit.h(qubit)
        circuit.cx(qubit, qubit + 1)
    for noise in NOISES:
        exact = [value for _, value in fidelities.exact(circuit, noise)][-1]
        estimate = [value for _, value in fidelities.estimated(circuit, noise)][-1]
        assert exact - 0.1 < estimate < exact
    wide = QuantumCircuit(11)
    wide.h(0)
    assert fidelities.fidelities(wide, events.extract(wide), NOISES[0]).method == "estimate"
