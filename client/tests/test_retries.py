"""Calls are sent again where that helps and doubles nothing."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from qloom import (
    AsyncQloom,
    ConnectionLostError,
    IncompatibleVersionError,
    NotFoundError,
    Qloom,
    RateLimitedError,
    UnavailableError,
)
from qloom.retries import retry_after

from tests.scripted import scripted
from tests.server import free_port

JOB = {
    "job_id": "1", "kind": "execute", "status": "QUEUED", "progress": 0.0, "queue": "interactive",
    "queue_position": 0, "attempt": 1, "max_attempts": 3, "tags": [], "retry_of": None,
    "created_at": "2026-01-01T00:00:00+00:00", "queued_at": "2026-01-01T00:00:00+00:00", "started_at": None,
    "finished_at": None, "error": None, "result": None,
}  # fmt: skip
BUSY = (429, {"status": 429, "code": "rate_limited", "detail": "Too many."}, {"Retry-After": "0"})
DOWN = (503, {"status": 503, "code": "unavailable", "detail": "PostgreSQL is away."}, {"Retry-After": "0"})
GONE = (404, {"status": 404, "code": "not_found", "detail": "There is no such execution."}, {})


def test_a_post_is_repeated_with_the_same_idempotency_key() -> None:
    with scripted(BUSY, DOWN, None, (202, JOB, {})) as script, Qloom(script.url) as client:
        assert client.executions.submit("bell").job_id == "1"
        assert len(script.seen) == 4
        assert len({headers["idempotency-key"] for _, headers in script.seen}) == 1


def test_two_calls_have_different_keys() -> None:
    with scripted((202, JOB, {}), (202, JOB, {})) as script, Qloom(script.url) as client:
        client.executions.submit("bell")
        client.executions.submit("bell")
        assert len({headers["idempotency-key"] for _, headers in script.seen}) == 2


def test_an_asynchronous_client_retries_too() -> None:
    async def submit(url: str) -> str:
        async with AsyncQloom(url) as client:
            return (await client.executions.submit("bell")).job_id

    with scripted(BUSY, None, (202, JOB, {})) as script:
        assert asyncio.run(submit(script.url)) == "1"
        assert len(script.seen) == 3


def test_a_job_whose_first_answer_was_lost_is_found() -> None:
    flying = (409, {"status": 409, "code": "request_in_flight", "detail": "…"}, {"Location": "/api/jobs/1"})
    with scripted(None, flying, (200, JOB, {})) as script, Qloom(script.url) as client:
        assert client.executions.submit("bell").job_id == "1"
        assert [asked for asked, _ in script.seen][-1] == "GET /api/jobs/1"


def test_what_would_be_done_twice_is_not_sent_again() -> None:
    with scripted(None) as script, Qloom(script.url) as client:
        with pytest.raises(ConnectionLostError) as caught:
            client.keys.create("a", "reader")
        assert caught.value.sent
        assert "not known whether POST /v2/keys was carried out" in caught.value.__notes__[0]
        assert len(script.seen) == 1
    with scripted(DOWN) as script, Qloom(script.url) as client, pytest.raises(UnavailableError):
        client.keys.create("a", "reader")


def test_a_limit_refuses_before_anything_is_done_so_it_is_sent_again() -> None:
    with scripted(BUSY, (202, JOB, {})) as script, Qloom(script.url) as client:
        assert client.jobs.retry("0").job_id == "1"


def test_a_404_after_a_lost_answer_says_why_it_may_be() -> None:
    with scripted(None, GONE) as script, Qloom(script.url) as client:
        with pytest.raises(NotFoundError, match="no such execution") as caught:
            client.executions.delete("1")
        assert "An earlier attempt lost its answer" in caught.value.__notes__[0]


def test_retries_end() -> None:
    busy = (429, BUSY[1], {"Retry-After": "3600"})
    with (
        scripted(busy) as script,
        Qloom(script.url) as client,
        pytest.raises(RateLimitedError, match="Too many"),
    ):
        client.executions.submit("bell")
    with Qloom(f"http://127.0.0.1:{free_port()}", retry_seconds=0.5) as client:
        with pytest.raises(ConnectionLostError) as caught:
            client.executions.submit("bell")
        assert not caught.value.sent


def test_retry_after_is_a_number_or_a_date() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    date = format_datetime(now + timedelta(seconds=30), usegmt=True)
    assert retry_after(date, lambda: now.timestamp()) == 30
    assert (retry_after("7"), retry_after(None), retry_after("soon")) == (7, None, None)


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"version": "0.1.9"}, "upgrade the server"),
        ({"oldest_client": "99.0"}, "pip install --upgrade qloom"),
    ],
)
def test_versions_that_do_not_fit_are_told(about: dict[str, str], said: str) -> None:
    with scripted(**about) as script, Qloom(script.url) as client:
        with pytest.raises(IncompatibleVersionError, match=said):
            client.limits()
        assert not script.seen
