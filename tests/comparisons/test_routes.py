"""Asking for a comparison: what is accepted, with which spec, and what is refused."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import undefer

from app import operations
from app.circuits.catalog import CATALOG
from app.circuits.spec import CustomNoise, NoiseSpec
from app.comparisons.specs import KIND, execution_ids, specs_of
from app.connections import Connections
from app.database import Database
from app.models import Job, JobStatus
from app.rest.wiring import provided
from tests.executions.factories import CREATED_AT, store_execution, store_job

ASYNCHRONOUS = {"Prefer": "respond-async"}
PROGRAM = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[1];\ncreg c[1];\nx q[0];\nmeasure q -> c;\n'


def accepted_job(client: FlaskClient, database: Database, path: str, **options: Any) -> Job:
    """The job that an accepted request made."""
    answer = client.post(f"/api/execute/compare{path}", headers=ASYNCHRONOUS, **options)
    assert answer.status_code == 202, answer.text
    with database.reading() as session:
        job = session.scalars(select(Job).options(undefer(Job.spec))).one()
    assert answer.headers["Location"] == f"/api/jobs/{job.id}"
    return job


def test_a_library_circuit_is_compared_with_the_noisy_routes_defaults(
    client: FlaskClient, database: Database
) -> None:
    job = accepted_job(client, database, "/ghz")
    clean, noisy = specs_of(job.spec)
    assert job.kind == KIND
    assert (clean.circuit_name, noisy.circuit_name) == ("ghz", "ghz_noisy_depolarizing_medium")
    assert (clean.seed, clean.shots, clean.parameters) == (noisy.seed, noisy.shots, noisy.parameters)


def test_the_noisy_routes_query_reaches_both_runs(client: FlaskClient, database: Database) -> None:
    query = "?noise_type=thermal&noise_level=high&shots=9&seed=3&gate_count=8&tag=a"
    job = accepted_job(client, database, "/random" + query)
    clean, noisy = specs_of(job.spec)
    assert noisy.noise == NoiseSpec("thermal", "high")
    assert (clean.noise, clean.shots, clean.seed, clean.parameters["gate_count"]) == (None, 9, 3, 8)
    assert job.tags == ["a"]


def test_a_program_is_compared_under_the_noise_of_its_body(client: FlaskClient, database: Database) -> None:
    body = {"program": PROGRAM, "name": "flip", "noise": {"readout_error": 0.1}}
    clean, noisy = specs_of(accepted_job(client, database, "", json=body).spec)
    assert (clean.circuit_name, noisy.circuit_name) == ("flip", "flip_noisy_custom")
    assert clean.program == noisy.program == PROGRAM
    assert noisy.noise is not None
    assert noisy.noise.custom == CustomNoise(measurement_error=0.1)


def test_without_a_body_bell_is_compared_under_the_default_noise(
    client: FlaskClient, database: Database
) -> None:
    _, noisy = specs_of(accepted_job(client, database, "").spec)
    assert noisy.circuit_name == "bell_noisy_depolarizing_medium"


def test_the_ids_of_the_two_executions_follow_from_the_jobs() -> None:
    job_id = UUID("c0ffee00-0000-4000-8000-000000000000")
    clean_id, noisy_id = execution_ids(job_id)
    assert len({job_id, clean_id, noisy_id}) == 3
    assert execution_ids(job_id) == (clean_id, noisy_id)


def test_no_library_circuit_is_hidden_by_the_routes_name() -> None:
    assert "compare" not in CATALOG
    assert "noisy" not in CATALOG


@pytest.mark.parametrize("path", ["/nope", "/compare", "/noisy", "/bell/noisy"])
def test_an_unknown_circuit_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.post(f"/api/execute/compare{path}").status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("/bell?noise_level=loud", None, ["query", "noise_level"]),
        ("/random?gate_count=101", None, ["query", "gate_count"]),
        ("/bell?shots=0", None, ["query", "shots"]),
        ("/bell", {"shots": 10}, ["body"]),
        ("", {"noise": {"t1": 1, "t2": 3}}, ["body", "noise", "t2"]),
        ("", {"program": "OPENQASM 4.0;"}, ["body", "program"]),
        ("?seed=1", {"program": PROGRAM, "seed": 2}, ["query", "seed"]),
    ],
)
def test_what_the_execution_routes_refuse_is_refused_here(
    client: FlaskClient, path: str, body: object, place: list[str]
) -> None:
    options = {} if body is None else {"json": body}
    answer = client.post(f"/api/execute/compare{path}", headers=ASYNCHRONOUS, **options)
    assert answer.status_code == 422
    assert answer.get_json()["detail"][0]["loc"] == place


def test_the_job_links_to_the_comparison_of_its_executions(client: FlaskClient, database: Database) -> None:
    job = accepted_job(client, database, "/bell")
    clean_id, noisy_id = execution_ids(job.id)
    assert client.get(f"/api/jobs/{job.id}").get_json()["result"] is None
    store_execution(database, id=clean_id)
    store_execution(database, NoiseSpec(), id=noisy_id)
    with database.unit_of_work() as unit:
        unit.session.execute(update(Job).where(Job.id == job.id).values(status=JobStatus.SUCCEEDED))
    result = client.get(f"/api/jobs/{job.id}").get_json()["result"]
    found = client.get(result).get_json()
    assert found["execution_a"]["circuit_name"] == "bell"
    assert found["execution_b"]["circuit_name"] == "bell_noisy_depolarizing_medium"


def test_a_purge_removes_the_jobs_of_old_comparisons(
    client: FlaskClient, database: Database, app: Any
) -> None:
    connections = provided(Connections, app)
    old = store_job(database, JobStatus.SUCCEEDED, kind=KIND)
    recent = store_job(database, JobStatus.SUCCEEDED, kind=KIND, created_at=CREATED_AT + timedelta(days=2))
    assert operations.purge(connections, CREATED_AT + timedelta(days=1)) == (0, 1)
    assert client.get(f"/api/jobs/{old}").status_code == 404
    assert client.get(f"/api/jobs/{recent}").status_code == 200
