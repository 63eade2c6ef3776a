"""Rate limits are exact, are shown in every response, and do not apply without Redis."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from flask.testing import FlaskClient
from redis import Redis

from app import key_format as keys
from app.database import Database
from app.models import Role
from app.redis.bounded import BoundedRedis
from app.redis.sliding_window import SlidingWindows, Standing
from app.settings import Settings
from app.web import create_app
from embedded.valkey import ValkeyServer
from tests.hanging import hanging
from tests.keys import bearer, make_key, v2
from tests.stack import wait_until

Taken = TypeVar("Taken")
HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


@pytest.fixture(autouse=True)
def redis(redis_url: str) -> Iterator["Redis"]:
    """Return Redis, which is empty before and after the test."""
    client = Redis.from_url(redis_url)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def windows(redis: "Redis", redis_url: str) -> Iterator[SlidingWindows]:
    """Return unused windows."""
    calls = BoundedRedis(redis_url)
    yield SlidingWindows(calls, "test:")
    calls.close()


def age(redis: "Redis", caller: str, microseconds: int) -> None:
    """Make every request of a caller older."""
    name = f"test:limit:{caller}"
    times = [int(each) - microseconds for each in redis.lrange(name, 0, -1)]
    redis.delete(name)
    if times:
        redis.rpush(name, *times)


def within_a_second(redis: "Redis", take: Callable[[], Taken]) -> Taken:
    """Return what ``take`` returns, once it takes less than a second of Redis's clock."""

    def attempt() -> list[Taken]:
        seconds, microseconds = redis.time()  # type: ignore[misc]
        taken = take()
        later, and_microseconds = redis.time()  # type: ignore[misc]
        return [taken] if later - seconds + (and_microseconds - microseconds) / 1e6 < 1 else []

    [found] = wait_until(attempt, what="a machine that is quiet for a second")
    return found


def passes(windows: SlidingWindows, per_minute: int, per_second: int) -> bool:
    """Count one request; return whether it passes."""
    standing = windows.take("somebody", per_minute, per_second)
    assert standing is not None
    return standing.passes


def test_exactly_as_many_pass_as_the_limit_says_also_when_all_come_at_once(windows: SlidingWindows) -> None:
    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(lambda _: passes(windows, 50, 1_000), range(200)))
    assert sum(passed) == 50


def test_the_window_slides(windows: SlidingWindows, redis: "Redis") -> None:
    assert [passes(windows, 4, 100) for _ in range(2)] == [True, True]
    age(redis, "somebody", 40_000_000)
    assert [passes(windows, 4, 100) for _ in range(3)] == [True, True, False]
    age(redis, "somebody", 21_000_000)
    assert [passes(windows, 4, 100) for _ in range(3)] == [True, True, False]


def test_a_burst_is_limited_within_its_second(windows: SlidingWindows, redis: "Redis") -> None:
    def take() -> tuple[list[bool], Standing | None]:
        redis.flushdb()
        return [passes(windows, 1_000, 5) for _ in range(5)], windows.take("somebody", 1_000, 5)

    passed, standing = within_a_second(redis, take)
    assert passed == [True] * 5
    assert standing is not None
    assert (standing.passes, standing.remaining, standing.retry_after_seconds) == (False, 995, 1)
    age(redis, "somebody", 1_000_000)
    assert passes(windows, 1_000, 5)


def test_what_is_refused_or_only_looked_at_does_not_count(windows: SlidingWindows) -> None:
    for _ in range(3):
        windows.look("somebody", 1, 1)
    assert [passes(windows, 2, 2) for _ in range(5)] == [True, True, False, False, False]
    assert passes(windows, 3, 3)


def test_a_refusal_says_when_the_next_request_passes(windows: SlidingWindows, redis: "Redis") -> None:
    def take() -> Standing | None:
        redis.flushdb()
        for _ in range(2):
            passes(windows, 2, 100)
        age(redis, "somebody", 50_000_000)
        before = time.time()
        standing = windows.take("somebody", 2, 100)
        assert standing is not None
        assert before + 8 <= standing.reset_at <= time.time() + 11
        return standing

    standing = within_a_second(redis, take)
    assert standing is not None
    assert standing.retry_after_seconds == 10


def test_a_clock_that_is_set_back_lets_nobody_through(windows: SlidingWindows, redis: "Redis") -> None:
    for _ in range(3):
        passes(windows, 3, 100)
    age(redis, "somebody", -30_000_000)
    assert not passes(windows, 3, 100)


def test_what_is_kept_of_a_caller_is_bounded_and_goes_away(windows: SlidingWindows, redis: "Redis") -> None:
    for _ in range(20):
        passes(windows, 7, 100)
    assert redis.llen("test:limit:somebody") == 7
    assert 0 < redis.pttl("test:limit:somebody") <= 60_000


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/api/jobs", 200),
        ("GET", "/api/jobs?page=x", 422),
        ("GET", "/no-such-route", 404),
        ("PUT", "/api/jobs", 405),
        ("GET", "/v2/jobs", 401),
        ("GET", "/openapi.json", 200),
    ],
)
def test_every_answer_says_how_the_caller_stands(
    new_client: Callable[..., FlaskClient], method: str, path: str, status: int
) -> None:
    client = new_client(rate_limit_per_minute=1_000)
    before = time.time()
    response = client.open(path, method=method)
    limit, remaining, reset = (int(response.headers[name]) for name in HEADERS)
    assert response.status_code == status
    assert (limit, remaining) == (1_000, 999)
    assert before + 59 <= reset <= time.time() + 61
    assert "Retry-After" not in response.headers


