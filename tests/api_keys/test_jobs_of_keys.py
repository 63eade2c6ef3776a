"""Jobs belong to the key that asked for them, and the jobs of each key are limited."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select, text

from app.database import Database
from app.models import ApiKey, Job, JobStatus
from tests.executions.factories import job_values
from tests.keys import v2

ASYNC = {"Prefer": "respond-async"}


@pytest.fixture
def owner(database: Database, writer_key: str) -> str:
    """Return the owner that the jobs of the writer's key have."""
    with database.reading() as session:
        return str(session.scalars(select(ApiKey.id).where(ApiKey.hint == writer_key[:10])).one())


def store(database: Database, status: JobStatus, **columns: Any) -> None:
    """Insert a job."""
    with database.unit_of_work() as unit:
        unit.session.execute(insert(Job).values({**job_values(status), **columns}))


def submit(client: FlaskClient) -> Any:
    """Ask for an execution without waiting."""
    return client.post("/api/execute/bell", headers=ASYNC)


def test_a_job_belongs_to_the_key_that_asked_for_it(
    client: FlaskClient, database: Database, writer_key: str, owner: str
) -> None:
    job_id = submit(v2(client, writer_key)).get_json()["job_id"]
    nobodys = submit(client).get_json()["job_id"]
    with database.reading() as session:
        owners = {str(row.id): row.owner for row in session.execute(select(Job.id, Job.owner))}
    assert owners == {job_id: owner, nobodys: None}


def test_jobs_are_shown_under_v2_to_those_who_have_a_key(client: FlaskClient, writer_key: str) -> None:
    keyed = v2(client, writer_key)
    job_id = submit(keyed).get_json()["job_id"]
    assert client.get(f"/v2/jobs/{job_id}").status_code == 401
    assert keyed.get(f"/v2/jobs/{job_id}").get_json()["job_id"] == job_id
    assert [each["job_id"] for each in keyed.get("/v2/jobs").get_json()["jobs"]] == [job_id]
    assert keyed.delete(f"/v2/jobs/{job_id}").get_json()["status"] == "CANCELLED"


def test_a_job_run_again_under_v2_is_shown_there(
    client: FlaskClient, database: Database, writer_key: str
) -> None:
    failed = job_values(JobStatus.FAILED)
    with database.unit_of_work() as unit:
        unit.session.execute(insert(Job).values(failed))
    response = v2(client, writer_key).post(f"/v2/jobs/{failed['id']}/retry")
    assert response.status_code == 202
    assert response.headers["Location"] == f"/v2/jobs/{response.get_json()['job_id']}"


def test_a_key_may_have_so_many_jobs_that_have_not_ended(
    new_client: Callable[..., FlaskClient], database: Database, writer_key: str
) -> None:
    client = new_client(max_active_jobs_per_key=2)
    keyed = v2(client, writer_key)
    first, _ = (submit(keyed).get_json()["job_id"] for _ in range(2))
    refused = submit(keyed)
    problem = refused.get_json()
    assert (refused.status_code, problem["code"]) == (429, "too_many_active_jobs")
    assert problem["limit"] in client.get("/api/limits").get_json()
    assert int(refused.headers["Retry-After"]) > 0
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 2
    assert submit(client).status_code == 202, "callers without a key have no such limit"
    keyed.delete(f"/v2/jobs/{first}")
    assert submit(keyed).status_code == 202


def test_a_key_may_use_so_many_seconds_in_an_hour(
    new_client: Callable[..., FlaskClient], database: Database, writer_key: str, owner: str
) -> None:
    keyed = v2(new_client(max_simulator_seconds_per_hour=100.0), writer_key)
    now = datetime.now(UTC)
    ran = {
        "owner": owner,
        "started_at": now - timedelta(minutes=90),
        "finished_at": now - timedelta(minutes=59),
    }
    store(database, JobStatus.SUCCEEDED, **ran)
    assert submit(keyed).status_code == 202, "60 of its 1,860 seconds were within the last hour"
    running = {"owner": owner, "started_at": now - timedelta(seconds=50), "finished_at": None}
    store(database, JobStatus.RUNNING, **running)
    refused = submit(keyed)
    assert (refused.status_code, refused.get_json()["code"]) == (429, "simulator_seconds_used_up")
    assert refused.get_json()["limit"] == "max_simulator_seconds_per_hour"


def test_the_jobs_of_a_key_are_counted_by_an_index(database: Database, owner: str) -> None:
    jobs = [{**job_values(JobStatus.SUCCEEDED), "owner": f"key{number % 50}"} for number in range(500)]
    with database.unit_of_work() as unit:
        unit.session.execute(insert(Job), jobs)
        unit.session.execute(text("ANALYZE jobs"))  # or the plan depends on what other tests left
        unit.session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(
            unit.session.scalars(
                text("EXPLAIN SELECT 1 FROM jobs WHERE owner = :owner AND finished_at IS NULL"),
                {"owner": owner},
            )
        )
    assert "ix_jobs_owner_finished_at" in plan
