"""Without worker, simulator, queue or Redis, queries get the classical ranking within their time."""

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import redis
from sqlalchemy import text

from app.remote_calls.presence import channel_of
from embedded.process import ManagedProcess
from embedded.valkey import ValkeyServer
from tests.databases import open_database
from tests.hanging import hanging
from tests.stack import Stack, kill, simulators_of, wait_until

TIMEOUT_MS = 3_000

LATE_SECONDS = 20.0
"""Time that a loaded machine may add to a query; the intended bound is 50 ms. What hangs would never end."""

QUERY = {"vector": [1.0, 0.0, 0.0], "context": "a", "timeout_ms": TIMEOUT_MS, "use_cache": False}


@dataclass(frozen=True)
class Search:
    """A running Qloom with a few vectors and a search worker."""

    stack: Stack
    worker: ManagedProcess
    redis: "redis.Redis"

    def query(self, status: int = 200, **options: Any) -> dict[str, Any]:
        """Send a query, and check that its result comes within its time."""
        started = time.monotonic()
        result = self.stack.post("/v2/query", json={**QUERY, **options}, headers=self.stack.admin_headers)
        assert time.monotonic() - started < TIMEOUT_MS / 1000 + LATE_SECONDS
        assert result.status_code == status, result.text
        document: dict[str, Any] = result.json()
        return document

    def is_quantum(self) -> bool:
        """Return whether a circuit scores now."""
        return bool(self.query()["quantum_enhanced"])

    def kill_worker(self) -> None:
        """Kill the worker; its heartbeat counts for another minute, however slow this machine is."""
        kill(self.worker)
        database = open_database(self.stack.environment["DATABASE_URL"])
        with database.unit_of_work() as unit:
            unit.session.execute(text("UPDATE workers SET last_seen_at = now() + interval '1 minute'"))
        database.close()
        wait_until(self._nobody_takes, what="the end of its subscription")

    def _nobody_takes(self) -> bool:
        ((_, workers),) = self.redis.pubsub_numsub(channel_of("qloom:"))  # type: ignore[no-untyped-call]
        return int(workers) == 0

    def fallback(self, *codes: str) -> dict[str, Any]:
        """Wait for a warning with one of these codes, since on a busy machine Redis may seem to be away."""

        def warned() -> dict[str, Any] | None:
            found = self.query()
            return found if found["warnings"] and found["warnings"][0]["code"] in codes else None

        result: dict[str, Any] = wait_until(warned, what=" or ".join(codes))
        return result

    def sees_fallback(self, *codes: str) -> None:
        """Check for the classical ranking with a warning, and for a 503 where circuits are required."""
        result = self.fallback(*codes)
        assert [each["id"] for each in result["results"]] == ["v0", "v1", "v2"]
        assert not any(each["quantum_enhanced"] for each in result["results"])
        assert result["quantum_enhanced"] is False
        refusal = self.query(503, require_quantum=True)
        assert refusal["code"] == "quantum_unavailable"


@pytest.fixture
def search(new_stack: Callable[..., Stack], valkey: ValkeyServer) -> Iterator[Search]:
    """A running Qloom whose queries are answered by circuits."""
    stack = new_stack(MAX_QUEUED_JOBS="250")
    stack.start_web()
    worker = stack.start_worker("search", slots=1)
    weights = (0.3, 0.6, 0.9)  # so that the circuit's order is the cosine's reversed
    vectors = [
        {
            "id": f"v{index}",
            "vector": [1.0, 0.2 * index, 0.0],
            "contexts": [{"name": "a", "weight": weight}, {"name": "b", "weight": 1 - weight}],
        }
        for index, weight in enumerate(weights)
    ]
    result = stack.post("/v2/vectors/batch", json={"vectors": vectors}, headers=stack.admin_headers)
    assert result.status_code == 201, result.text
    with redis.Redis.from_url(valkey.url) as client:
        found = Search(stack, worker, client)
        answer = wait_until(
            lambda: (answer := found.query())["quantum_enhanced"] and answer, what="a circuit's answer"
        )
        assert [each["id"] for each in answer["results"]] == ["v2", "v1", "v0"]
        yield found


def test_a_worker_that_is_killed_in_the_middle_costs_the_circuit_and_not_the_answer(search: Search) -> None:
    search.kill_worker()
    warning = search.fallback("no_worker")["warnings"][0]
    assert warning["message"].startswith("No worker of the search queue takes messages")
    assert not search.redis.exists("qloom:calls"), "nothing waits there that nobody waits for"
    search.sees_fallback("no_worker")
    search.stack.start_worker("search", slots=1)
    assert wait_until(search.is_quantum, what="a circuit's answer")


