"""When a simulator dies while it computes states, or the execution is deleted meanwhile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from embedded.process import ManagedProcess
from tests.faults.jobs import STAY_INTERACTIVE, rows
from tests.stack import Stack, kill, simulators_of, wait_until

QUBITS, LAYERS = 16, 25
SLOW = (
    f'OPENQASM 2.0; include "qelib1.inc"; qreg q[{QUBITS}]; creg c[{QUBITS}];\n'
    + "".join(f"h q[{i % QUBITS}]; cx q[{i % QUBITS}],q[{(i + 7) % QUBITS}];\n" for i in range(LAYERS * 16))
    + "measure q -> c;"
)
"""A program whose states take some seconds."""


@pytest.fixture
def stack(new_stack: Callable[..., Stack]) -> Stack:
    made = new_stack(**STAY_INTERACTIVE)
    made.start_web()
    return made


def slow_execution(stack: Stack) -> str:
    response = stack.post("/api/execute", json={"program": SLOW, "shots": 1, "method": "statevector"})
    assert response.status_code == 200, response.text
    return str(response.json()["execution_id"])


def ask(stack: Stack, execution_id: str) -> str:
    """Ask for the states without waiting; return the job."""
    path = f"/api/replay/{execution_id}/states"
    response = stack.get(path, headers={"Prefer": "respond-async"})
    assert response.status_code == 202, response.text
    return str(response.json()["job_id"])


def processor_seconds(worker: ManagedProcess) -> float:
    """Return how long the simulators of a worker have computed."""
    return sum(each.cpu_times().user for each in simulators_of(worker))


def test_the_states_are_computed_again_when_the_simulator_was_killed(stack: Stack) -> None:
    worker = stack.start_worker()
    execution_id = slow_execution(stack)
    used = processor_seconds(worker)
    job_id = ask(stack, execution_id)
    wait_until(lambda: processor_seconds(worker) > used + 0.2, what="the computation")
    for simulator in simulators_of(worker):
        kill(simulator)
    wait_until(lambda: stack.job(job_id)["attempt"] == 2, what="the second attempt")
    document = stack.wait_for(job_id, "SUCCEEDED", seconds=120)
    assert document["result"] == {"execution_id": execution_id, "about": "steps"}
    steps = stack.get(f"/api/replay/{execution_id}/states").json()["steps"]
    assert len(steps) == LAYERS * 32 + QUBITS + 2
    assert rows(stack, "SELECT count(*) FROM execution_states") == [(1,)]


def test_an_execution_that_is_deleted_meanwhile_is_not_found_and_leaves_nothing(stack: Stack) -> None:
    stack.start_worker()
    execution_id = slow_execution(stack)
    with ThreadPoolExecutor() as waiting:
        asked = waiting.submit(stack.get, f"/api/replay/{execution_id}/states")
        wait_until(
            lambda: rows(stack, "SELECT id FROM jobs WHERE kind = 'states' AND status = 'RUNNING'"),
            what="the computation",
        )
        assert stack.delete(f"/api/executions/{execution_id}").status_code == 204
        response = asked.result()
    if response.status_code == 202:  # it took longer than the wait
        stack.wait_for(response.json()["job_id"], "SUCCEEDED", "FAILED", seconds=120)
        response = stack.get(f"/api/replay/{execution_id}/states")
    assert response.status_code == 404
    assert rows(stack, "SELECT count(*) FROM execution_states") == [(0,)]


def test_a_job_about_a_deleted_execution_fails_as_not_found(stack: Stack) -> None:
    worker = stack.start_worker()
    execution_id = slow_execution(stack)
    kill(worker)
    job_id = ask(stack, execution_id)
    assert stack.delete(f"/api/executions/{execution_id}").status_code == 204
    stack.start_worker()
    document = stack.wait_for(job_id, "FAILED")
    assert document["error"]["code"] == "not_found"
    assert rows(stack, "SELECT count(*) FROM execution_states") == [(0,)]
