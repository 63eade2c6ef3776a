"""Sweeps in shards: a killed worker, an emptied Redis and a cancel; each binding has exactly one result."""

import signal
from collections.abc import Callable
from typing import Any

import psycopg
from redis import Redis

from embedded.process import ManagedProcess
from tests.faults.jobs import rows
from tests.stack import Stack, kill, simulators_of, wait_until

QUBITS, LAYERS, BINDINGS = 10, 4, 240
PROGRAM = (
    'OPENQASM 3.0; include "stdgates.inc"; input float a; input float b;\n'
    f"qubit[{QUBITS}] q; bit[{QUBITS}] c;\n"
    f"for int layer in [1:{LAYERS}] {{ ry(a * layer) q; rx(b) q; for int i in [0:{QUBITS - 2}] "
    "{ cx q[i], q[i + 1]; } }\nc = measure q;"
)
SWEEP = {
    "program": PROGRAM,
    "bindings": {"a": [place / 100 for place in range(BINDINGS)], "b": [0.3] * BINDINGS},
    "shots": 500,
    "seed": 11,
}
"""A sweep of more than ten shards, of some tenths of a second each."""

LEFT = "SELECT status, count(*) FROM jobs WHERE parent_id IS NOT NULL GROUP BY status"
LAST_HALF = """
SELECT id FROM jobs WHERE parent_id = %(id)s AND status = 'QUEUED' ORDER BY queued_at DESC
LIMIT (SELECT count(*) / 2 FROM jobs WHERE parent_id = %(id)s) FOR UPDATE SKIP LOCKED
"""
ON_TIME = """
UPDATE jobs SET queued_at = queued_at + interval '1 hour'
WHERE parent_id = :id AND status = 'QUEUED' RETURNING id
"""
"""Let the turns of shards come later: they are a second or so away, of which a busy machine makes many."""
LATER_SHARDS = """
SELECT count(*) FROM jobs AS shard, jobs AS other
WHERE shard.parent_id = :sweep AND other.id = :other
  AND (shard.started_at IS NULL OR shard.started_at > other.started_at)
"""
RESULTS = "SELECT shard, first, bindings, shots FROM sweep_results WHERE sweep_id = :id ORDER BY shard"


def submit(stack: Stack) -> str:
    """Submit the sweep without waiting for it."""
    return stack.submit("/api/sweeps", json=SWEEP)


def counts(stack: Stack, sweep_id: str) -> list[dict[str, int]]:
    """Return the counts of all bindings, of which each has exactly one result."""
    found = stack.get(f"/api/sweeps/{sweep_id}/counts").json()["results"]
    assert [each["index"] for each in found] == list(range(BINDINGS))
    covered = [
        binding
        for _, first, number, _ in rows(stack, RESULTS, id=sweep_id)
        for binding in range(first, first + number)
    ]
    assert covered == list(range(BINDINGS))
    assert all(sum(each["counts"].values()) == SWEEP["shots"] for each in found)
    return [each["counts"] for each in found]


