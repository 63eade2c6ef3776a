"""Sweeps in shards: a killed worker, an emptied Redis and a cancel; each binding has exactly one result."""

from collections.abc import Callable
from typing import Any

from redis import Redis

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


def in_the_middle(stack: Stack, sweep_id: str) -> dict[str, Any]:
    """Wait until some shards are done and others are not."""
    found: dict[str, Any] = wait_until(
        lambda: (
            (document := stack.get(f"/api/sweeps/{sweep_id}").json())["shards"]
            and document["shards"]["done"] >= 2
            and document
        ),
        60,
        "the first shards",
    )
    assert found["status"] == "RUNNING"
    assert found["shards"]["done"] < found["shards"]["total"]
    return found


def test_a_sweep_survives_its_workers_and_redis_and_has_the_counts_of_one_worker(
    new_stack: Callable[..., Stack],
) -> None:
    stack = new_stack()
    stack.start_web()
    first = stack.start_worker()
    alone = submit(stack)
    stack.wait_for(alone, "SUCCEEDED", seconds=120)
    stack.start_worker()
    disturbed = submit(stack)
    in_the_middle(stack, disturbed)
    kill(first)
    Redis.from_url(stack.environment["REDIS_URL"]).flushall()
    document = stack.wait_for(disturbed, "SUCCEEDED", seconds=120)
    assert document["progress"] == 1
    assert counts(stack, disturbed) == counts(stack, alone)
    assert rows(stack, "SELECT max(attempt) FROM jobs WHERE parent_id = :id", id=disturbed) == [(2,)]
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

    wait_until(failed, 60, "the sweep's failure")
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
    assert stack.post("/api/execute/bell").status_code == 200
    assert stack.job(sweep_id)["status"] == "RUNNING"
    stack.delete(f"/api/jobs/{sweep_id}")
