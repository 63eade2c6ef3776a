"""``explain``: the circuit that scored is stored as an execution, and is one like any other."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import pytest
from flask import Flask
from sqlalchemy import text

from app.database import Database
from app.jobs import claims
from app.jobs.claiming import ClaimedJob
from app.jobs.engine import TooCostlyError
from app.jobs.running import RunningJob
from app.rest.wiring import provided
from app.search.kind import QueryKind
from app.search.quantum.problem import ScoringResult
from app.search.wiring import SearchServices
from tests.jobs.helpers import claim_this
from tests.keys import bearer
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
    response = caller.post("/api/execute", {"program": explanation["openqasm"]}, Prefer="respond-async")
    assert response.status_code == 202, response.text


def test_each_query_of_a_batch_has_its_own(caller: Caller, scorer: InProcessScorer) -> None:
    caller.store(vector("a", 1.0, 0.0, 0.0))
    query = {"vector": QUERY, "enable_tunneling": True, "explain": True}
    responses = caller.post("/v2/query/batch", {"queries": [query, query]}).get_json()["results"]
    first, second = (each["explanation"]["execution_id"] for each in responses)
    assert first != second


class InProcessSimulators:
    """Simulators that run in the test's own process."""

    @contextmanager
    def acquire(self) -> Iterator["InProcessSimulators"]:
        """Return one simulator."""
        yield self

    def call(
        self, function: Callable[..., list[ScoringResult]], *args: object, **_options: object
    ) -> list[ScoringResult]:
        """Call the function."""
        return function(*args)


def claimed(database: Database, job_id: str) -> ClaimedJob:
    """Return a job that a worker has claimed."""
    with database.unit_of_work() as unit:
        job = claim_this(unit.session, UUID(job_id), "search")
    assert job is not None
    return job


@pytest.mark.parametrize("is_batch", [False, True])
def test_a_job_that_is_run_again_after_its_worker_died_stores_its_executions_once(
    caller: Caller, database: Database, app: Flask, is_batch: bool
) -> None:
    caller.store(vector("a", 1.0, 0.0, 0.0))
    query = {"vector": QUERY, "enable_tunneling": True, "explain": True}
    path, body = ("/v2/query/batch", {"queries": [query, query]}) if is_batch else ("/v2/query", query)
    job_id = caller.post(path, body, Prefer="respond-async").get_json()["job_id"]
    kind = QueryKind(InProcessSimulators(), provided(SearchServices, app).searcher)

    first = claimed(database, job_id)
    kind.run(first, RunningJob(first))  # its worker dies here
    with database.unit_of_work() as unit:
        assert claims.try_again(unit.session, first)
    second = claimed(database, job_id)
    found = kind.run(second, RunningJob(second))
    with database.unit_of_work() as unit:
        assert not claims.succeed(unit.session, [first]), "the first claim is lost"
        assert claims.succeed(unit.session, [second])
        kind.store(unit.session, [(second, found)])

    result = caller.get(f"/v2/jobs/{job_id}").get_json()["result"]
    explained = {
        each["explanation"]["execution_id"] for each in (result["results"] if is_batch else [result])
    }
    listed = caller.get("/api/executions?circuit_name=interference").get_json()["executions"]
    assert {each["execution_id"] for each in listed} == explained
    assert len(listed) == len(explained) == (2 if is_batch else 1)


def test_a_job_that_may_take_long_leaves_the_search_queue_before_it_reads(
    caller: Caller, database: Database, app: Flask
) -> None:
    caller.store(vector("a", 1.0, 0.0, 0.0))
    kind = QueryKind(InProcessSimulators(), provided(SearchServices, app).searcher)
    walk = {"vector": QUERY, "enable_tunneling": True, "top_k": 1_000}
    batch = {"queries": [walk, walk]}
    job_id = caller.post("/v2/query/batch", batch, Prefer="respond-async").get_json()["job_id"]
    job = claimed(database, job_id)
    with pytest.raises(TooCostlyError):
        kind.run(job, RunningJob(job))
    heavy = replace(job, queue="heavy")
    assert msgspec.json.decode(kind.run(heavy, RunningJob(heavy)).document)["results"][0]["quantum_enhanced"]
    short = {"vector": QUERY, "enable_tunneling": True}
    job_id = caller.post("/v2/query", short, Prefer="respond-async").get_json()["job_id"]
    job = claimed(database, job_id)
    assert msgspec.json.decode(kind.run(job, RunningJob(job)).document)["quantum_enhanced"]


@pytest.mark.parametrize("header", [{}, {"Prefer": "respond-async"}, {"Idempotency-Key": "k"}])
def test_a_reader_may_not_have_one_stored(
    caller: Caller, scorer: InProcessScorer, reader_key: str, header: dict[str, str]
) -> None:
    caller.store(vector("a", 1.0, 0.0, 0.0))
    query = {"vector": QUERY, "enable_tunneling": True, "explain": True}
    for path, body in (("/v2/query", query), ("/v2/query/batch", {"queries": [{"vector": QUERY}, query]})):
        refused = caller.client.post(path, json=body, headers={**bearer(reader_key), **header})
        assert refused.status_code == 403
        assert refused.get_json()["detail"] == (
            "explain stores an execution, which needs a key of role writer; yours is of role reader."
        )
    assert scorer.asked == []
    assert caller.get("/v2/jobs").get_json()["jobs"] == []
    assert caller.get("/api/executions").get_json()["executions"] == []


def test_the_documentation_says_which_role_it_needs(caller: Caller) -> None:
    paths = caller.get("/openapi.json").get_json()["paths"]
    for path in ("/v2/query", "/v2/query/batch"):
        operation = paths[path]["post"]
        assert operation["x-required-role"] == "reader"
        assert "role `writer`" in operation["description"]
        assert "403" in operation["responses"]
