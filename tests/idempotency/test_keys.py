"""Idempotency keys: a request is carried out once, and a repeat gets the first response again."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app import operations
from app.connections import Connections
from app.database import Database
from app.errors import BadRequestError, InvalidProgramError
from app.idempotency import keys as idempotency
from app.models import IdempotencyKey, Job, JobStatus
from app.rest.wiring import provided
from app.settings import Settings
from app.simulators.errors import ProcessLostError
from app.web import create_app
from tests.executions.factories import store_job
from tests.jobs.conftest import InstantWorker
from tests.jobs.helpers import change, read, seconds_ago
from tests.jobs.test_engine import raising
from tests.keys import bearer

ASYNCHRONOUS = {"Prefer": "respond-async"}
DAY_SECONDS = 24 * 3600
RIVALS = 50


def post(client: FlaskClient, key: str, path: str = "/api/execute/bell", **options: Any) -> TestResponse:
    """POST with a key; ``Prefer`` by keyword."""
    headers = {"Idempotency-Key": key, **options.pop("headers", {})}
    return client.post(path, headers=headers, **options)


def post_async(
    client: FlaskClient, key: str, path: str = "/api/execute/bell", **options: Any
) -> TestResponse:
    """POST with a key, and wait for nothing."""
    return post(client, key, path, headers=ASYNCHRONOUS, **options)


def jobs(database: Database) -> list[Job]:
    """Return all jobs."""
    with database.reading() as session:
        return list(session.scalars(select(Job).order_by(Job.created_at)))


def age(database: Database, seconds: float) -> None:
    """Make all keys older."""
    with database.unit_of_work() as unit:
        unit.session.execute(update(IdempotencyKey).values(created_at=seconds_ago(seconds)))


def is_replay(response: TestResponse) -> bool:
    """Return whether the response says that it is the first one again."""
    return response.headers.get("Idempotency-Replayed") == "true"


def test_the_same_request_gets_the_same_bytes_again(
    client: FlaskClient, database: Database, worker: InstantWorker
) -> None:
    first, second = post(client, "k"), post(client, "k")
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.data == first.data
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert (is_replay(first), is_replay(second)) == (False, True)
    assert len(jobs(database)) == 1


def test_an_accepted_request_gets_its_202_again(client: FlaskClient, database: Database) -> None:
    first, second = post_async(client, "k"), post_async(client, "k")
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.data == first.data
    for name in ("Location", "Retry-After", "Preference-Applied"):
        assert second.headers[name] == first.headers[name]
    assert is_replay(second)
    assert len(jobs(database)) == 1


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/api/execute/ghz", {}),
        ("/api/execute/bell?shots=7", {}),
        ("/api/execute", {"json": {"shots": 7}}),
        ("/api/execute", {}),
    ],
)
def test_another_request_with_the_same_key_is_refused(
    client: FlaskClient, database: Database, path: str, options: dict[str, Any]
) -> None:
    assert post_async(client, "k").status_code == 202
    response = post_async(client, "k", path, **options)
    assert response.status_code == 422
    [entry] = response.get_json()["detail"]
    assert entry["loc"] == ["header", "Idempotency-Key"]
    assert "use a new key" in entry["msg"]
    assert len(jobs(database)) == 1


def test_the_order_of_the_query_makes_no_other_request(client: FlaskClient) -> None:
    first = post_async(client, "k", "/api/execute/bell?shots=7&seed=1")
    second = post_async(client, "k", "/api/execute/bell?seed=1&shots=7")
    assert (second.status_code, second.data) == (202, first.data)


def test_a_quoted_key_is_the_bare_one(client: FlaskClient, database: Database) -> None:
    assert post_async(client, '"k"').status_code == 202
    assert is_replay(post_async(client, "k"))
    assert len(jobs(database)) == 1


@pytest.mark.parametrize("key", ["", '""', "   ", "x" * 256, "caf\u00e9", '"' + "x" * 256 + '"'])
def test_a_malformed_key_is_refused_and_nothing_is_stored(
    client: FlaskClient, database: Database, key: str
) -> None:
    response = post_async(client, key)
    assert response.status_code == 400
    assert "1 to 255 printable ASCII characters" in response.get_json()["detail"]
    assert jobs(database) == []


@pytest.mark.parametrize(
    ("header", "key"), [("k", "k"), (' "k" ', "k"), ('"', '"'), ("x" * 255, "x" * 255), ('"a b"', "a b")]
)
def test_a_key_is_read_quoted_or_bare(header: str, key: str) -> None:
    assert idempotency.parse_key(header) == key


@pytest.mark.parametrize("header", ["a\tb", "a\x7f", '"\x00"'])
def test_a_key_with_control_characters_is_malformed(header: str) -> None:
    with pytest.raises(BadRequestError):
        idempotency.parse_key(header)


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.CANCELLING])
def test_while_the_first_is_in_flight_a_repeat_is_told_where_it_is(
    client: FlaskClient, database: Database, status: JobStatus
) -> None:
    in_flight(client, database, status)
    response = post(client, "k")
    assert response.status_code == 409
    assert response.get_json()["code"] == "request_in_flight"
    assert response.headers["Location"] == f"/api/jobs/{jobs(database)[0].id}"
    assert len(jobs(database)) == 1


def test_a_repeat_under_v2_is_told_of_the_job_there(
    client: FlaskClient, database: Database, writer_key: str
) -> None:
    def ask(**more: str) -> TestResponse:
        headers = {**bearer(writer_key), "Idempotency-Key": "k", **more}
        return client.post("/v2/query", json={"vector": [1.0]}, headers=headers)

    assert ask(Prefer="respond-async").status_code == 202
    with database.unit_of_work() as unit:  # the first request's web process died before it responded
        unit.session.execute(update(IdempotencyKey).values(status_code=None, headers=None, body=None))
    response = ask(Prefer="respond-async")
    assert response.status_code == 409
    assert response.headers["Location"] == f"/v2/jobs/{jobs(database)[0].id}"


def in_flight(client: FlaskClient, database: Database, status: JobStatus) -> None:
    """A first request whose web process died before it responded."""
    assert post_async(client, "k").status_code == 202
    with database.unit_of_work() as unit:
        unit.session.execute(update(IdempotencyKey).values(status_code=None, headers=None, body=None))
    change(database, jobs(database)[0].id, status=status)


def test_a_repeat_of_a_finished_request_that_was_never_answered_gets_the_result(
    client: FlaskClient, database: Database, idle_worker: InstantWorker
) -> None:
    in_flight(client, database, JobStatus.QUEUED)
    idle_worker.start()
    job_id = jobs(database)[0].id
    assert client.get(f"/api/jobs/{job_id}?wait=20").get_json()["status"] == "SUCCEEDED"
    response = post(client, "k")
    assert (response.status_code, is_replay(response)) == (200, True)
    assert response.get_json()["execution_id"] == str(job_id)
    again = post(client, "k")
    assert (again.status_code, again.data) == (200, response.data)
    assert len(jobs(database)) == 1


def test_a_repeat_that_does_not_wait_gets_202_for_the_finished_job(
    client: FlaskClient, database: Database, idle_worker: InstantWorker
) -> None:
    in_flight(client, database, JobStatus.QUEUED)
    change(database, jobs(database)[0].id, status=JobStatus.SUCCEEDED)
    response = post_async(client, "k")
    assert (response.status_code, is_replay(response)) == (202, True)
    assert response.get_json()["status"] == "SUCCEEDED"


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.CANCELLED])
def test_a_key_whose_job_came_to_nothing_is_used_anew(
    client: FlaskClient, database: Database, status: JobStatus
) -> None:
    in_flight(client, database, status)
    response = post_async(client, "k")
    assert (response.status_code, is_replay(response)) == (202, False)
    assert len(jobs(database)) == 2
    assert is_replay(post_async(client, "k"))


def test_fifty_concurrent_identical_requests_make_one_job(app: Flask, database: Database) -> None:
    def attempt(_: int) -> TestResponse:
        return post_async(app.test_client(), "k")

    with ThreadPoolExecutor(RIVALS) as pool:
        responses = list(pool.map(attempt, range(RIVALS)))
    [job] = jobs(database)
    assert {response.headers["Location"] for response in responses} == {f"/api/jobs/{job.id}"}
    assert {response.status_code for response in responses} <= {202, 409}
    assert sum(response.status_code == 202 and not is_replay(response) for response in responses) == 1


def test_after_a_day_a_key_is_new_again(client: FlaskClient, database: Database) -> None:
    assert post_async(client, "k").status_code == 202
    age(database, DAY_SECONDS - 60)
    assert is_replay(post_async(client, "k"))
    age(database, DAY_SECONDS + 60)
    response = post_async(client, "k", "/api/execute/ghz")
    assert (response.status_code, is_replay(response)) == (202, False)
    assert len(jobs(database)) == 2
    assert is_replay(post_async(client, "k", "/api/execute/ghz"))


def test_housekeeping_removes_keys_of_more_than_a_day_only(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    post_async(client, "old")
    age(database, DAY_SECONDS + 60)
    post_async(client, "new")
    operations.remove_stale(provided(Connections, app))
    with database.reading() as session:
        assert session.scalars(select(IdempotencyKey.key)).all() == ["new"]


def test_a_response_about_a_bad_program_is_kept(
    client: FlaskClient, database: Database, worker: InstantWorker
) -> None:
    worker.kind.work = raising(InvalidProgramError("line 1, column 2: no", 1, 2))
    first, second = post(client, "k"), post(client, "k")
    assert (first.status_code, second.status_code) == (422, 422)
    assert second.data == first.data
    assert is_replay(second)
    assert len(jobs(database)) == 1


def test_a_server_error_is_not_kept(client: FlaskClient, database: Database, worker: InstantWorker) -> None:
    worker.kind.work = raising(ProcessLostError("exit code -9"))
    first = post(client, "k")
    assert (first.status_code, first.get_json()["code"]) == (503, "worker_lost")
    assert int(first.headers["Retry-After"]) > 0
    worker.kind.work = lambda job, running: "result"
    second = post(client, "k")
    assert (second.status_code, is_replay(second)) == (200, False)
    assert len(jobs(database)) == 2


def test_a_request_that_is_refused_leaves_no_key(client: FlaskClient, database: Database) -> None:
    assert post_async(client, "k", "/api/execute/bell?shots=0").status_code == 422
    assert post_async(client, "k").status_code == 202


@pytest.fixture
def app_for_one_job(settings: Settings, database: Database) -> Iterator[Flask]:
    """An application whose queue is full with one job."""
    made = create_app(replace(settings, max_queued_jobs=1))
    yield made
    made.extensions["qloom"].close()


def test_a_full_queue_leaves_no_key(app_for_one_job: Flask, database: Database) -> None:
    client = app_for_one_job.test_client()
    assert post_async(client, "first").status_code == 202
    response = post_async(client, "k")
    assert (response.status_code, response.get_json()["code"]) == (503, "queue_full")
    with database.reading() as session:
        assert session.scalars(select(IdempotencyKey.key)).all() == ["first"]
    assert len(jobs(database)) == 1


def test_a_retry_with_a_key_makes_one_new_job(client: FlaskClient, database: Database) -> None:
    failed = store_job(database, JobStatus.FAILED)
    path = f"/api/jobs/{failed}/retry"
    first, second = post(client, "k", path), post(client, "k", path)
    assert (first.status_code, second.status_code, is_replay(second)) == (202, 202, True)
    assert first.data == second.data
    assert len(jobs(database)) == 2


def test_without_a_key_each_request_is_its_own(client: FlaskClient, database: Database) -> None:
    for _ in range(2):
        assert client.post("/api/execute/bell", headers=ASYNCHRONOUS).status_code == 202
    assert len(jobs(database)) == 2


def test_a_response_is_not_kept_for_a_key_that_names_another_job_by_now(
    client: FlaskClient, database: Database
) -> None:
    in_flight(client, database, JobStatus.QUEUED)
    request = idempotency.IdempotentRequest(idempotency.ANONYMOUS_SCOPE, "k", b"")
    late = idempotency.StoredResponse(200, {}, b"late")
    with database.unit_of_work() as unit:
        idempotency.store_response(unit.session, request, uuid4(), late)
    with database.reading() as session:
        assert session.scalars(select(IdempotencyKey.body)).one() is None
    assert read(database, jobs(database)[0].id).status == JobStatus.QUEUED


def test_the_first_response_outlives_the_job_that_was_purged(
    client: FlaskClient, database: Database, app: Flask
) -> None:
    first = post_async(client, "kept")
    change(database, jobs(database)[0].id, status=JobStatus.SUCCEEDED, finished_at=seconds_ago(10))
    assert operations.purge(provided(Connections, app), datetime.now(UTC)) == (0, 1)
    again = post_async(client, "kept")
    assert (again.status_code, again.get_data()) == (202, first.get_data())
    assert is_replay(again)
    assert jobs(database) == []


def test_a_key_whose_job_was_purged_before_it_was_answered_is_used_anew(
    client: FlaskClient, database: Database, app: Flask
) -> None:
    post_async(client, "unanswered")
    with database.unit_of_work() as unit:
        unit.session.execute(update(IdempotencyKey).values(status_code=None, headers=None, body=None))
    change(database, jobs(database)[0].id, status=JobStatus.SUCCEEDED, finished_at=seconds_ago(10))
    assert operations.purge(provided(Connections, app), datetime.now(UTC)) == (0, 1)
    assert not is_replay(post_async(client, "unanswered"))
    assert [job.status for job in jobs(database)] == [JobStatus.QUEUED]
