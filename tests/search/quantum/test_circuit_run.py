"""An explained query is the circuit itself: its gates prepare the state, its program runs."""

import json

import numpy as np
import pytest
from qiskit import QuantumCircuit, qasm2
from qiskit.quantum_info import Statevector

from app.circuits import runner
from app.circuits.spec import ExecutionSpec, RunLimits
from app.search.quantum import interference
from app.search.quantum.circuit_run import prepare_by_gates
from app.search.quantum.problem import CircuitRun
from app.search.quantum.scoring import score
from tests.search.quantum.pools import Array, closed_form, pool, problem


def _explained(
    query: Array, candidates: Array, weights: list[float] | None = None, **options: object
) -> CircuitRun:
    (result,) = score([problem(query, candidates, weights, explain=True, **options)])
    assert result.explanation is not None
    return result.explanation


def _estimates(counts: dict[str, int], count: int) -> tuple[Array, Array]:
    """Return what the counts say of each candidate, and how many shots found it."""
    found = np.zeros((count, 2))
    for outcome, number in counts.items():
        value = int(outcome, 2)
        found[value >> 1, value & 1] = number
    shots = found.sum(axis=1)
    return (found[:, 0] - found[:, 1]) / shots, shots


@pytest.mark.parametrize("qubits", [1, 2, 3, 6])
def test_rotations_prepare_any_real_state(qubits: int) -> None:
    amplitudes = np.random.default_rng(qubits).normal(size=2**qubits)
    amplitudes[: 2**qubits // 3] = 0
    amplitudes /= np.linalg.norm(amplitudes)
    circuit = QuantumCircuit(qubits)
    prepare_by_gates(circuit, amplitudes)
    prepared = Statevector(circuit).data
    assert prepared == pytest.approx(amplitudes, abs=1e-12)
    assert len(circuit) == 2 ** (qubits + 1) - 3
    assert set(circuit.count_ops()) <= {"ry", "cx"}


@pytest.mark.parametrize(
    ("count", "dimension", "has_context"),
    [
        (1, 1, False),
        (1, 1, True),
        (2, 1, False),
        (5, 3, True),
        (7, 4, False),
        pytest.param(64, 768, True, marks=pytest.mark.slow),
        (3, 4_096, False),
    ],
)
def test_the_counts_of_the_explained_circuit_are_those_of_the_scores(
    count: int, dimension: int, has_context: bool
) -> None:
    query, candidates = pool(count, dimension)
    weights = np.linspace(0.2, 1, count).tolist() if has_context else None
    run = _explained(query, candidates, weights, shots=20_000 * count, seed=4)
    assert sum(run.counts.values()) == run.shots == 20_000 * count
    estimates, shots = _estimates(run.counts, count)
    expected = closed_form(query, candidates, weights)
    assert np.all(np.abs(estimates - expected) <= 5 * np.sqrt((1 - expected**2) / shots) + 1e-6)


def test_a_program_of_gates_runs_as_any_users_program() -> None:
    query, candidates = pool(5, 3)
    run = _explained(query, candidates, shots=50_000, seed=1)
    spec = ExecutionSpec("interference", shots=50_000, seed=1, program=run.program)
    again = runner.run(spec, RunLimits(), None, lambda _phase: None)
    assert "over_ceiling" not in again
    assert again["num_gates"] == run.num_gates
    assert again["num_qubits"] == run.num_qubits
    assert [event.get("gate_name") for event in json.loads(again["events"])] == [
        event.get("gate_name") for event in json.loads(run.events)
    ]
    estimates, shots = _estimates(again["counts"], 5)
    expected = closed_form(query, candidates)
    assert np.all(np.abs(estimates - expected) <= 5 * np.sqrt((1 - expected**2) / shots))


@pytest.mark.parametrize(("count", "dimension", "qubits"), [(64, 32, 12), (64, 33, 13)])
def test_events_are_within_the_limit_of_an_execution(count: int, dimension: int, qubits: int) -> None:
    run = _explained(*pool(count, dimension))
    events = json.loads(run.events)
    limits = RunLimits()
    assert run.num_qubits == qubits
    assert run.num_events == len(events) <= limits.max_events
    assert run.num_gates == sum(event["event_type"] == "GATE" for event in events)
    assert len(run.program.encode()) <= limits.max_program_bytes
    measured = [event["qubits"] for event in events if event["event_type"] == "MEASUREMENT"]
    assert measured == [[qubit] for qubit in range(qubits - 7, qubits)], "the ancilla and six of index"
    assert (run.num_gates == 2) == (qubits > 12)


def test_what_is_too_large_for_gates_is_one_opaque_instruction() -> None:
    run = _explained(*pool(64, 128))
    names = [event["gate_name"] for event in json.loads(run.events) if event["event_type"] == "GATE"]
    assert names == ["prepare_state", "H"]
    assert "opaque prepare_state" in run.program
    assert "prepare_state stands for the amplitudes" in run.program
    assert run.depth == 3
    assert qasm2.loads(run.program).num_qubits == run.num_qubits == 14


def test_the_program_says_what_its_registers_mean() -> None:
    run = _explained(*pool(5, 3))
    for register in ("index", "data", "ancilla", "found"):
        assert f"// {register}: " in run.program
        assert f"reg {register}[" in run.program
    assert "first of" not in run.program
    assert "opaque" not in run.program


def test_the_first_of_several_circuits_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interference, "MAX_QUBITS", 5)  # 2 of data, the ancilla, 2 of index
    query, candidates = pool(10, 4)
    (result,) = score([problem(query, candidates, explain=True)])
    assert result.explanation is not None
    assert result.circuits == 3
    assert "the first of 3 circuits" in result.explanation.program
    assert "which of 4 candidates" in result.explanation.program


def test_without_shots_the_explained_circuit_is_measured_1024_times_and_scores_stay_exact() -> None:
    query, candidates = pool(5, 3)
    (result,) = score([problem(query, candidates, explain=True)])
    assert result.scores == pytest.approx(closed_form(query, candidates), abs=1e-6)
    assert result.explanation is not None
    assert sum(result.explanation.counts.values()) == result.explanation.shots == 1_024


def test_the_same_seed_gives_the_same_counts() -> None:
    first, second, other = (_explained(*pool(5, 3), seed=seed).counts for seed in (5, 5, 6))
    assert first == second
    assert first != other
