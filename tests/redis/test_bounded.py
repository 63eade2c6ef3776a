"""Calls to Redis are bounded in time, and given up quickly while it is away."""

import socket
import time
from collections.abc import Iterator
from threading import Thread
from uuid import uuid4

import pytest
from redis import Redis

from app.breaker import CircuitBreaker
from app.redis.bounded import PATIENCE_SECONDS, BoundedRedis, RedisAwayError, Script

LONG_BYTES = 16 * 1024 * 1024

CONNECTING_COMMANDS = 2
"""Commands by which redis-py names itself to a server."""


@pytest.fixture
def calls(redis_url: str) -> Iterator[BoundedRedis]:
    """Calls to the tests' server."""
    opened = BoundedRedis(redis_url)
    yield opened
    opened.close()


@pytest.fixture
def silent_url() -> Iterator[str]:
    """Run a server that accepts connections and sends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_commands_are_answered_in_their_order(calls: BoundedRedis) -> None:
    key = str(uuid4())
    assert calls.ask(("SET", key, "1", "PX", 60_000), ("GET", key), ("LLEN", key + "x"), seconds=60) == [
        b"OK",
        b"1",
        0,
    ]


def test_what_is_told_is_done_and_its_answer_reaches_nobody(calls: BoundedRedis) -> None:
    key = str(uuid4())
    calls.tell(("SET", key, "told", "PX", 60_000), seconds=60)
    calls.tell(("NO SUCH COMMAND",), seconds=60)
    assert calls.ask(("GET", key), seconds=60) == [b"told"]


def test_a_script_runs_whether_or_not_redis_knows_it(calls: BoundedRedis) -> None:
    script, key = Script("return {KEYS[1], ARGV[1] + 1}"), str(uuid4())
    calls.ask(("SCRIPT", "FLUSH"), seconds=60)
    for _ in range(2):
        assert calls.run(script, [key], [41], seconds=60) == [key.encode(), 42]


def test_a_redis_that_has_forgotten_a_script_is_back_with_the_first_call(redis_url: str) -> None:
    now = [0.0]
    breaker = CircuitBreaker(lambda: now[0])
    calls, script = BoundedRedis(redis_url, breaker), Script("return ARGV[1]")
    calls.ask(("SCRIPT", "FLUSH"), seconds=60)
    breaker.failed()
    now[0] = 1.0
    assert calls.run(script, [], ["back"], seconds=60) == b"back"
    assert not breaker.is_open
    calls.close()


def test_that_something_could_be_told_is_no_sign_of_life(redis_url: str) -> None:
    now = [0.0]
    breaker = CircuitBreaker(lambda: now[0])
    calls = BoundedRedis(redis_url, breaker)
    breaker.failed()
    now[0] = 1.0
    calls.tell(("PING",), seconds=60)
    assert breaker.is_open
    calls.close()


def test_an_element_that_is_there_is_taken_at_once(calls: BoundedRedis) -> None:
    key = str(uuid4())
    calls.ask(("RPUSH", key, b"\x00binary"), seconds=60)
    assert calls.wait_for_element(key, 60) == b"\x00binary"
    assert calls.ask(("LLEN", key), seconds=60) == [0]


def test_waiting_ends_when_its_time_is_up_and_its_late_answer_reaches_nobody(calls: BoundedRedis) -> None:
    key = str(uuid4())
    assert calls.wait_for_element(key, 0.02) is None
    assert calls.wait_for_element(key, 0) is None
    calls.ask(("RPUSH", key, "late"), seconds=60)
    assert calls.ask(("ECHO", "mine"), seconds=60) == [b"mine"]


def test_a_connection_that_the_server_closed_costs_no_call(calls: BoundedRedis, redis_url: str) -> None:
    assert calls.ask(("ECHO", "before"), seconds=60) == [b"before"]
    with Redis.from_url(redis_url) as other:
        other.client_kill_filter(_type="normal", skipme=True)
    assert calls.ask(("ECHO", "after"), seconds=60) == [b"after"]


@pytest.mark.usefixtures("usual_redis_clients")
def test_a_silent_server_costs_a_call_its_patience_and_the_next_ones_nothing(silent_url: str) -> None:
    now = time.monotonic()
    breaker = CircuitBreaker(clock=lambda: now)  # so that no probe falls due while the test runs
    calls = BoundedRedis(silent_url, breaker)
    with pytest.raises(RedisAwayError):
        calls.ask(("ECHO", "x"), seconds=60)
    assert time.monotonic() - now < 30, "the bound is the patience, not the sixty seconds"
    assert breaker.refuses
    with pytest.raises(RedisAwayError, match="found away"):
        calls.ask(("ECHO", "x"), seconds=60)
    calls.close()


@pytest.fixture
def slow_url() -> Iterator[str]:
    """Run a server that reads 16 MB and replies OK to the command, twice ``PATIENCE_SECONDS`` later."""

    def serve(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as stream:
            for _ in range(CONNECTING_COMMANDS):
                for _ in range(int(stream.readline()[1:])):
                    stream.read(int(stream.readline()[1:]) + len(b"\r\n"))
                connection.sendall(b"+OK\r\n")
            taken = 0
            while taken < LONG_BYTES and (part := stream.read(64 * 1024)):
                taken += len(part)
            time.sleep(2 * PATIENCE_SECONDS)
            connection.sendall(b"+OK\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = Thread(target=serve, args=(server,))
        serving.start()
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        serving.join()


@pytest.mark.usefixtures("usual_redis_clients")
def test_a_long_command_may_take_as_long_as_a_busy_server_takes_to_receive_it(
    slow_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.redis.bounded.BYTES_PER_SECOND", LONG_BYTES / 30)
    breaker = CircuitBreaker()
    calls = BoundedRedis(slow_url, breaker)
    started = time.monotonic()
    assert calls.ask(("SET", "key", bytes(LONG_BYTES)), seconds=60) == [b"OK"]
    assert time.monotonic() - started > PATIENCE_SECONDS, "a plain command has no such time"
    assert not breaker.is_open
    calls.close()


@pytest.mark.usefixtures("usual_redis_clients")
def test_a_call_without_the_time_to_tell_says_nothing_of_the_server(silent_url: str) -> None:
    breaker = CircuitBreaker()
    calls = BoundedRedis(silent_url, breaker)
    with pytest.raises(RedisAwayError):
        calls.ask(("ECHO", "x"), seconds=0.01)
    assert not breaker.is_open
    calls.close()


def test_a_server_that_refuses_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    breaker = CircuitBreaker()
    calls = BoundedRedis(f"redis://127.0.0.1:{port}/0", breaker)
    with pytest.raises(RedisAwayError):
        calls.ask(("ECHO", "x"), seconds=60)
    assert breaker.is_open
    calls.close()