def test_a_worker_that_hangs_costs_the_circuit_and_not_the_answer(search: Search) -> None:
    search.worker.send(signal.SIGSTOP)
    search.sees_fallback("timeout")
    search.worker.send(signal.SIGCONT)
    assert wait_until(search.is_quantum, what="a circuit's answer")


def test_a_worker_that_stops_costs_the_circuit_at_once(search: Search) -> None:
    search.worker.send(signal.SIGTERM)
    search.fallback("no_worker")


def test_a_query_that_requires_circuits_waits_for_the_worker_that_starts(search: Search) -> None:
    body = {**QUERY, "require_quantum": True, "timeout_ms": 60_000}
    search.kill_worker()
    with ThreadPoolExecutor() as callers:
        required = callers.submit(
            search.stack.post, "/v2/query", json=body, headers=search.stack.admin_headers
        )
        wait_until(lambda: search.redis.llen("qloom:calls"), what="the query in the queue")
        search.stack.start_worker("search", slots=1)
        document = required.result().json()
    assert document["quantum_enhanced"], document


def test_simulators_that_are_killed_are_replaced(search: Search) -> None:
    for simulator in simulators_of(search.worker):
        kill(simulator)
    result = search.query()
    codes = ("simulator_lost", "timeout", "queue_unavailable")  # the last one if the machine is busy
    assert result["quantum_enhanced"] or result["warnings"][0]["code"] in codes
    assert wait_until(search.is_quantum, what="a circuit's answer")


def test_a_simulator_that_hangs_is_killed_and_its_query_answered_classically(search: Search) -> None:
    stopped = simulators_of(search.worker)
    for simulator in stopped:
        simulator.send_signal(signal.SIGSTOP)
    search.sees_fallback("timeout", "simulator_lost")
    assert wait_until(search.is_quantum, what="a circuit's answer")
    wait_until(lambda: not any(each.is_running() for each in stopped), what="the end of what hung")


def test_a_full_queue_is_not_waited_for(search: Search) -> None:
    search.worker.send(signal.SIGSTOP)
    search.redis.rpush("qloom:calls", *["[]"] * 6)
    search.sees_fallback("queue_full")
    search.redis.delete("qloom:calls")
    search.worker.send(signal.SIGCONT)
    assert wait_until(search.is_quantum, what="a circuit's answer")


def test_without_redis_queries_are_answered_classically_and_circuits_come_back(
    search: Search, valkey: ValkeyServer
) -> None:
    valkey.kill()
    search.sees_fallback("queue_unavailable")
    valkey.start()
    assert wait_until(search.is_quantum, what="a circuit's answer")


def test_a_redis_that_hangs_costs_a_fraction_of_the_time(search: Search, valkey: ValkeyServer) -> None:
    with hanging(valkey.pid):
        search.sees_fallback("queue_unavailable")
    assert wait_until(search.is_quantum, what="a circuit's answer")


def test_a_query_that_is_a_job_is_answered_though_its_simulator_dies(search: Search) -> None:
    search.worker.send(signal.SIGSTOP)
    headers = {**search.stack.admin_headers, "Prefer": "respond-async"}
    accepted = search.stack.post("/v2/query", json=QUERY, headers=headers)
    assert accepted.status_code == 202, accepted.text
    for simulator in simulators_of(search.worker):
        kill(simulator)
    search.worker.send(signal.SIGCONT)
    document = search.stack.wait_for(accepted.json()["job_id"], "SUCCEEDED", headers=headers)
    assert [each["id"] for each in document["result"]["results"]] == ["v2", "v1", "v0"]


def test_a_job_without_a_worker_waits_for_one(search: Search) -> None:
    kill(search.worker)
    headers = {**search.stack.admin_headers, "Prefer": "respond-async"}
    batch = {"queries": [QUERY, {"id": "v1"}]}
    job_id = search.stack.post("/v2/query/batch", json=batch, headers=headers).json()["job_id"]
    assert search.stack.job(job_id, headers=headers)["status"] == "QUEUED"
    search.stack.start_worker("search", slots=1)
    document = search.stack.wait_for(job_id, "SUCCEEDED", headers=headers)
    first, second = document["result"]["results"]
    assert (first["quantum_enhanced"], second["results"][0]["id"]) == (True, "v1")
