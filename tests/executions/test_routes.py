"""The routes that read, list and delete executions, over HTTP and a real PostgreSQL."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.circuits.spec import NoiseSpec
from app.database import Database
from app.models import Execution, Job, JobStatus
from tests.bell import BELL_EDGES
from tests.executions.factories import BELL, CREATED_AT, PROGRAM, store_execution, store_job

UNFINISHED = [JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.CANCELLING]
FAILED = [JobStatus.FAILED, JobStatus.CANCELLED]
UNKNOWN_ID = "c0ffee00-0000-4000-8000-000000000000"
PARTS = ["", "/graph", "/graph?source=neo4j", "/program"]


def test_the_overview_has_the_contracts_form_and_what_a_repeat_needs(
    client: FlaskClient, database: Database
) -> None:
    execution_id = store_execution(database, tags=["a", "b"])
    response = client.get(f"/api/executions/{execution_id}")
    overview = response.get_json()
    assert response.status_code == 200
    assert overview["execution_id"] == str(execution_id)
    assert overview["last_timestamp"] == 5
    assert overview["created_at"] == "2026-02-01T14:30:00+00:00"
    assert overview["performance_stats"] == {
        "event_extraction_time_ms": 0.0892,
        "in_memory_graph_time_ms": 0.1023,
        "neo4j_persistence_time_ms": 5.25,
        "total_observability_time_ms": 5.4415,
    }
    assert overview["graph"]["edges"] == BELL_EDGES
    assert overview["graph"]["nodes"][2] == {
        "id": 2,
        "type": "GATE",
        "gate": "CX",
        "qubits": [0, 1],
        "timestamp": 2,
    }
    assert "noise_config" not in overview
    assert overview["is_noisy"] is False
    kept = {
        name: overview[name]
        for name in ("counts", "seed", "shots", "method", "method_reason", "tags", "graph_status")
    }
    assert kept == {
        "counts": {"00": 498, "11": 526},
        "seed": 7,
        "shots": 1024,
        "method": "stabilizer",
        "method_reason": "All gates are Clifford gates.",
        "tags": ["a", "b"],
        "graph_status": "stored",
    }


def test_the_method_of_a_former_version_has_no_reason(client: FlaskClient, database: Database) -> None:
    values = {"method_reason": None, "cost": None, "requested_method": None, "parameters": None}
    execution_id = store_execution(database, **values)
    overview = client.get(f"/api/executions/{execution_id}").get_json()
    assert (overview["method_reason"], overview["requested_method"]) == (None, None)
    assert "parameters" not in overview


def test_a_noisy_overview_carries_its_noise(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(database, NoiseSpec("thermal", "low"))
    overview = client.get(f"/api/executions/{execution_id}").get_json()
    assert overview["circuit_name"] == "bell_noisy_thermal_low"
    assert overview["is_noisy"] is True
    assert overview["noise_config"]["t1"] == 500.0


def test_the_graph_alone_has_the_same_nodes_and_edges(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(database)
    graph = client.get(f"/api/executions/{execution_id}/graph").get_json()
    assert graph == client.get(f"/api/executions/{execution_id}").get_json()["graph"]
    assert len(graph["nodes"]) == len(BELL)


def test_reading_the_graph_from_neo4j_says_that_there_is_none(
    client: FlaskClient, database: Database
) -> None:
    execution_id = store_execution(database)
    response = client.get(f"/api/executions/{execution_id}/graph?source=neo4j")
    assert response.status_code == 503
    assert response.get_json()["detail"] == "Neo4j not configured"


def test_the_program_is_given_back_as_json(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(database)
    response = client.get(f"/api/executions/{execution_id}/program")
    assert response.get_json() == {
        "execution_id": str(execution_id),
        "language": "OpenQASM 2.0",
        "program": PROGRAM,
    }


def test_the_program_is_given_back_as_text_where_that_is_preferred(
    client: FlaskClient, database: Database
) -> None:
    execution_id = store_execution(database)
    response = client.get(f"/api/executions/{execution_id}/program", headers={"Accept": "text/plain"})
    assert response.mimetype == "text/plain"
    assert response.text == PROGRAM
    assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("execution_id", [UNKNOWN_ID, "1", "x" * 500, f"urn:uuid:{UNKNOWN_ID}", "%00"])
def test_what_is_no_execution_is_not_found(client: FlaskClient, part: str, execution_id: str) -> None:
    response = client.get(f"/api/executions/{execution_id}{part}")
    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"
    assert response.get_json()["detail"] == "Execution not found"


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("status", UNFINISHED)
def test_an_execution_that_has_not_finished_is_a_conflict_that_names_its_job(
    client: FlaskClient, database: Database, status: JobStatus, part: str
) -> None:
    job_id = store_job(database, status)
    response = client.get(f"/api/executions/{job_id}{part}")
    assert response.status_code == 409
    assert response.get_json()["code"] == "not_finished"
    assert response.headers["Location"] == f"/api/jobs/{job_id}"


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("status", FAILED)
def test_an_execution_whose_job_did_not_succeed_is_not_found(
    client: FlaskClient, database: Database, status: JobStatus, part: str
) -> None:
    job_id = store_job(database, status)
    response = client.get(f"/api/executions/{job_id}{part}")
    assert (response.status_code, response.get_json()["detail"]) == (404, "Execution not found")


def test_a_job_of_another_kind_is_no_execution(client: FlaskClient, database: Database) -> None:
    job_id = store_job(database, JobStatus.RUNNING, kind="compare")
    assert client.get(f"/api/executions/{job_id}").status_code == 404


def test_a_deletion_whose_answer_was_lost_is_repeated_by_its_key(
    client: FlaskClient, database: Database
) -> None:
    path, headers = f"/api/executions/{store_execution(database)}", {"Idempotency-Key": "k"}
    first, second = client.delete(path, headers=headers), client.delete(path, headers=headers)
    assert (first.status_code, second.status_code) == (204, 204)
    assert [answer.headers.get("Idempotency-Replayed") for answer in (first, second)] == [None, "true"]
    assert "Content-Type" not in second.headers
    assert client.delete(path).status_code == 404


def test_a_deleted_execution_is_gone_with_its_job_and_leaves_an_empty_row(
    client: FlaskClient, database: Database
) -> None:
    execution_id = store_execution(database)
    response = client.delete(f"/api/executions/{execution_id}")
    assert (response.status_code, response.data) == (204, b"")
    assert "Content-Type" not in response.headers
    assert client.get(f"/api/executions/{execution_id}").status_code == 404
    assert client.get(f"/api/jobs/{execution_id}").status_code == 404
    assert client.get("/api/executions").get_json()["executions"] == []
    with database.reading() as session:
        row = session.execute(
            select(Execution.events, Execution.program, Execution.counts, Execution.graph_due_at)
        ).one()
        assert session.scalar(select(Job.id)) is None
    assert (row.events, row.program, row.counts) == ("[]", "", {})
    assert row.graph_due_at > CREATED_AT + timedelta(days=1)
    assert client.delete(f"/api/executions/{execution_id}").status_code == 404


@pytest.mark.parametrize("status", UNFINISHED)
def test_an_execution_that_has_not_finished_cannot_be_deleted(
    client: FlaskClient, database: Database, status: JobStatus
) -> None:
    job_id = store_job(database, status)
    response = client.delete(f"/api/executions/{job_id}")
    assert (response.status_code, response.get_json()["code"]) == (409, "not_finished")
    with database.reading() as session:
        assert session.scalar(select(Job.status)) == status


@pytest.mark.parametrize("status", FAILED)
def test_deleting_what_never_became_an_execution_is_not_found(
    client: FlaskClient, database: Database, status: JobStatus
) -> None:
    job_id = store_job(database, status)
    assert client.delete(f"/api/executions/{job_id}").status_code == 404
    with database.reading() as session:
        assert session.scalar(select(Job.id)) == job_id