def test_over_the_limit_is_429_with_retry_after(
    new_client: Callable[..., FlaskClient], admin_key: str
) -> None:
    client = v2(new_client(rate_limit_per_minute=3), admin_key)
    statuses = [client.get(path).status_code for path in ("/v2/jobs", "/v2/keys", "/v2/nowhere")]
    refused = client.get("/v2/jobs")
    assert statuses == [200, 200, 404]
    assert (refused.status_code, refused.get_json()["code"]) == (429, "rate_limited")
    assert refused.get_json()["limit"] == "rate_limit_per_minute"
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.mimetype == "application/problem+json"


def test_several_webs_count_together(new_client: Callable[..., FlaskClient], reader_key: str) -> None:
    clients = [v2(new_client(rate_limit_per_minute=30), reader_key) for _ in range(3)]
    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(lambda number: clients[number % 3].get("/v2/jobs").status_code, range(60)))
    assert (statuses.count(200), statuses.count(429)) == (30, 30)


def test_each_key_has_a_limit_of_its_own_and_so_has_each_address(
    new_client: Callable[..., FlaskClient], reader_key: str, writer_key: str
) -> None:
    client = new_client(rate_limit_per_minute=1)
    assert [v2(client, key).get("/v2/jobs").status_code for key in (reader_key, writer_key)] == [200, 200]
    addresses = ("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:0:1::1")
    for address in addresses:
        assert client.get("/api/jobs", environ_base={"REMOTE_ADDR": address}).status_code == 200
    for address in ("192.0.2.1", "2001:db8::2", "::ffff:192.0.2.2"):
        assert client.get("/api/jobs", environ_base={"REMOTE_ADDR": address}).status_code == 429


def test_a_401_counts_against_no_key(new_client: Callable[..., FlaskClient], reader_key: str) -> None:
    client = new_client(rate_limit_per_minute=2)
    assert [client.get("/v2/jobs").status_code for _ in range(4)] == [401, 401, 429, 429]
    assert v2(client, reader_key).get("/v2/jobs").headers["X-RateLimit-Remaining"] == "1"


def test_an_address_may_get_so_many_keys_wrong(
    new_client: Callable[..., FlaskClient], reader_key: str, writer_key: str
) -> None:
    client = new_client(rate_limit_per_minute=150)
    assert v2(client, reader_key).get("/v2/jobs").status_code == 200
    guesses = [
        v2(client, key).get("/v2/jobs") for key in (keys.new_key(), "x", keys.new_key(), keys.new_key())
    ]
    assert [guess.status_code for guess in guesses] == [401, 401, 401, 429]
    assert guesses[-1].get_json()["code"] == "too_many_failed_keys"
    assert int(guesses[-1].headers["Retry-After"]) > 0
    assert v2(client, writer_key).get("/v2/jobs").status_code == 429, "a guess that is right is not told"
    assert v2(client, reader_key).get("/v2/jobs").status_code == 200, "a key that has worked here goes on"
    elsewhere = client.get("/v2/jobs", headers=bearer(writer_key), environ_base={"REMOTE_ADDR": "192.0.2.9"})
    assert elsewhere.status_code == 200


@pytest.mark.parametrize("end", ["expires_at", "revoked_at"])
def test_a_key_that_has_ended_is_no_guess(
    new_client: Callable[..., FlaskClient], database: Database, reader_key: str, end: str
) -> None:
    client = new_client(rate_limit_per_minute=150)
    ended = make_key(database, Role.READER, **{end: datetime(2020, 1, 1, tzinfo=UTC)})  # type: ignore[arg-type]
    assert [v2(client, ended).get("/v2/jobs").status_code for _ in range(5)] == [401] * 5
    assert v2(client, reader_key).get("/v2/jobs").status_code == 200


def test_only_trusted_proxies_say_who_calls(new_client: Callable[..., FlaskClient]) -> None:
    def statuses(trusted: int) -> list[int]:
        client = new_client(rate_limit_per_minute=1, trusted_proxies=trusted, redis_key_prefix=f"{trusted}:")
        told = ("203.0.113.1", "203.0.113.2", "203.0.113.9, 203.0.113.1")
        return [client.get("/", headers={"X-Forwarded-For": address}).status_code for address in told]

    assert statuses(0) == [200, 429, 429]
    assert statuses(1) == [200, 200, 429]


def test_without_redis_requests_go_on_without_limits(settings: Settings, admin_key: str) -> None:
    away = create_app(replace(settings, redis_url="redis://127.0.0.1:1", rate_limit_per_minute=1))
    client = v2(away.test_client(), admin_key)
    for _ in range(3):
        response = client.get("/v2/jobs")
        assert response.status_code == 200
        assert not any(name in response.headers for name in HEADERS)
    assert client.post("/v2/keys", json={"name": "ci", "role": "reader"}).status_code == 201
    away.extensions["qloom"].close()


@pytest.mark.usefixtures("usual_redis_clients")
def test_a_redis_that_hangs_is_asked_once_and_then_left_alone(
    settings: Settings, database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = ValkeyServer(tmp_path / "valkey")
    with server as url:
        app = create_app(replace(settings, redis_url=url))
        client = app.test_client()
        assert "X-RateLimit-Limit" in client.get("/api/jobs").headers
        with hanging(server.pid):
            responses = [client.get("/api/jobs") for _ in range(20)]
        app.extensions["qloom"].close()
    assert {response.status_code for response in responses} == {200}
    assert not any("X-RateLimit-Limit" in response.headers for response in responses)
    asked = [each for each in caplog.records if each.message.startswith("Nobody is limited")]
    assert 1 <= len(asked) < 10
