"""States through the whole stack: computed by a worker at the first request, and read at the second."""

from typing import Any

import pytest

from tests.circuits.states.test_step_states import TELEPORTATION
from tests.faults.jobs import rows
from tests.stack import Stack

pytestmark = pytest.mark.xdist_group("api")

BELL = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; h q[0]; cx q[0],q[1];'
LOOP = """OPENQASM 3.0;
include "stdgates.inc";
qubit q;
bit c;
h q;
c = measure q;
while (c) { h q; c = measure q; }
"""


def run(stack: Stack, **body: Any) -> str:
    response = stack.post("/api/execute", json={"shots": 100, **body})
    assert response.status_code == 200, response.text
    return str(response.json()["execution_id"])


def refusal(stack: Stack, path: str) -> tuple[list[Any], str]:
    response = stack.get(path)
    assert response.status_code == 422, response.text
    [problem] = response.json()["detail"]
    return problem["loc"], problem["msg"]


def state_jobs(stack: Stack) -> int:
    [(count,)] = rows(stack, "SELECT count(*) FROM jobs WHERE kind = 'states'")
    return int(count)


def test_a_second_ask_makes_no_job(stack: Stack) -> None:
    execution_id = run(stack, program=TELEPORTATION)
    first = stack.get(f"/api/replay/{execution_id}/states").json()
    before = state_jobs(stack)
    assert stack.get(f"/api/replay/{execution_id}/states").json() == first
    assert state_jobs(stack) == before
    assert [round(x, 6) for x in first["steps"][9]["qubits"][0]["bloch"]] == [0.891207, 0.0, 0.453596]


def test_the_job_of_an_answer_says_what_it_is_about(stack: Stack) -> None:
    execution_id = run(stack, program=TELEPORTATION)
    asked = stack.get(f"/api/replay/{execution_id}/states", headers={"Prefer": "respond-async"})
    job = stack.wait_for(asked.json()["job_id"], "SUCCEEDED")
    assert job["result"] == {"execution_id": execution_id, "about": "steps"}


def test_an_outcome_that_cannot_happen_is_refused_with_those_that_can(stack: Stack) -> None:
    execution_id = run(stack, program=TELEPORTATION)
    loc, message = refusal(stack, f"/api/replay/{execution_id}/step/7/state?outcome=111")
    assert loc == ["query", "outcome"]
    assert message == "the outcome 111 cannot happen up to step 7; these can: 000, 001, 010, 011"


def test_a_program_without_measurements_has_the_steps_that_were_run(stack: Stack) -> None:
    execution_id = run(stack, program=BELL, measure="all")
    steps = stack.get(f"/api/replay/{execution_id}/states").json()["steps"]
    assert [each["probability"] for each in steps[-2]["outcomes"]] == [0.5, 0.5]


def test_a_run_on_a_device_has_the_states_of_its_program_and_no_fidelity(stack: Stack) -> None:
    execution_id = run(stack, program=BELL, measure="all", noise={"device": "belem"})
    steps = stack.get(f"/api/replay/{execution_id}/states").json()["steps"]
    assert [step["gate"] for step in steps[1:3]] == ["H", "CX"]
    loc, message = refusal(stack, f"/api/replay/{execution_id}/fidelity")
    assert loc == ["path", "execution_id"]
    assert message.startswith("the run had the noise of the device")


def test_a_loop_that_depends_on_measurements_is_refused(stack: Stack) -> None:
    execution_id = run(stack, program=LOOP)
    for path in ("states", "step/1/state"):
        _, message = refusal(stack, f"/api/replay/{execution_id}/{path}")
        assert "depends on measurements" in message


@pytest.mark.parametrize(
    ("query", "media_type", "beginning"),
    [
        ("", "image/svg+xml", "<svg "),
        ("?color=states", "image/svg+xml", "<svg "),
        ("?format=text", "text/plain", " "),
    ],
)
def test_a_diagram_is_a_drawing(stack: Stack, query: str, media_type: str, beginning: str) -> None:
    execution_id = run(stack, program=TELEPORTATION)
    response = stack.get(f"/api/executions/{execution_id}/diagram{query}")
    assert response.headers["Content-Type"].partition(";")[0] == media_type
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert response.content.decode().startswith(beginning)
    _, message = refusal(stack, f"/api/executions/{execution_id}/diagram?color=fidelity")
    assert message == "the run had no noise: its fidelity is 1 after every step"
