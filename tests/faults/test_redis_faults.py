"""While Redis is emptied, restarted or away, no accepted job is lost and no new one is half accepted."""

import time
from collections.abc import Callable

import redis

from embedded.valkey import ValkeyServer
from tests.faults.jobs import rows
from tests.stack import Stack, wait_until


def test_jobs_survive_an_emptied_redis(new_stack: Callable[..., Stack], valkey: ValkeyServer) -> None:
    stack = new_stack()
    stack.start_web()
    job_ids = [stack.submit() for _ in range(10)]
    redis.Redis.from_url(valkey.url).flushall()
    stack.start_worker()
    for job_id in job_ids:
        assert stack.wait_for(job_id, "SUCCEEDED")["attempt"] == 1
    assert rows(stack, "SELECT count(*) FROM executions") == [(10,)]


def test_jobs_survive_a_redis_that_is_killed_and_comes_back_empty(
    new_stack: Callable[..., Stack], valkey: ValkeyServer
) -> None:
    stack = new_stack()
    stack.start_web()
    stack.start_worker()
    assert stack.post("/api/execute/bell").status_code == 200
    stack.submit()
    valkey.kill()
    for path in (valkey.data_dir / "appendonlydir").iterdir():
        path.unlink()
    valkey.start()
    job_ids = [stack.submit() for _ in range(3)]
    for job_id in job_ids:
        stack.wait_for(job_id, "SUCCEEDED")


def test_without_redis_an_execution_is_refused_at_once_and_nothing_is_stored(
    new_stack: Callable[..., Stack], valkey: ValkeyServer
) -> None:
    stack = new_stack()
    stack.start_web()
    valkey.kill()
    started = time.monotonic()
    response = stack.post("/api/execute/bell")
    elapsed = time.monotonic() - started
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert response.headers["Content-Type"] == "application/problem+json"
    assert elapsed < 20, "it does not wait as for a job, which would take half a minute"
    assert rows(stack, "SELECT count(*) FROM jobs") == [(0,)]
    assert stack.get("/api/executions").status_code == 200


def test_a_caller_gets_its_answer_though_redis_dies_while_it_waits(
    new_stack: Callable[..., Stack], valkey: ValkeyServer
) -> None:
    stack = new_stack()
    stack.start_web()
    job_id = stack.submit()
    valkey.kill()
    assert stack.job(job_id, wait=1)["status"] == "QUEUED"
    valkey.start()
    stack.start_worker()
    assert stack.job(job_id, wait=60)["status"] == "SUCCEEDED"


def test_a_redis_that_refuses_writes_as_on_a_full_disk_costs_no_worker_and_no_job(
    new_stack: Callable[..., Stack], valkey: ValkeyServer
) -> None:
    stack = new_stack()
    stack.start_web()
    worker = stack.start_worker()
    with redis.Redis.from_url(valkey.url) as client:
        client.config_set("min-replicas-to-write", 1)
        wait_until(lambda: "NOREPLICAS" in stack.log("interactive-1@test"), what="the refusal")
        job_id = stack.submit()  # its row is stored; workers are notified again of it later
        assert stack.get("/healthz").status_code == 200
        client.config_set("min-replicas-to-write", 0)
    stack.wait_for(job_id, "SUCCEEDED")
    assert not worker.has_ended
