"""``explain``: the circuit that scored is stored as an execution, and is one like any other."""

from typing import Any

import pytest
from sqlalchemy import text

from app.database import Database
from tests.search.conftest import Caller, InProcessScorer, vector

QUERY = [1.0, 0.0, 0.0]


@pytest.fixture
def explanation(caller: Caller, scorer: InProcessScorer) -> dict[str, Any]:
    """Of a query over three candidates."""
    caller.store(
        vector("a", 1.0, 0.1, 0.0, contexts={"c": 1}),
        vector("b", 0.5, 1.0, 0.0, contexts={"c": 1, "d": 1}),
        vector("e", 0.0, 1.0, 0.5, contexts={"d": 1}),
    )
    explained: dict[str, Any] = caller.query(vector=QUERY, context="c", explain=True)["explanation"]
    return explained


def test_it_describes_the_circuit(explanation: dict[str, Any], caller: Caller) -> None:
    assert explanation["qubits"] == 5
    assert explanation["depth"] > 3
    assert explanation["openqasm"].startswith("OPENQASM 2.0;")
    execution = caller.get(f"/api/executions/{explanation['execution_id']}").get_json()
    assert execution["circuit_name"] == "interference"
    assert execution["num_qubits"] == 5
    assert sum(execution["counts"].values()) == execution["shots"]
    program = caller.get(f"/api/executions/{explanation['execution_id']}/program").get_json()
    assert program["program"] == explanation["openqasm"]


def test_its_execution_is_listed_replayed_and_compared(explanation: dict[str, Any], caller: Caller) -> None:
    name = explanation["execution_id"]
    listed = caller.get("/api/executions?circuit_name=interference").get_json()["executions"]
    assert [each["execution_id"] for each in listed] == [name]
    graph = caller.get(f"/api/executions/{name}/graph").get_json()
    steps = caller.get(f"/api/replay/{name}").get_json()
    assert len(graph["nodes"]) == steps["total_steps"]
    assert caller.get(f"/api/replay/{name}/step/0").status_code == 200
    assert caller.get(f"/api/executions/{name}/graph/critical-path").status_code == 200
    assert caller.get(f"/api/replay/compare/{name}/{name}").status_code == 200


def test_its_graph_is_due_at_once(explanation: dict[str, Any], database: Database) -> None:
    with database.reading() as session:
        due = session.scalar(
            text("SELECT graph_status = 'pending' AND graph_due_at <= now() FROM executions")
        )
    assert due is True


def test_its_execution_is_deleted_like_any_other(explanation: dict[str, Any], caller: Caller) -> None:
    path = f"/api/executions/{explanation['execution_id']}"
    assert caller.delete(path).status_code == 204
    assert caller.get(path).status_code == 404


def test_the_stored_program_can_be_run_again(explanation: dict[str, Any], caller: Caller) -> None:
    answer = caller.post("/api/execute", {"program": explanation["openqasm"]}, Prefer="respond-async")
    assert answer.status_code == 202, answer.text


def test_each_query_of_a_batch_has_its_own(caller: Caller, scorer: InProcessScorer) -> None:
    caller.store(vector("a", 1.0, 0.0, 0.0))
    query = {"vector": QUERY, "enable_tunneling": True, "explain": True}
    answers = caller.post("/v2/query/batch", {"queries": [query, query]}).get_json()["results"]
    first, second = (each["explanation"]["execution_id"] for each in answers)
    assert first != second
