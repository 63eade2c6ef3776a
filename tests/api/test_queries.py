"""Queries through the whole stack: a circuit in a worker answers them, at once or as a job."""

from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.api.conftest import Qloom
from tests.stack import Stack, wait_until

pytestmark = pytest.mark.xdist_group("api")

CONTEXT = "of these tests"
QUERY: dict[str, Any] = {"vector": [0.1, 0.2, 0.3], "context": CONTEXT, "top_k": 2}


@pytest.fixture(scope="module")
def stored(qloom: Qloom) -> Stack:
    """The running Qloom with two vectors of a context of their own."""
    stack = qloom.stack
    stack.delete("/v2/vectors?confirm=all", headers=stack.admin_headers)  # others may have another dimension
    vectors = [
        {
            "id": f"queried {index}",
            "vector": [0.1, 0.2, 0.3 + index],
            "contexts": [{"name": CONTEXT, "weight": 1 + index}, {"name": "another", "weight": 1}],
        }
        for index in range(2)
    ]
    answer = stack.post(
        "/v2/vectors/batch?upsert=true", json={"vectors": vectors}, headers=stack.admin_headers
    )
    assert answer.ok, answer.text
    return stack


def ask(stack: Stack, path: str = "/v2/query", body: Any = QUERY, **headers: str) -> requests.Response:
    """POST a query."""
    return stack.post(path, json=body, headers={**stack.admin_headers, **headers})


def found(answer: dict[str, Any]) -> list[str]:
    """The ids of the results."""
    return [each["id"] for each in answer["results"]]


def test_a_worker_scores_by_a_circuit(stored: Stack) -> None:
    # a busy machine may take longer than a query may, which is a warning
    answer = wait_until(
        lambda: not (reply := ask(stored, body={**QUERY, "use_cache": False}).json())["warnings"] and reply,
        what="an answer in time",
    )
    assert found(answer) == ["queried 1", "queried 0"]
    assert all(each["quantum_enhanced"] for each in answer["results"])
    assert {each["context_collapsed"] for each in answer["results"]} == {CONTEXT}
    assert answer["quantum_time_ms"] > 0
    assert answer["warnings"] == []


def test_a_query_may_be_a_job(stored: Stack) -> None:
    accepted = ask(stored, Prefer="respond-async")
    assert accepted.status_code == 202
    job = stored.wait_for(accepted.json()["job_id"], "SUCCEEDED", headers=stored.admin_headers)
    assert (job["kind"], found(job["result"])) == ("query", ["queried 1", "queried 0"])
    listed = stored.get("/api/jobs?kind=query&limit=1", headers=stored.admin_headers).json()["jobs"]
    assert [each["result"] for each in listed] == [f"/api/jobs/{job['job_id']}"]


def test_a_batch_may_be_a_job(stored: Stack) -> None:
    accepted = ask(stored, "/v2/query/batch", {"queries": [QUERY, QUERY]}, Prefer="respond-async")
    job = stored.wait_for(accepted.json()["job_id"], "SUCCEEDED", headers=stored.admin_headers)
    assert [found(each) for each in job["result"]["results"]] == [["queried 1", "queried 0"]] * 2


def test_a_job_that_cannot_be_answered_fails_with_the_reason(stored: Stack) -> None:
    accepted = ask(stored, body={"id": "nobody"}, Prefer="respond-async")
    job = stored.wait_for(accepted.json()["job_id"], "FAILED", headers=stored.admin_headers)
    assert job["error"]["code"] == "not_found"


def test_an_idempotent_query_is_answered_once(stored: Stack) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    body = {**QUERY, "shots": 100, "use_cache": False}
    first, again = (ask(stored, body=body, **key) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.content == again.content


def test_the_graph_of_an_explanation_reaches_the_graph_server(stored: Stack, qloom: Qloom) -> None:
    explained = ask(stored, body={**QUERY, "explain": True}).json()["explanation"]
    path = f"/api/executions/{explained['execution_id']}"
    wait_until(lambda: stored.get(path).json()["graph_status"] == "stored", 120, "the graph's projection")
    assert stored.get(path + "/graph?source=neo4j").status_code == 200


def test_who_waits_for_a_job_gets_its_failure_as_others_do(stored: Stack) -> None:
    answers = [
        ask(stored, body={"id": "nobody"}),
        ask(stored, body={"id": "nobody"}, **{"Idempotency-Key": "q"}),
    ]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [(404, "not_found")] * 2
    short = {"vector": [1.0], "context": CONTEXT}
    refused = ask(stored, body=short, **{"Idempotency-Key": "r"})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input")