def in_the_middle(stack: Stack, sweep_id: str, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Wait until some shards are done and others are not, and call ``meanwhile`` then.

    No worker claims a shard that is locked here; afterwards the workers go on.
    """

    def document() -> dict[str, Any]:
        found: dict[str, Any] = stack.get(f"/api/sweeps/{sweep_id}").json()
        return found

    with psycopg.connect(stack.environment["DATABASE_URL"]) as other:
        wait_until(lambda: other.execute(LAST_HALF, {"id": sweep_id}).fetchall(), what="the shards")
        found: dict[str, Any] = wait_until(
            lambda: (found := document())["shards"]["done"] >= 2 and found, what="the first shards"
        )
        assert found["status"] == "RUNNING"
        assert found["shards"]["done"] < found["shards"]["total"]
        meanwhile()


def kill_in_a_shard(stack: Stack, worker: ManagedProcess, name: str) -> None:
    """Kill a worker while it runs a shard."""
    query = "SELECT id FROM jobs WHERE parent_id IS NOT NULL AND status = 'RUNNING' AND worker = :name"

    def is_caught() -> bool:
        worker.send(signal.SIGSTOP)
        if rows(stack, query, name=name):
            return True
        worker.send(signal.SIGCONT)
        return False

    wait_until(is_caught, what="a shard of the worker")
    kill(worker)


def test_a_sweep_survives_its_workers_and_redis_and_has_the_counts_of_one_worker(
    new_stack: Callable[..., Stack],
) -> None:
    stack = new_stack()
    stack.start_web()
    first = stack.start_worker()
    alone = submit(stack)
    stack.wait_for(alone, "SUCCEEDED", seconds=120)
    disturbed = submit(stack)
    others: list[ManagedProcess] = []

    def start_another() -> None:
        others.append(stack.start_worker())
        others[0].send(signal.SIGSTOP)

    in_the_middle(stack, disturbed, start_another)
    kill_in_a_shard(stack, first, "interactive-1@test")  # the other one does the rest
    others[0].send(signal.SIGCONT)
    Redis.from_url(stack.environment["REDIS_URL"]).flushall()
    document = stack.wait_for(disturbed, "SUCCEEDED", seconds=120)
    assert document["progress"] == 1
    assert counts(stack, disturbed) == counts(stack, alone)
    [(attempt,)] = rows(stack, "SELECT max(attempt) FROM jobs WHERE parent_id = :id", id=disturbed)
    assert attempt >= 2
    workers = rows(stack, "SELECT DISTINCT worker FROM jobs WHERE parent_id = :id", id=disturbed)
    assert len(workers) == 2


def test_a_cancelled_sweep_stops_all_its_shards(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack()
    stack.start_web()
    stack.start_worker(slots=2)
    sweep_id = submit(stack)
    in_the_middle(stack, sweep_id)
    assert stack.delete(f"/api/jobs/{sweep_id}").json()["status"] == "CANCELLED"
    wait_until(
        lambda: not {"QUEUED", "RUNNING", "CANCELLING"} & dict(rows(stack, LEFT)).keys(), what="the end"
    )
    assert dict(rows(stack, LEFT))["CANCELLED"] > 0
    assert stack.get(f"/api/sweeps/{sweep_id}/counts").json()["code"] == "no_results"
    assert stack.post("/api/execute/bell").status_code == 200
    assert stack.delete(f"/api/sweeps/{sweep_id}").status_code == 204
    assert rows(stack, "SELECT count(*) FROM jobs WHERE kind LIKE 'sweep%'") == [(0,)]
    assert rows(stack, "SELECT count(*) FROM sweep_results") == [(0,)]


def test_a_shard_that_kills_its_process_each_time_fails_the_sweep(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack()
    stack.start_web()
    worker = stack.start_worker()
    sweep_id = submit(stack)
    in_the_middle(stack, sweep_id)

    def failed() -> bool:
        for simulator in simulators_of(worker):
            kill(simulator)
        return bool(stack.job(sweep_id)["status"] == "FAILED")

    wait_until(failed, what="the sweep's failure")
    document = stack.get(f"/api/sweeps/{sweep_id}").json()
    assert document["error"]["code"] == "worker_lost"
    wait_until(
        lambda: not {"QUEUED", "RUNNING"} & dict(rows(stack, LEFT)).keys(), what="the end of its shards"
    )
    again = stack.post(f"/api/jobs/{sweep_id}/retry").json()["job_id"]
    stack.wait_for(again, "SUCCEEDED", seconds=120)
    counts(stack, again)


def test_other_jobs_of_the_same_caller_are_run_between_the_shards(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack()
    stack.start_web()
    stack.start_worker()
    sweep_id = submit(stack)
    in_the_middle(stack, sweep_id)
    assert rows(stack, ON_TIME, id=sweep_id)
    other = stack.post("/api/execute/bell")
    assert other.status_code == 200
    [(later,)] = rows(stack, LATER_SHARDS, sweep=sweep_id, other=other.json()["execution_id"])
    assert later > 0
    stack.delete(f"/api/jobs/{sweep_id}")
