"""Estimates through the whole stack."""

import pytest

from tests.api import contract
from tests.api.test_execute import QASM2
from tests.circuits.test_wide import brickwork, ghz
from tests.stack import Stack

HALVES = ("estimate", "execute")

pytestmark = pytest.mark.xdist_group("api")


def test_an_estimate_says_what_the_execution_then_does(stack: Stack) -> None:
    body = {"program": QASM2, "shots": 777, "seed": 3}
    executions = stack.get("/api/executions?limit=1&page=1").json()["total"]
    found = stack.post("/api/estimate", json=body).json()
    assert stack.get("/api/executions?limit=1&page=1").json()["total"] == executions
    del found["expected_seconds"]  # other tests may have run such circuits
    assert found == {
        "num_qubits": 2,
        "num_qubits_used": 2,
        "num_clbits": 2,
        "depth": 3,
        "gates": {"H": 1, "CX": 1},
        "two_qubit_gates": 1,
        "method": "stabilizer",
        "method_reason": "All gates are Clifford gates.",
        "memory_bytes": 4,
        "log2_bond_dimension": None,
        "queue": "interactive",
    }
    execution = contract.execution(stack.post("/api/execute", json=body))
    assert (execution.method, execution.method_reason) == (found["method"], found["method_reason"])
    assert 0 < stack.post("/api/estimate", json=body).json()["expected_seconds"] < 10


def test_an_estimate_of_a_library_circuit_says_what_the_execution_then_does(stack: Stack) -> None:
    path = "random/noisy?num_qubits=4&gate_count=20&seed=3&noise_type=thermal&shots=99"
    found = stack.post(f"/api/estimate/{path}").json()
    execution = contract.execution(stack.post(f"/api/execute/{path}"))
    assert (execution.method, execution.method_reason) == (found["method"], found["method_reason"])
    assert sum(found["gates"].values()) == execution.num_gates == 20
    assert stack.post("/api/estimate/ghz?num_qubits=1000").json()["method"] == "stabilizer"
    too_wide = [stack.post(f"/api/{half}/random?num_qubits=200&gate_count=5000") for half in HALVES]
    assert [each.status_code for each in too_wide] == [422, 422]


@pytest.mark.parametrize(
    ("program", "queue"), [(ghz(100), "interactive"), (brickwork(40, 16), "heavy")], ids=["ghz", "brickwork"]
)
def test_the_queue_is_that_of_the_job(stack: Stack, program: str, queue: str) -> None:
    assert stack.post("/api/estimate", json={"program": program}).json()["queue"] == queue


def test_a_matrix_product_state_that_is_asked_for_may_be_larger_than_a_chosen_one(stack: Stack) -> None:
    limit = stack.get("/api/limits").json()["max_log2_bond_dimension"]
    for layers, log2, options in ((16, limit, {}), (18, limit + 1, {"method": "matrix_product_state"})):
        body = {"program": brickwork(40, layers), **options}
        found = stack.post("/api/estimate", json=body).json()
        assert (found["method"], found["log2_bond_dimension"]) == ("matrix_product_state", log2)
        assert found["queue"] == "heavy"


@pytest.mark.parametrize(
    "program",
    [brickwork(40, 18), QASM2 + "foo q[0];\n", QASM2.replace("cx", "rx(1/0)")],
    ids=["too entangled", "unknown gate", "infinite angle"],
)
def test_a_refusal_is_that_of_execute(stack: Stack, program: str) -> None:
    estimate, execute = (
        stack.post(f"/api/{path}", json={"program": program}) for path in ("estimate", "execute")
    )
    assert estimate.status_code == execute.status_code == 422
    ours, theirs = estimate.json(), execute.json()
    assert {**ours, "request_id": None} == {**theirs, "request_id": None}


def test_a_wide_ghz_state_runs_and_all_that_is_stored_of_it_is_read(stack: Stack) -> None:
    execution = contract.execution(stack.post("/api/execute/ghz?num_qubits=1000&shots=100"))
    assert (execution.num_qubits, execution.num_events) == (1_000, 2_002)
    assert set(execution.counts) == {"0" * 1_000, "1" * 1_000}
    overview = stack.get(f"/api/executions/{execution.execution_id}").json()
    assert overview["counts"] == execution.counts
    assert len(overview["graph"]["nodes"]) == 2_002
    assert overview["method_reason"] == execution.method_reason
