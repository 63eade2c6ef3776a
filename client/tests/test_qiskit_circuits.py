"""Forty typical circuits through the backend: none has a wrong count."""

import warnings

import numpy as np
import pytest

pytest.importorskip("qiskit", reason="the extra [qiskit] is not installed")

from qiskit.circuit import Parameter, QuantumCircuit
from qiskit.circuit.random import random_circuit
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Statevector
from qloom import JobCancelledError, Qloom, QloomError
from qloom.qiskit import QloomBackend, QloomProvider
from qloom.qiskit.programs import to_program

from tests import register_circuits
from tests.circuits import CIRCUITS

SHOTS = 4000
ROUNDING = 1.5
"""Shots: an outcome of small probability may come once or twice."""


@pytest.fixture
def backend(client: Qloom) -> QloomBackend:
    return QloomProvider(client=client).get_backend()


def probabilities(circuit: QuantumCircuit) -> dict[str, float]:
    """The probabilities of a circuit that measures all its qubits at its end."""
    without = circuit.remove_final_measurements(inplace=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy on its way to a matrix exponential
        return {key: float(value) for key, value in Statevector(without).probabilities_dict().items()}


def check(counts: dict[str, int], expected: dict[str, float], errors: float = 5) -> None:
    """Every outcome is possible, and no count is farther from expectation than so many standard errors."""
    shots = sum(counts.values())
    assert shots == SHOTS
    for outcome in {*counts, *expected}:
        p = expected.get(outcome, 0.0)
        assert (
            abs(counts.get(outcome, 0) / shots - p)
            <= errors * np.sqrt(p * (1 - p) / shots) + ROUNDING / shots
        ), outcome


def test_there_are_forty() -> None:
    assert len(CIRCUITS) >= 40
    assert register_circuits.a_loop.__name__ in CIRCUITS


@pytest.mark.parametrize("name", CIRCUITS)
def test_a_circuit_is_counted_right(name: str, backend: QloomBackend) -> None:
    circuit, expected = CIRCUITS[name]()
    found = backend.run(circuit, shots=SHOTS, seed_simulator=7, memory=True).result()
    check(found.get_counts(), probabilities(circuit) if expected is None else expected)
    memory = found.get_memory()
    assert {each: memory.count(each) for each in set(memory)} == found.get_counts()


def test_random_circuits_are_counted_right(backend: QloomBackend) -> None:
    circuits = [random_circuit(4, 6, max_operands=4, seed=seed) for seed in range(20)]
    for each in circuits:
        each.measure_all()
    result = backend.run(circuits, shots=SHOTS, seed_simulator=3).result()
    for index, each in enumerate(circuits):
        check(result.get_counts(index), probabilities(each), errors=6)


def test_openqasm_2_where_the_circuit_allows_it() -> None:
    plain, _ = CIRCUITS["quantum_volume_circuit"]()
    assert str(to_program(plain).text).startswith("OPENQASM 2.0")
    branching, _ = CIRCUITS["if_and_else"]()
    assert str(to_program(branching).text).startswith("OPENQASM 3")
    assert to_program(CIRCUITS["nothing_is_measured"]()[0]).text is None


def test_many_circuits_are_one_job_in_their_order(backend: QloomBackend) -> None:
    circuits = []
    for value in range(12):
        circuit = QuantumCircuit(4, name=f"n{value}", metadata={"value": value})
        for qubit in range(4):
            circuit.rx(np.pi * (value >> qubit & 1), qubit)
        circuit.measure_all()
        circuits.append(circuit)
    result = backend.run(circuits, shots=10).result()
    assert [result.get_counts(each) for each in circuits] == [{f"{value:04b}": 10} for value in range(12)]
    headers = [
        vars(each.header) if hasattr(each.header, "__dict__") else each.header for each in result.results
    ]
    assert [each["metadata"]["value"] for each in headers] == list(range(12))


def test_a_seed_repeats_and_equal_circuits_draw_different_shots(backend: QloomBackend) -> None:
    circuit = QuantumCircuit(6)
    circuit.h(range(6))
    circuit.measure_all()
    first, second = (backend.run([circuit] * 3, seed_simulator=5).result().get_counts() for _ in range(2))
    assert first == second
    assert first[0] != first[1] != first[2]


def test_noise_is_an_option(client: Qloom) -> None:
    circuit, _ = CIRCUITS["ghz_of_five"]()
    noisy = QloomBackend(client, noise={"measurement_error": 0.2})
    assert len(noisy.run(circuit).result().get_counts()) > 2
    assert len(QloomBackend(client).run(circuit, noise={"measurement_error": 0.2}).result().get_counts()) > 2


def test_devices_are_backends(client: Qloom) -> None:
    provider = QloomProvider(client=client)
    device = client.devices.list(min_qubits=5, limit=1).items[0]
    backend = provider.get_backend(device.name)
    assert (backend.name, backend.num_qubits) == (device.name, device.num_usable_qubits)
    circuit, _ = CIRCUITS["ghz_of_five"]()
    job = backend.run(circuit, shots=2000, seed_simulator=1)
    counts = job.result().get_counts()
    assert counts["00000"] + counts["11111"] < 2000
    assert job.execution().layout is not None
    with pytest.raises(LookupError, match="no backend 'x'"):
        provider.get_backend("x")


def test_what_no_other_provider_has(backend: QloomBackend) -> None:
    circuit, _ = CIRCUITS["bell"]()
    job = backend.run([circuit, CIRCUITS["nothing_is_measured"]()[0]], seed_simulator=1)
    noisy = backend.run(circuit, seed_simulator=1, noise={"type": "thermal", "level": "very_high"})
    assert [node.gate for node in job.event_graph().nodes if node.type == "GATE"] == ["H", "CX"]
    assert [each.step for each in job.states().steps]
    assert job.replay().total_steps == len(job.event_graph().nodes)
    assert (job.compare(noisy).counts.p_value or 0) < 1e-6
    assert job.execution().tags[:2] == ["qiskit", job.job_id()]
    with pytest.raises(QloomError, match="measures nothing"):
        job.replay(1)


def test_a_job_is_cancelled(client: Qloom, backend: QloomBackend) -> None:
    circuit = QuantumCircuit(24)
    for _ in range(40):
        circuit.h(range(24))
        circuit.cz(range(23), range(1, 24))
        circuit.t(range(24))
    circuit.measure_all()
    job = backend.run([circuit] * 2, method="statevector")
    assert job.cancel()
    with pytest.raises(JobCancelledError):
        job.result()
    assert job.status().name == "CANCELLED"


def test_what_cannot_run_is_told_at_once(backend: QloomBackend) -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.rx(Parameter("θ"), 0)
    circuit.measure(0, 0)
    with pytest.raises(QloomError, match="unbound parameters: θ"):
        backend.run(circuit)
    with pytest.raises(QiskitError, match="No counts"):
        backend.run(QuantumCircuit(1)).result().get_counts()
