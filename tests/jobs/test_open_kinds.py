"""Jobs of kinds that need a key need it under ``/api/jobs`` too, where the development profile is open."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient

from app.database import Database
from app.jobs.kinds import open_kinds
from app.models import JobStatus
from tests.executions.factories import store_job
from tests.jobs.helpers import read
from tests.keys import v2

REQUESTS = [("GET", ""), ("GET", "?wait=30"), ("DELETE", ""), ("POST", "/retry")]
KEYED = ["query", "import", "a kind of tomorrow"]


def job_of(database: Database, kind: str, status: JobStatus = JobStatus.FAILED) -> UUID:
    return store_job(database, status, kind=kind)


def test_what_is_open_is_what_api_runs() -> None:
    assert open_kinds() == {"execute", "compare", "states", "sweep", "sweep_shard"}


@pytest.mark.parametrize("kind", KEYED)
@pytest.mark.parametrize(("method", "suffix"), REQUESTS)
def test_without_a_key_such_a_job_is_neither_read_nor_changed(
    client: FlaskClient, database: Database, kind: str, method: str, suffix: str
) -> None:
    job_id = job_of(database, kind)
    response = client.open(f"/api/jobs/{job_id}{suffix}", method=method)
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert read(database, job_id).status == JobStatus.FAILED
    assert [row["kind"] for row in client.get("/api/jobs").get_json()["jobs"]] == []


@pytest.mark.parametrize("kind", KEYED)
def test_the_list_leaves_such_jobs_out(client: FlaskClient, database: Database, kind: str) -> None:
    job_of(database, kind)
    shown = {str(job_of(database, "execute")), str(job_of(database, "compare"))}
    assert {row["job_id"] for row in client.get("/api/jobs").get_json()["jobs"]} == shown
    assert client.get("/api/jobs", query_string={"kind": kind}).get_json()["jobs"] == []


def test_a_queued_query_is_not_cancelled_without_a_key(client: FlaskClient, database: Database) -> None:
    job_id = job_of(database, "query", JobStatus.QUEUED)
    assert client.delete(f"/api/jobs/{job_id}").status_code == 401
    assert read(database, job_id).status == JobStatus.QUEUED


@pytest.mark.parametrize("kind", ["execute", "compare"])
def test_open_kinds_need_no_key(client: FlaskClient, database: Database, kind: str) -> None:
    job_id = job_of(database, kind)
    assert client.get(f"/api/jobs/{job_id}").status_code == 200
    assert client.post(f"/api/jobs/{job_id}/retry").status_code == 202


@pytest.mark.parametrize("prefix", ["/api", "/v2"])
def test_with_a_key_such_jobs_are_as_any(
    client: FlaskClient, database: Database, writer_key: str, prefix: str
) -> None:
    keyed, job_id = v2(client, writer_key), job_of(database, "query")
    assert keyed.get(f"{prefix}/jobs/{job_id}").get_json()["kind"] == "query"
    assert [row["kind"] for row in keyed.get(f"{prefix}/jobs").get_json()["jobs"]] == ["query"]
    assert keyed.post(f"{prefix}/jobs/{job_id}/retry").status_code == 202


@pytest.mark.parametrize("prefix", ["/api", "/v2"])
def test_each_half_of_the_api_shows_a_kept_result_under_its_own_path(
    client: FlaskClient, database: Database, writer_key: str, prefix: str
) -> None:
    keyed, job_id = v2(client, writer_key), job_of(database, "query", JobStatus.SUCCEEDED)
    [shown] = keyed.get(f"{prefix}/jobs").get_json()["jobs"]
    assert shown["result"] == f"{prefix}/jobs/{job_id}"
