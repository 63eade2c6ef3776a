"""The number of requests that wait for jobs is bounded."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.database import Database
from app.errors import TooManyRequestsError
from app.jobs.responses import WaitingRequests
from app.models import JobStatus
from app.rest.wiring import provided
from app.settings import Settings
from app.web import create_app
from tests.jobs.conftest import InstantWorker
from tests.jobs.helpers import queued, read
from tests.keys import v2
from tests.stack import wait_until


def test_each_caller_has_a_bound_and_all_callers_together() -> None:
    waits = WaitingRequests(most=3, most_per_caller=2)
    with ExitStack() as taken:
        taken.enter_context(waits.admit("a"))
        with waits.admit("a"):
            with pytest.raises(TooManyRequestsError) as refused, waits.admit("a"):
                pass
            assert refused.value.details == {"limit": "max_waiting_requests_per_key"}
            assert int(refused.value.headers["Retry-After"]) > 0
            taken.enter_context(waits.admit("b"))
            with pytest.raises(TooManyRequestsError) as refused, waits.admit("c"):
                pass
            assert refused.value.details == {"limit": "max_waiting_requests"}
        with waits.admit("a"):
            pass


def test_a_request_counts_no_more_however_its_wait_ends() -> None:
    waits = WaitingRequests(most=1, most_per_caller=1)
    with pytest.raises(ZeroDivisionError), waits.admit("a"):
        raise ZeroDivisionError
    with waits.admit("b"):
        pass


@pytest.fixture
def narrow(settings: Settings, database: Database) -> Iterator[Flask]:
    """A web in which one request of each caller may wait, and two of all callers."""
    made = create_app(replace(settings, max_waiting_requests=2))
    yield made
    made.extensions["qloom"].close()


@contextmanager
def polling(client: FlaskClient, database: Database) -> Iterator[UUID]:
    """Make a long poll wait while the block runs; yield the id of the job that it waits for."""
    job_id = queued(database)
    waits = provided(WaitingRequests, client.application)
    before = waits._counts.total()
    with ThreadPoolExecutor(1) as pool:
        polled = pool.submit(client.get, f"/api/jobs/{job_id}?wait=60")
        try:
            wait_until(lambda: waits._counts.total() > before, what="the poll waiting")
            yield job_id
        finally:
            client.delete(f"/api/jobs/{job_id}")
            assert polled.result(60).get_json()["status"] == "CANCELLED"


def test_one_long_poll_too_many_is_refused_and_others_wait(
    narrow: Flask, database: Database, reader_key: str, writer_key: str
) -> None:
    client = narrow.test_client()
    assert client.get("/api/limits").get_json()["max_waiting_requests_per_key"] == 1
    with polling(client, database) as job_id:
        response = client.get(f"/api/jobs/{job_id}?wait=30")
        assert (response.status_code, response.mimetype) == (429, "application/problem+json")
        assert response.get_json()["code"] == "too_many_waiting_requests"
        assert response.get_json()["limit"] == "max_waiting_requests_per_key"
        assert int(response.headers["Retry-After"]) > 0
        assert client.get(f"/api/jobs/{job_id}").status_code == 200, "who does not wait is answered"
        with polling(v2(narrow.test_client(), writer_key), database):
            keyed = v2(narrow.test_client(), reader_key).get(f"/api/jobs/{job_id}?wait=30")
            assert keyed.get_json()["limit"] == "max_waiting_requests"
    assert client.get(f"/api/jobs/{job_id}?wait=30").status_code == 200


@pytest.mark.parametrize("prefer", [None, "wait=30"])
def test_a_submission_above_is_accepted_and_answered_at_once(
    narrow: Flask, database: Database, prefer: str | None
) -> None:
    client = narrow.test_client()
    with polling(client, database):
        headers = {} if prefer is None else {"Prefer": prefer}
        response = client.post("/api/execute/bell", headers=headers)
        assert response.status_code == 202
        assert "Preference-Applied" not in response.headers
        assert int(response.headers["Retry-After"]) > 0
        job_id = response.get_json()["job_id"]
        assert response.headers["Location"] == f"/api/jobs/{job_id}"
        assert read(database, UUID(job_id)).status == JobStatus.QUEUED


def test_a_submission_that_has_ended_counts_no_more(
    narrow: Flask, database: Database, idle_worker: InstantWorker
) -> None:
    client = narrow.test_client()
    idle_worker.start()
    assert [client.post("/api/execute/bell").status_code for _ in range(3)] == [200] * 3


@pytest.mark.parametrize(("prefer", "applied"), [("wait=30", None), ("wait=0", "wait=0")])
def test_a_wait_that_the_limit_cuts_short_is_not_named_as_honoured(
    settings: Settings, database: Database, prefer: str, applied: str | None
) -> None:
    made = create_app(replace(settings, max_wait_seconds=0.1))
    try:
        response = made.test_client().post("/api/execute/bell", headers={"Prefer": prefer})
        assert (response.status_code, response.headers.get("Preference-Applied")) == (202, applied)
    finally:
        made.extensions["qloom"].close()
