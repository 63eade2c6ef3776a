"""Algorithms that people run: VQE and QAOA of qiskit_algorithms, and a gradient of PennyLane."""

import numpy as np
import pytest

pytest.importorskip("qiskit", reason="the extra [qiskit] is not installed")

from qiskit.circuit.library import efficient_su2
from qiskit.quantum_info import SparsePauliOp
from qloom import Qloom
from qloom.qiskit import EstimatorV2, QloomBackend, SamplerV2

HYDROGEN = SparsePauliOp.from_list(
    [
        ("II", -1.052373245772859),
        ("IZ", 0.39793742484318045),
        ("ZI", -0.39793742484318045),
        ("ZZ", -0.01128010425623538),
        ("XX", 0.18093119978423156),
    ]
)
"""H2 at 0.735 angstrom, two qubits; its ground state has -1.857275 hartree (Qiskit's own example of VQE)."""


@pytest.fixture
def backend(client: Qloom) -> QloomBackend:
    return QloomBackend(client)


def test_vqe_finds_the_ground_state_of_hydrogen(backend: QloomBackend) -> None:
    pytest.importorskip("qiskit_algorithms", reason="qiskit_algorithms is not installed")
    from qiskit_algorithms import VQE
    from qiskit_algorithms.optimizers import COBYLA

    estimator = EstimatorV2(backend, options={"seed_simulator": 1, "default_precision": 0.01})
    ansatz = efficient_su2(2, su2_gates=["ry"], reps=1)
    vqe = VQE(estimator, ansatz, COBYLA(maxiter=40), initial_point=np.full(ansatz.num_parameters, 0.1))
    found = vqe.compute_minimum_eigenvalue(HYDROGEN)
    assert found.eigenvalue is not None
    assert found.eigenvalue.real == pytest.approx(-1.857275, abs=0.1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of qiskit, for what qiskit_algorithms uses
def test_qaoa_cuts_a_square(backend: QloomBackend) -> None:
    pytest.importorskip("qiskit_algorithms", reason="qiskit_algorithms is not installed")
    from qiskit_algorithms import QAOA
    from qiskit_algorithms.optimizers import COBYLA

    cut = SparsePauliOp.from_sparse_list([("ZZ", [i, (i + 1) % 4], 0.5) for i in range(4)], num_qubits=4)
    sampler = SamplerV2(backend, options={"seed_simulator": 2, "default_shots": 500})
    found = QAOA(sampler, COBYLA(maxiter=15), reps=1, initial_point=[0.4, 0.4]).compute_minimum_eigenvalue(
        cut
    )
    assert found.best_measurement["bitstring"] in {"0101", "1010"}
    assert found.best_measurement["value"].real == pytest.approx(-2)


@pytest.mark.filterwarnings("ignore")  # of the packages that PennyLane brings
def test_pennylane_differentiates_a_circuit(backend: QloomBackend) -> None:
    """pennylane-qiskit needs a qiskit of its own choice, so this runs in a virtual environment of its own."""
    qml = pytest.importorskip("pennylane", reason="pennylane-qiskit is not installed")
    pytest.importorskip("pennylane_qiskit", reason="pennylane-qiskit is not installed")
    device = qml.device("qiskit.remote", wires=2, backend=backend)

    @qml.set_shots(20_000)
    @qml.qnode(device, diff_method="parameter-shift")
    def value(theta: float, phi: float) -> object:
        qml.RY(theta, wires=0)
        qml.CNOT(wires=[0, 1])
        qml.RX(phi, wires=1)
        return qml.expval(qml.PauliZ(1))

    at = qml.numpy.array([0.6, 0.4], requires_grad=True)
    assert value(*at) == pytest.approx(np.cos(0.6) * np.cos(0.4), abs=0.04)
    gradient = qml.grad(value)(*at)
    expected = [-np.sin(0.6) * np.cos(0.4), -np.cos(0.6) * np.sin(0.4)]
    np.testing.assert_allclose(gradient, expected, atol=0.05)
