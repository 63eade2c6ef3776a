"""The event graph of a sweep: the same as an execution of a binding has, in all formats."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.database import Database
from app.models import JobStatus
from app.sweeps import repository
from app.sweeps.repository import Contents
from tests.circuits.sweeps.sweeping import CHAIN, FEEDBACK, HEAD
from tests.executions.factories import store_job
from tests.stack import Stack
from tests.sweeps.conftest import Sweep

OWN_CIRCUITS = HEAD + "input float a; qubit[2] q; bit[2] c; if (a > 0) { x q[0]; } x q[1]; c = measure q;"
NUMBER = 150


@pytest.mark.parametrize(
    "body",
    [
        {"program": FEEDBACK, "bindings": {"a": [0.1, 0.2]}, "shots": 20},
        {"program": CHAIN, "bindings": {"a": [0.1] * NUMBER, "b": [0.4] * NUMBER}, "shots": 4000},
        {"circuit_name": "random", "parameters": {"gate_count": 9, "num_qubits": 3}, "seed": 5},
        {"circuit_name": "bell", "noise": {"type": "thermal", "level": "low"}},
    ],
)
def test_the_graph_is_that_of_the_execution_of_a_binding(
    running: Stack, sweep: Sweep, body: dict[str, Any]
) -> None:
    document = sweep(**body)
    assert (document["shards"] is not None) == ("b" in body.get("bindings", {}))
    path = f"/api/sweeps/{document['sweep_id']}"
    execution = running.post(f"{path}/executions", json={"index": 0}).json()["execution_id"]
    for form in ("json", "graphml", "dot", "cytoscape"):
        found = running.get(f"{path}/graph?format={form}")
        expected = running.get(f"/api/executions/{execution}/graph?format={form}")
        assert found.status_code == expected.status_code == 200
        assert found.headers["Content-Type"] == expected.headers["Content-Type"]
        assert found.text == expected.text.replace(execution, document["sweep_id"])


def test_a_sweep_without_a_common_circuit_has_no_graph(running: Stack, sweep: Sweep) -> None:
    document = sweep(program=OWN_CIRCUITS, bindings={"a": [0, 1]}, shots=10)
    answer = running.get(f"/api/sweeps/{document['sweep_id']}/graph")
    assert answer.status_code == 404
    assert "its bindings have different circuits" in answer.json()["detail"]


def test_the_graph_of_what_is_no_sweep_or_is_in_no_format_is_refused(running: Stack, sweep: Sweep) -> None:
    document = sweep(circuit_name="bell", shots=10)
    path = f"/api/sweeps/{document['sweep_id']}/graph"
    assert running.get(f"{path}?format=svg").json()["detail"][0]["loc"] == ["query", "format"]
    assert running.get(f"{path}?source=neo4j").status_code == 422
    execution = running.post("/api/execute/bell").json()["execution_id"]
    for other in (execution, "none", "00000000-0000-4000-8000-000000000000"):
        assert running.get(f"/api/sweeps/{other}/graph").status_code == 404


@pytest.mark.parametrize(
    ("status", "result", "code"),
    [
        (JobStatus.QUEUED, None, 409),
        (JobStatus.RUNNING, None, 409),
        (JobStatus.RUNNING, "{}", 404),
        (JobStatus.CANCELLED, None, 404),
    ],
)
def test_a_sweep_whose_circuit_is_not_parsed_yet_has_no_graph_yet(
    client: FlaskClient, database: Database, status: JobStatus, result: str | None, code: int
) -> None:
    sweep_id = store_job(database, status, kind="sweep", result=result)
    with database.unit_of_work() as unit:
        repository.add(unit.session, sweep_id, Contents(None, (), b""))
    answer = client.get(f"/api/sweeps/{sweep_id}/graph")
    assert answer.status_code == code
    assert answer.get_json()["code"] == ("not_finished" if code == 409 else "not_found")
    with database.unit_of_work() as unit:
        repository.set_events(unit.session, sweep_id, b"[]")
    assert client.get(f"/api/sweeps/{sweep_id}/graph").get_json() == {"nodes": [], "edges": []}


def test_a_sweep_whose_program_was_never_parsed_has_no_graph(running: Stack) -> None:
    body = {"program": HEAD + "input float a; qubit q; bit c; nothing(a) q;", "bindings": {"a": [1]}}
    failed = running.submit("/api/sweeps", json=body)
    running.wait_for(failed, "FAILED")
    assert running.get(f"/api/sweeps/{failed}/graph").status_code == 404
