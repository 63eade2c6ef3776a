"""The routes of jobs, and the responses to requests that make a job."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.database import Database
from app.errors import AppError, InvalidProgramError, LimitExceededError
from app.jobs import queue_positions
from app.jobs.claiming import ClaimedJob
from app.jobs.running import RunningJob
from app.jobs.service import JobServices
from app.models import JobStatus
from app.rest.wiring import provided
from tests.executions.factories import store_execution, store_job
from tests.jobs.conftest import InstantWorker
from tests.jobs.helpers import UNKNOWN_ID, change, claimed, queued, read
from tests.jobs.test_engine import raising

ENDED = [JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED]
FIELDS = {
    "job_id", "kind", "circuit_name", "status", "progress", "queue", "queue_position",
    "attempt", "max_attempts", "worker", "lease_expires_at", "tags", "request_id",
    "retry_of", "created_at", "queued_at", "started_at", "finished_at", "error", "result",
}  # fmt: skip


def list_ids(client: FlaskClient, query: str = "") -> list[str]:
    """Return the ids of a page of jobs."""
    response = client.get(f"/api/jobs?{query}")
    assert response.status_code == 200, response.text
    return [job["job_id"] for job in response.get_json()["jobs"]]


def test_a_queued_job_shows_its_place_and_its_times(client: FlaskClient, database: Database) -> None:
    first, second = queued(database), queued(database, tags=["a"])
    document = client.get(f"/api/jobs/{second}").get_json()
    assert set(document) == FIELDS
    assert (document["job_id"], document["status"], document["queue_position"]) == (str(second), "QUEUED", 1)
    assert (document["kind"], document["queue"], document["tags"]) == ("execute", "interactive", ["a"])
    assert (document["attempt"], document["max_attempts"], document["progress"]) == (0, 3, 0.0)
    for name in ("started_at", "finished_at", "error", "result", "retry_of", "worker", "lease_expires_at"):
        assert document[name] is None
    assert document["queued_at"].startswith("20")
    assert client.get(f"/api/jobs/{first}").get_json()["queue_position"] == 0


def test_the_list_shows_the_same_places_as_each_job(client: FlaskClient, database: Database) -> None:
    moment = datetime.now(UTC)
    for number in range(12):
        queue = ("interactive", "heavy", "search")[number % 3]
        store_job(database, JobStatus.QUEUED, queue=queue, queued_at=moment + timedelta(seconds=number // 4))
    store_job(database, JobStatus.RUNNING)
    listed = client.get("/api/jobs?limit=50").get_json()["jobs"]
    alone = [client.get(f"/api/jobs/{job['job_id']}").get_json()["queue_position"] for job in listed]
    assert [job["queue_position"] for job in listed] == alone
    assert sorted(place for place in alone if place is not None) == sorted([0, 1, 2, 3] * 3)


def test_places_are_counted_up_to_a_limit_in_the_list_too(
    client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_positions, "QUEUE_POSITION_LIMIT", 2)
    for _ in range(5):
        queued(database)
    listed = client.get("/api/jobs").get_json()["jobs"]
    assert sorted(job["queue_position"] for job in listed) == [0, 1, 2, 2, 2]


def test_a_job_names_the_request_that_asked_for_it(client: FlaskClient, database: Database) -> None:
    headers = {"X-Request-ID": "mine-1", "Prefer": "respond-async"}
    accepted = client.post("/api/execute/bell", headers=headers)
    assert (accepted.status_code, accepted.get_json()["request_id"]) == (202, "mine-1")
    path = f"/api/jobs/{accepted.get_json()['job_id']}"
    assert client.get(path, headers={"X-Request-ID": "other"}).get_json()["request_id"] == "mine-1"
    assert client.get("/api/jobs").get_json()["jobs"][0]["request_id"] == "mine-1"


def test_a_succeeded_job_links_its_result(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(database)
    document = client.get(f"/api/jobs/{execution_id}").get_json()
    assert document["queue_position"] is None
    assert client.get(document["result"]).get_json()["execution_id"] == str(execution_id)


SWEEP = {
    "program": 'OPENQASM 3.0; include "stdgates.inc"; input angle t; qubit q; bit c; rx(t) q; c = measure q;',
    "bindings": {"t": [0.1, 0.2]},
}


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/api/execute/ghz", None, "ghz"),
        ("/api/execute/bell/noisy?noise_type=thermal&noise_level=high", None, "bell_noisy_thermal_high"),
        ("/api/execute/compare/bell?noise_type=thermal", None, "bell_noisy_thermal_medium"),
        ("/api/sweeps", SWEEP, "custom"),
    ],
)
def test_a_job_names_the_circuit_that_it_runs(
    client: FlaskClient, path: str, body: dict[str, Any] | None, name: str
) -> None:
    accepted = client.post(path, json=body, headers={"Prefer": "respond-async"})
    assert accepted.status_code == 202, accepted.text
    [listed] = client.get("/api/jobs").get_json()["jobs"]
    assert accepted.get_json()["circuit_name"] == listed["circuit_name"] == name


def test_a_job_that_runs_no_circuit_names_none(client: FlaskClient, database: Database) -> None:
    spec = {"execution_id": str(UNKNOWN_ID), "question": {}}
    job_id = store_job(database, JobStatus.QUEUED, kind="states", spec=spec)
    assert client.get(f"/api/jobs/{job_id}").get_json()["circuit_name"] is None


def test_a_failed_job_says_why(client: FlaskClient, database: Database) -> None:
    error = {"code": "invalid_program", "message": "line 1", "details": {"line": 1, "column": 2}}
    job_id = store_job(database, JobStatus.FAILED, error=error)
    document = client.get(f"/api/jobs/{job_id}").get_json()
    assert (document["error"], document["result"]) == (error, None)


@pytest.mark.parametrize(
    ("method", "suffix"), [("GET", ""), ("GET", "?wait=5"), ("DELETE", ""), ("POST", "/retry")]
)
@pytest.mark.parametrize("job_id", [UNKNOWN_ID, "1", "x" * 300, "%00"])
def test_what_is_no_job_is_not_found(client: FlaskClient, method: str, suffix: str, job_id: str) -> None:
    response = client.open(f"/api/jobs/{job_id}{suffix}", method=method)
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize("status", ENDED)
def test_a_long_poll_of_an_ended_job_is_answered(
    client: FlaskClient, database: Database, status: JobStatus
) -> None:
    job_id = store_job(database, status)
    assert client.get(f"/api/jobs/{job_id}?wait=30").get_json()["status"] == status


def test_a_long_poll_is_answered_when_the_job_ends(
    client: FlaskClient, database: Database, idle_worker: InstantWorker
) -> None:
    job_id = queued(database)
    with ThreadPoolExecutor(1) as pool:
        polled = pool.submit(client.get, f"/api/jobs/{job_id}?wait=30")
        idle_worker.start()
        assert polled.result().get_json()["status"] == "SUCCEEDED"


def test_a_long_poll_whose_time_is_up_shows_the_job_as_it_is(client: FlaskClient, database: Database) -> None:
    job = claimed(database)
    document = client.get(f"/api/jobs/{job.id}?wait=1").get_json()
    assert (document["status"], document["attempt"]) == ("RUNNING", 1)


@pytest.mark.parametrize("wait", ["-1", "soon", "1.5", ""])
def test_a_wait_that_is_no_number_of_seconds_is_refused(client: FlaskClient, wait: str) -> None:
    response = client.get(f"/api/jobs/{UNKNOWN_ID}?wait={wait}")
    assert response.status_code == 422
    assert response.get_json()["detail"][0]["loc"] == ["query", "wait"]


def test_a_queued_job_is_cancelled_and_cancelling_again_is_harmless(
    client: FlaskClient, database: Database
) -> None:
    job_id = queued(database)
    first, second = client.delete(f"/api/jobs/{job_id}"), client.delete(f"/api/jobs/{job_id}")
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.get_json()["status"] == "CANCELLED"
    assert first.get_json() == second.get_json()


def test_a_running_job_is_cancelling_until_its_worker_has_stopped_it(
    client: FlaskClient, database: Database
) -> None:
    job = claimed(database)
    for _ in range(2):
        response = client.delete(f"/api/jobs/{job.id}")
        assert (response.status_code, response.get_json()["status"]) == (200, "CANCELLING")
    change(database, job.id, status=JobStatus.CANCELLED)
    assert client.delete(f"/api/jobs/{job.id}").status_code == 200


@pytest.mark.parametrize("status", [JobStatus.SUCCEEDED, JobStatus.FAILED])
def test_cancelling_a_job_that_ended_otherwise_is_a_conflict(
    client: FlaskClient, database: Database, status: JobStatus
) -> None:
    job_id = store_job(database, status)
    response = client.delete(f"/api/jobs/{job_id}")
    assert (response.status_code, response.get_json()["code"]) == (409, "job_ended")
    assert status in response.get_json()["detail"]
    assert read(database, job_id).status == status


def test_cancelling_wakes_whoever_waits_for_the_job(
    client: FlaskClient, app: Flask, database: Database
) -> None:
    job_id = queued(database)
    client.delete(f"/api/jobs/{job_id}")
    assert provided(JobServices, app).wake_ups.wait(job_id, 0.05)


def test_a_failed_job_is_run_again_as_a_new_one(client: FlaskClient, database: Database) -> None:
    failed = store_job(database, JobStatus.FAILED, tags=["a"])
    response = client.post(f"/api/jobs/{failed}/retry")
    assert response.status_code == 202
    assert "Preference-Applied" not in response.headers, "none was asked for"
    document = response.get_json()
    assert response.headers["Location"] == f"/api/jobs/{document['job_id']}"
    assert int(response.headers["Retry-After"]) > 0
    assert (document["retry_of"], document["tags"], document["status"]) == (str(failed), ["a"], "QUEUED")
    assert document["job_id"] != str(failed)
    assert read(database, failed).status == JobStatus.FAILED
    assert read(database, UUID(document["job_id"])).spec == read(database, failed).spec


@pytest.mark.parametrize("status", [status for status in JobStatus if status is not JobStatus.FAILED])
def test_a_job_that_has_not_failed_is_not_run_again(
    client: FlaskClient, database: Database, status: JobStatus
) -> None:
    job_id = store_job(database, status)
    response = client.post(f"/api/jobs/{job_id}/retry")
    assert (response.status_code, response.get_json()["code"]) == (409, "not_failed")
    assert list_ids(client) == [str(job_id)]


def test_the_list_is_filtered_by_status_kind_and_tags(client: FlaskClient, database: Database) -> None:
    waiting = str(queued(database, tags=["a", "b"]))
    failed = str(store_job(database, JobStatus.FAILED, tags=["a"]))
    cancelled = str(store_job(database, JobStatus.CANCELLED))
    other = str(queued(database, kind="compare"))
    assert set(list_ids(client)) == {waiting, failed, cancelled, other}
    assert set(list_ids(client, "status=QUEUED")) == {waiting, other}
    assert set(list_ids(client, "status=FAILED&status=CANCELLED")) == {failed, cancelled}
    assert list_ids(client, "kind=compare") == [other]
    assert set(list_ids(client, "tag=a")) == {waiting, failed}
    assert list_ids(client, "tag=a&tag=b&kind=execute") == [waiting]
    assert list_ids(client, "tag=none") == []


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("status=queued", "status"), ("limit=0", "limit"), ("limit=51", "limit"), ("page=0", "page"),
        ("page=x", "page"), ("cursor=x", "cursor"), ("order=asc", "order"), ("page=99999999", "page"),
        ("kind=%00", "kind"),
    ],
)  # fmt: skip
def test_a_bad_filter_is_refused_where_it_stands(client: FlaskClient, query: str, place: str) -> None:
    response = client.get(f"/api/jobs?{query}")
    assert response.status_code == 422
    assert response.get_json()["detail"][0]["loc"][:2] == ["query", place]


def test_pages_and_cursors_show_every_job_once_newest_first(client: FlaskClient, database: Database) -> None:
    expected = sorted((str(queued(database)) for _ in range(5)), reverse=True)
    assert list_ids(client) == expected, "one moment of creation: the id decides"
    pages = [list_ids(client, f"limit=2&page={page}") for page in (1, 2, 3, 4)]
    assert pages == [expected[:2], expected[2:4], expected[4:], []]
    page = client.get("/api/jobs?limit=2").get_json()
    assert (page["page"], page["limit"], page["total"], page["total_is_estimate"]) == (1, 2, 5, False)
    seen = [job["job_id"] for job in page["jobs"]]
    while page["next_cursor"]:
        page = client.get(f"/api/jobs?limit=2&cursor={page['next_cursor']}").get_json()
        assert (page["page"], page["total"]) == (None, None)
        seen += [job["job_id"] for job in page["jobs"]]
    assert seen == expected


def test_a_synchronous_request_is_answered_with_the_result(
    client: FlaskClient, worker: InstantWorker
) -> None:
    response = client.post("/api/execute/bell")
    assert response.status_code == 200
    assert response.get_json()["counts"] == {"00": 498, "11": 526}
    assert "Preference-Applied" not in response.headers


@pytest.mark.parametrize(
    ("prefer", "status", "applied"),
    [
        ("respond-async", 202, "respond-async"),
        ("Respond-Async", 202, "respond-async"),
        ("respond-async; x=y", 202, "respond-async"),
        ("wait=0", 202, "wait=0"),
        ("respond-async, wait=0", 202, "respond-async, wait=0"),
        ("wait=20", 200, "wait=20"),
        ("wait=20, respond-async", 200, "wait=20"),
        ('wait="20"', 200, "wait=20"),
        ("handling=strict", 200, None),
        ("wait=soon", 200, None),
    ],
)
def test_a_preference_is_honoured_and_named(
    client: FlaskClient, idle_worker: InstantWorker, prefer: str, status: int, applied: str | None
) -> None:
    if status == 200:
        idle_worker.start()
    response = client.post("/api/execute/bell", headers={"Prefer": prefer})
    assert response.status_code == status, response.text
    assert response.headers.get("Preference-Applied") == applied


def test_an_accepted_job_is_where_the_answer_says(client: FlaskClient) -> None:
    response = client.post("/api/execute/bell?tag=a", headers={"Prefer": "respond-async"})
    document = response.get_json()
    assert response.headers["Location"] == f"/api/jobs/{document['job_id']}"
    assert int(response.headers["Retry-After"]) > 0
    assert set(document) == FIELDS
    assert client.get(response.headers["Location"]).get_json() == document


def test_a_wait_that_is_over_before_the_job_ends_becomes_a_202(client: FlaskClient) -> None:
    response = client.post("/api/execute/bell", headers={"Prefer": "wait=1"})
    assert (response.status_code, response.headers["Preference-Applied"]) == (202, "wait=1")
    assert response.get_json()["status"] == "QUEUED"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidProgramError("line 1, column 2: no", 1, 2), 422, "invalid_program"),
        (LimitExceededError("over max_outcomes", "max_outcomes"), 422, "limit_exceeded"),
        (AppError("the simulation failed"), 500, "internal_error"),
    ],
)
def test_a_synchronous_caller_is_told_how_the_job_failed(
    client: FlaskClient, worker: InstantWorker, error: AppError, status: int, code: str
) -> None:
    worker.kind.work = raising(error)
    response = client.post("/api/execute/bell")
    body: dict[str, Any] = response.get_json()
    assert (response.status_code, body["code"]) == (status, code)
    assert error.message in response.text
    for name, value in error.details.items():
        assert body[name] == value


def test_a_synchronous_caller_whose_job_is_cancelled_gets_a_conflict(
    app: Flask, client: FlaskClient, worker: InstantWorker
) -> None:
    def work(job: ClaimedJob, running: RunningJob) -> str:
        assert app.test_client().delete(f"/api/jobs/{job.id}").status_code == 200
        return "result"

    worker.kind.work = work
    response = client.post("/api/execute/bell")
    assert (response.status_code, response.get_json()["code"]) == (409, "cancelled")
    assert response.headers["Location"].startswith("/api/jobs/")
