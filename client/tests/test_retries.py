"""Calls are sent again where that helps and doubles nothing."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from qloom import (
    APIError,
    AsyncQloom,
    ConnectionLostError,
    IncompatibleVersionError,
    NotFoundError,
    Qloom,
    RateLimitedError,
    UnavailableError,
    UnexpectedAnswerError,
)
from qloom.retries import retry_after

from tests.scripted import JOB, scripted

BUSY = (429, {"status": 429, "code": "rate_limited", "detail": "Too many."}, {"Retry-After": "0"})
DOWN = (503, {"status": 503, "code": "unavailable", "detail": "PostgreSQL is away."}, {"Retry-After": "0"})
GONE = (404, {"status": 404, "code": "not_found", "detail": "There is no such execution."}, {})


def test_a_post_is_repeated_with_the_same_idempotency_key() -> None:
    with scripted(BUSY, DOWN, None, (202, JOB, {})) as script, Qloom(script.url) as client:
        assert client.executions.submit("bell").job_id == "1"
        assert len(script.seen) == 4
        assert len({headers["idempotency-key"] for _, headers in script.seen}) == 1


def test_a_deletion_is_repeated_with_the_same_idempotency_key() -> None:
    with scripted(None, (204, None, {})) as script, Qloom(script.url) as client:
        client.executions.delete("1")
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


def broken_off(status: int, document: Any) -> tuple[int, Any, dict[str, str]]:
    """An answer whose connection breaks in the middle of the body."""
    return status, document, {"Content-Length": "100000"}


def test_an_answer_that_breaks_off_is_asked_for_again_with_the_same_key() -> None:
    with scripted(broken_off(202, JOB), (202, JOB, {})) as script, Qloom(script.url) as client:
        assert client.executions.submit("bell").job_id == "1"
        assert len({headers["idempotency-key"] for _, headers in script.seen}) == 1

    async def listed(url: str) -> int:
        async with AsyncQloom(url) as client:
            return len(await client.jobs.list())

    page = {"jobs": [JOB], "total": 1}
    with scripted(broken_off(200, page), (200, page, {})) as script:
        assert asyncio.run(listed(script.url)) == 1
    with scripted(broken_off(201, {})) as script, Qloom(script.url) as client:
        with pytest.raises(ConnectionLostError) as caught:
            client.keys.create("a", "reader")
        assert caught.value.sent
        assert len(script.seen) == 1


@pytest.mark.parametrize("step", [None, broken_off(200, {"id": "a"}), DOWN])
def test_an_export_that_breaks_off_leaves_no_file(step: Any, tmp_path: Path) -> None:
    with scripted(step) as script, Qloom(script.url, retry_seconds=0) as client:
        with pytest.raises((ConnectionLostError, UnavailableError)):
            client.vectors.export_file(tmp_path / "vectors.ndjson")
        assert list(tmp_path.iterdir()) == []
        assert len(script.seen) == 1


def test_a_batch_that_ends_early_says_what_is_stored() -> None:
    limits = {"max_batch_vectors": 2, "max_body_bytes": 1_000_000}
    stored = {"inserted": 2, "failed": 0, "transaction_id": "t", "quantum_batch": True}
    steps = [(200, limits, {}), (201, stored, {}), None, broken_off(201, stored), (503, DOWN[1], {})]
    vectors = [{"id": f"{number}", "vector": [1.0]} for number in range(5)]
    with scripted(*steps) as script, Qloom(script.url, retry_seconds=59) as client:
        script.steps += [(503, DOWN[1], {"Retry-After": "60"})]
        with pytest.raises(UnavailableError) as caught:
            client.vectors.insert_batch(vectors)
        assert caught.value.__notes__ == ["2 vectors of requests before this one are stored."]
        keys = [headers["idempotency-key"] for _, headers in script.seen[1:]]
        assert len(keys) == 5
        assert len(set(keys)) == 2  # one for each request, whatever it took


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
    with Qloom("http://127.0.0.1:1", retry_seconds=0.5) as client:
        with pytest.raises(ConnectionLostError) as caught:
            client.executions.submit("bell")
        assert not caught.value.sent


def test_a_long_wait_says_why(caplog: pytest.LogCaptureFixture) -> None:
    later = (503, DOWN[1], {"Retry-After": "3"})
    with scripted(DOWN, later, (200, {}, {})) as script, Qloom(script.url, retry_seconds=59) as client:
        assert client.limits() == {}
        said = [record.message for record in caplog.records if record.name == "qloom"]
        assert said == ["PostgreSQL is away. (503 unavailable; GET /api/limits); trying again for up to 59 s"]


def test_an_address_that_is_not_ours_is_told() -> None:
    with Qloom("http://127.0.0.1:1", retry_seconds=0) as client, pytest.raises(ConnectionLostError) as caught:
        client.limits()
    assert "http://127.0.0.1:1 was not reached" in str(caught.value)
    with scripted() as script:
        script.about.clear()  # JSON, but not that of a Qloom
        with (
            Qloom(script.url) as client,
            pytest.raises(UnexpectedAnswerError, match=f"{script.url} does not"),
        ):
            client.limits()
    with scripted(GONE) as script, Qloom(f"{script.url}/elsewhere") as client:
        with pytest.raises(UnexpectedAnswerError, match="/elsewhere does not answer as a Qloom does"):
            client.limits()
        assert len(script.seen) == 1


def test_an_address_that_has_moved_is_told() -> None:
    moved = (308, {}, {"Location": "https://example.com/api/limits"})
    with scripted(moved) as script, Qloom(script.url) as client, pytest.raises(APIError) as caught:
        client.limits()
    assert caught.value.code == "moved"
    assert "it has moved to https://example.com/api/limits: use that address" in str(caught.value)


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
